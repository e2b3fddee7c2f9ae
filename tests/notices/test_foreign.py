"""What we write is what other people's validators take, and they refuse what is spoilt.

They need packages that cannot stand in our lock (one has no wheel): an interpreter that has them is
named by FAIFO_FOREIGN_PYTHON. Without one the test skips; in CI that is a failure.
"""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from warned import content

from faifo.kinds import cap, stix
from faifo.kinds.signed import Notice
from faifo.kinds.tlp import TLP

PROGRAM = Path(__file__).with_name("foreign.py")
LATER = datetime.now(UTC) + timedelta(hours=1)


def _notice(tlp: Any, *, exercise: bool) -> Notice:
    now = datetime.now(UTC)
    return Notice(
        id="urn:uuid:01a22460-f1f9-7ec6-bd90-cba449174f51", kind="warnings",
        sender="did:web:localhost%3A8080", dataset="alerts", sent=now,
        until=now + timedelta(days=1), deadline=now, tlp=tlp, exercise=exercise,
        content=content(area="Hà Nội <&>"),
    )  # fmt: skip


@pytest.fixture
def python() -> str:
    named = os.environ.get("FAIFO_FOREIGN_PYTHON")
    if named is None:
        reason = "FAIFO_FOREIGN_PYTHON names no interpreter with stix2-validator and capvalidator"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return named


def test_validators_of_others_take_what_we_write(python: str, tmp_path: Path):
    for tlp in TLP:
        for exercise, over in ((False, None), (True, None), (False, LATER)):
            notice = _notice(tlp, exercise=exercise)
            name = f"{tlp}-{exercise}-{over is not None}"
            (tmp_path / f"{name}.xml").write_bytes(cap.write(notice, over=over))
            (tmp_path / f"{name}.json").write_bytes(stix.write(notice, over=over))
    # That they look at all is seen by what they refuse.
    alert = cap.write(_notice("RED", exercise=False)).replace(b"<status>Actual", b"<status>Real")
    (tmp_path / "spoilt.xml").write_bytes(alert)
    bundle = stix.write(_notice("RED", exercise=False)).replace(b'"published"', b'"publishd"')
    (tmp_path / "spoilt.json").write_bytes(bundle)
    ran = subprocess.run(
        [python, str(PROGRAM), str(tmp_path)], check=True, text=True, timeout=110,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    wrong = json.loads(ran.stdout)
    assert wrong.pop("spoilt.xml")
    assert wrong.pop("spoilt.json")
    assert len(wrong) == 2 * 3 * len(TLP)
    assert {name: said for name, said in wrong.items() if said} == {}
