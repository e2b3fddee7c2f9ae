"""What conditions make of a flow: TLS, the log of users, two providers, another build of Python."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import msgspec

from bench import flow
from bench.figures import BenchError, Effort, Figure, Part, ratios
from bench.nodes import Home, Node, Pair, make_home, publish, serving
from faifo.node.custody.trust_file import TrustedParticipant, write_trust
from faifo.node.examining.interpreter import build

AT_ONCE = 32
INFO_RATIO = 1.03
CORES = 4
PLAIN, INFO, TLS, TWO = "plain, log level warning", "log level info", "TLS", "two providers at once"
_TOLD = "import json, sysconfig; print(json.dumps(sysconfig.get_config_vars(), default=str))"


async def run(effort: Effort, folder: Path) -> Part:
    part = Part(name="conditions", title="What conditions make of a flow")
    count = max(AT_ONCE, effort.flows[AT_ONCE] // 2)
    spent: dict[str, list[float]] = {}
    rates: dict[str, list[float]] = {}
    others = other_pythons()
    with ExitStack() as stack:
        parties: dict[str, list[flow.Contender]] = {}
        homes = {
            PLAIN: _homes(folder / "plain"),
            INFO: _homes(folder / "info", log_level="info"),
            TLS: _homes(folder / "tls", tls=_certificate(folder)),
            **{name: _homes(folder / f"py{at}", python=python)
               for at, (name, python) in enumerate(others.items())},
        }  # fmt: skip
        for name, both in homes.items():
            first, second = (stack.enter_context(serving(home)) for home in both[:2])
            root = both[0].path.parent
            parties[name] = [await flow.make_contender(Pair(first, second), root)]
            if name == PLAIN:
                third = stack.enter_context(serving(both[2]))
                parties[TWO] = [parties[PLAIN][0], await _another(third, parties[PLAIN][0], root)]
        for contenders in parties.values():
            for one in contenders:
                await flow.drive(one, at_once=8, count=16)
        for _ in range(effort.rounds):
            for name, contenders in parties.items():
                cpu, rate = await _measured(contenders, count)
                spent.setdefault(name, []).append(cpu)
                rates.setdefault(name, []).append(rate)
    for name, values in spent.items():
        part.figures += [
            Figure(name=f"{name}: CPU a flow, all nodes", unit="ms", values=values),
            Figure(name=f"{name}: flows a second", unit="1/s", values=rates[name]),
        ]
        if name != PLAIN:
            part.figures.append(
                Figure(
                    name=f"{name} ÷ plain, CPU",
                    unit="×",
                    values=ratios(values, spent[PLAIN]),
                    target=INFO_RATIO if name == INFO else None,
                )
            )
    part.notes = [_build_note(others, spent), f"{count} flows a round, {AT_ONCE} at once, in turn."]
    if (cores := os.cpu_count() or 1) < CORES:
        part.notes.append(
            f"Not measurable here: what a node does on cores of its own, for there are {cores}, and"
            " nodes and driver share them. Flows a second are those of all together; the CPU a flow"
            " is what counts."
        )
    return part


def other_pythons() -> dict[str, str]:
    """Return builds of the running version that can use its packages, besides the one that runs."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    own = Path(sys.executable).resolve()
    found: dict[str, str] = {}
    places = [Path("/usr/bin"), Path("/usr/local/bin")]
    places += sorted(Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin"))
    for path in (place / f"python{version}" for place in places):
        if path.exists() and path.resolve() != own:
            told = _told(str(path))
            found[f"Python {told['full']} ({' '.join(told['build']) or 'plain'}) at {path}"] = str(
                path
            )
    return found


def _told(python: str) -> dict[str, list[str] | str]:
    script = f"import platform; print(platform.python_version()); {_TOLD}"
    ran = subprocess.run([python, "-c", script], capture_output=True, text=True, check=False)
    version, _, told = ran.stdout.partition("\n")
    if ran.returncode or not told:
        raise BenchError(f"{python} does not run: {ran.stderr[-300:]}")
    return {"full": version, "build": list(build(msgspec.json.decode(told)))}


def _build_note(others: dict[str, str], spent: dict[str, list[float]]) -> str:
    own = f"The Python of this run is built with: {' '.join(build()) or 'nothing for speed'}."
    moved = [
        f"{name}: {statistics.median(ratios(spent[name], spent[PLAIN])):.2f} × its CPU"
        for name in others
    ]
    if not moved:
        return f"{own} There is no other build of this version here to compare it with."
    return f"{own} What another build of the same version takes: {'; '.join(moved)}."


async def _measured(contenders: list[flow.Contender], count: int) -> tuple[float, float]:
    """Return milliseconds of CPU a flow and flows a second, of all contenders at once."""
    processes = {id(one): one for each in contenders for one in each.processes.values()}
    before = sum(one.cpu_seconds() for one in processes.values())
    share = len(contenders)
    begin = time.perf_counter()
    await asyncio.gather(
        *(flow.drive(one, at_once=AT_ONCE // share, count=count // share) for one in contenders)
    )
    took = time.perf_counter() - begin
    after = sum(one.cpu_seconds() for one in processes.values())
    return (after - before) * 1e3 / count, count / took


async def _another(third: Node, first: flow.Contender, root: Path) -> flow.Contender:
    """Return flows of the same consumer with another provider."""
    dataset = await publish(third, str(root / "data" / "kib.bin"))
    return flow.Contender(
        connect=first.connect,
        order={**first.order, "node": third.home.did, "dataset": dataset},
        processes={"provider": third.process, "consumer": first.processes["consumer"]},
    )


def _homes(
    root: Path,
    *,
    log_level: str = "warning",
    python: str | None = None,
    tls: tuple[Path, Path] | None = None,
) -> list[Home]:
    (root / "data").mkdir(parents=True)

    def change(settings: str) -> str:
        if tls is None:
            return settings
        certificate, key = tls
        files = f'tls_certificate = "{certificate}"\ntls_key = "{key}"'
        return (
            settings.replace('public_url = "http:', 'public_url = "https:')
            .replace("did_web_http = true\n", "")
            .replace("[publish]", f"{files}\n[publish]")
            .replace("[egress]", f'[egress]\nca_file = "{certificate}"')
        )

    made = [make_home(root, name, change) for name in ("provider", "consumer", "provider-2")]
    for mine in made:
        others = tuple(TrustedParticipant(did=one.did) for one in made if one is not mine)
        write_trust(mine.path / "trust.toml", others)
    return [msgspec.structs.replace(one, log_level=log_level, python=python) for one in made]


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for localhost that is its own authority."""
    certificate, key = folder / "localhost.pem", folder / "localhost.key"
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
        "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key
