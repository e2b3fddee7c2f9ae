"""Runs the DSP conformance kit, then the DCP one, against real nodes: `make tck`.

Fails if an enabled test fails or does not run; the kit's own exit code is always 0.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import dcp
import kit
from running import running

import books
from faifo.node.http.public.wellknown import DSP_PATH
from tck.node.scripts import Group, Script, read_scripts

BUILD = Path(__file__).parents[2] / "build" / "tck"
LONGEST = 500
STORE = os.environ.get("STORE") or "sqlite"
OTHER = "urn:example:other:"


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listened on a moment ago."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def node(
    at: kit.Addresses, prefix: str, folder: str, log: Path
) -> contextlib.AbstractContextManager[None]:
    """A conformance node on the directory `folder`."""
    return running("tck.node", ["--dir", folder, "--prefix", prefix], at, log)


@contextlib.contextmanager
def load(at: kit.Addresses, *, wanted: bool) -> Iterator[None]:
    """Catalog requests without pause meanwhile, if wanted."""
    if not wanted:
        yield
        return
    base = f"http://localhost:{at.node}{DSP_PATH}"
    command = [sys.executable, str(kit.HERE / "load.py"), base, str(LONGEST)]
    process = subprocess.Popen(command)
    try:
        yield
        if process.poll() is not None:
            sys.exit("make tck: the load ended before the kit did")
    finally:
        process.terminate()
        process.wait(timeout=30)


def run(
    release: kit.Release,
    path: str,
    scripts: tuple[Script, ...],
    prefix: str,
    label: str,
    *,
    loaded: bool,
) -> bool:
    """Run the kit once; print the table and the line; tell whether all is well."""
    at = kit.Addresses(*free_ports(3))
    configuration = BUILD / f"dsp-{label}.properties"
    configuration.write_text(kit.properties(scripts, at), encoding="utf-8")
    report = BUILD / f"dsp-{release.version}-{label}.log"
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="faifo-tck-") as folder:
        with (
            report.open("wb") as out,
            node(at, prefix, folder, BUILD / f"node-{label}.log"),
            load(at, wanted=loaded),
        ):
            command = kit.command(release, path, configuration)
            # What has not run by then counts as not passed.
            with contextlib.suppress(subprocess.TimeoutExpired):
                subprocess.run(command, stdout=out, stderr=out, check=False, timeout=LONGEST)
        wrong = books.complaints(books.read_books(Path(folder) / "node"), scripts)
    found = kit.verdicts(report.read_text(encoding="utf-8", errors="replace"))
    print(
        f"\nDSP TCK {release.version}, {label}, {time.monotonic() - began:.0f} s, report {report}"
    )
    for complaint in wrong:
        print(f"in the node's store: {complaint}")
    return _told(release, scripts, found) and not wrong


def _told(release: kit.Release, scripts: tuple[Script, ...], found: dict[str, bool]) -> bool:
    enabled = [script for script in scripts if not script.disabled]
    rows: dict[Group, list[Script]] = defaultdict(list)
    for script in enabled:
        rows[script.group].append(script)
    print(f"{'package':<24}{'enabled':>8}{'passed':>8}")
    for group, part in rows.items():
        passed = sum(found.get(script.test, False) for script in part)
        name = group.name.lower().replace("_", " ")
        print(f"{name:<24}{len(part):>8}{passed:>8}")
    for script in enabled:
        if not found.get(script.test, False):
            print(f"{script.test} {'failed' if script.test in found else 'did not run'}")
    unknown = sorted(found.keys() - {script.test for script in scripts})
    if unknown:
        print(f"not in scripts.toml: {', '.join(unknown)}")
    passed = sum(found.values())
    print(f"DSP TCK: {passed} of {release.enabled} enabled tests passed ({STORE})")
    return passed == len(found) == len(enabled) == release.enabled


def main() -> int:
    parser = argparse.ArgumentParser(prog="make tck")
    parser.add_argument("--other-ids", action="store_true", help="ids that the kit does not know")
    parser.add_argument("--load", action="store_true", help="catalog requests meanwhile")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--only", choices=("dsp", "dcp"), help="one of the two kits")
    options = parser.parse_args()
    release = kit.read_release()
    try:
        kit.check_tools(release)
        path = kit.class_path(release, BUILD)
    except kit.MissingError as missing:
        print(missing, file=sys.stderr)
        return 1
    if options.only == "dcp":
        return 0 if dcp.run(BUILD, free_ports(3)) else 1
    prefix = OTHER if options.other_ids else ""
    scripts = read_scripts(prefix=prefix)
    label = ("other-ids" if prefix else "kit-ids") + ("-load" if options.load else "")
    runs = [
        run(release, path, scripts, prefix, f"{label}-{number}", loaded=options.load)
        for number in range(1, options.times + 1)
    ]
    if options.only is None:
        runs.append(dcp.run(BUILD, free_ports(3)))
    return 0 if all(runs) else 1


if __name__ == "__main__":
    sys.exit(main())
