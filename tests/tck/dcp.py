"""Runs the DCP conformance kit against a real node, role by role: the second half of `make tck`.

Each role has a node of its own: the kit makes new keys at every start, under the same DIDs.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import kit
from running import running

from tck.node.dcp import CLIENT, STS, TRIGGER

TESTS = "org.eclipse.dataspacetck.dcp.verification"
LAUNCHER = "org.eclipse.dataspacetck.dcp.system.DcpSystemLauncher"
VERDICT = re.compile(r"(SUCCESSFUL|FAILED): (.+)")
LONGEST = 300


class Role(NamedTuple):
    """What the node is for the kit: the packages, and the DID that the kit is told."""

    name: str
    packages: tuple[str, ...]
    did: str


ROLES = (
    Role("credential service", ("presentation.cs", "issuance.cs"), "holder"),
    Role("issuer service", ("issuance.issuer",), "issuer"),
    Role("verifier", ("presentation.verifier",), "verifier"),
)


def run(build: Path, free_ports: list[int]) -> bool:
    """Run every role; print the table and the line; tell whether all is well."""
    release = kit.read_release("dcp.toml")
    folder = build / "dcp"
    path = kit.class_path(release, folder)
    at = kit.Addresses(*free_ports)
    began = time.monotonic()
    found = {role: _run(role, release, path, folder, at) for role in ROLES}
    print(f"\nDCP TCK {release.version}, {time.monotonic() - began:.0f} s, reports in {folder}")
    print(f"{'role':<24}{'ran':>8}{'passed':>8}")
    for role, verdicts in found.items():
        passed = sum(good for _, good in verdicts)
        print(f"{role.name:<24}{len(verdicts):>8}{passed:>8}")
    for verdicts in found.values():
        for name, good in verdicts:
            if not good:
                print(f"failed: {name}")
    ran = sum(len(verdicts) for verdicts in found.values())
    passed = sum(good for verdicts in found.values() for _, good in verdicts)
    print(f"DCP TCK: {passed} of {release.enabled} enabled tests passed")
    return passed == ran == release.enabled


def _run(
    role: Role, release: kit.Release, path: str, folder: Path, at: kit.Addresses
) -> list[tuple[str, bool]]:
    configuration = folder / f"{role.did}.properties"
    configuration.write_text(_properties(role, at), encoding="utf-8")
    report = folder / f"{role.did}.log"
    with (
        tempfile.TemporaryDirectory(prefix="faifo-tck-") as place,
        report.open("wb") as out,
        _node(at, place, folder / f"node-{role.did}.log"),
    ):
        command = kit.command(release, path, configuration)
        # What has not run by then counts as not passed.
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(command, stdout=out, stderr=out, check=False, timeout=LONGEST)
    text = report.read_text(encoding="utf-8", errors="replace")
    return [(name.strip(), good == "SUCCESSFUL") for good, name in VERDICT.findall(text)]


def _node(at: kit.Addresses, place: str, log: Path) -> contextlib.AbstractContextManager[None]:
    arguments = ["--dir", place, "--kit", f"did:web:localhost%3A{at.kit}:issuer"]
    return running("tck.node.dcp", arguments, at, log)


def _properties(role: Role, at: kit.Addresses) -> str:
    hooks = f"http://localhost:{at.hooks}"
    lines = {
        "dataspacetck.debug": "true",
        "dataspacetck.ansi": "false",
        "dataspacetck.launcher": LAUNCHER,
        "dataspacetck.callback.address": f"http://localhost:{at.kit}",
        "dataspacetck.host": "127.0.0.1",
        "dataspacetck.port": str(at.kit),
        "dataspacetck.test.package": ",".join(f"{TESTS}.{name}" for name in role.packages),
        f"dataspacetck.did.{role.did}": f"did:web:localhost%3A{at.node}",
        "dataspacetck.credentials.correlation.id": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "dataspacetck.vpp.trigger.endpoint": hooks + TRIGGER,
    }
    if role.did == "holder":
        # With these the kit asks our token service; as our own verifier it has one inside.
        lines["dataspacetck.sts.url"] = hooks + STS
        lines["dataspacetck.sts.client.id"], lines["dataspacetck.sts.client.secret"] = CLIENT
    return "".join(f"{name}={value}\n" for name, value in lines.items())
