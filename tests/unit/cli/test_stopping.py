"""`faifo stop` and `faifo trust remove` against two real nodes that nobody else uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_a_person_stops_lists_lifts_and_no_longer_trusts(pair: Any, faifo: Any, tmp_path: Path):
    provider, consumer = pair
    source = provider.directory.parent / "stopped.csv"
    source.write_bytes(b"a,b\n1,2\n")
    there = ("--dir", provider.directory)
    assert faifo("publish", source, "--id", "stopped", *there).code == 0
    get = ("get", "provider", "stopped", "--dir", consumer.directory, "-o")
    assert faifo(*get, tmp_path / "one").code == 0

    assert "Nothing is stopped." in faifo("stop", *there).out
    assert faifo("stop", "partner", *there).code == 2
    ran = faifo("stop", "partner", "consumer", "--reason", "enough", *there)
    assert ran.code == 0, ran.err
    assert "Ended: 1 agreements, 0 negotiations" in ran.out
    ran = faifo("stop", *there)
    assert consumer.ready["did"] in ran.out
    assert "faifo stop --lift KIND NAME" in ran.out
    assert faifo(*get, tmp_path / "two").code != 0
    ran = faifo("stop", "--lift", "partner", "consumer", *there)
    assert ran.code == 0, ran.err
    assert "Nothing is stopped." in faifo("stop", *there).out
    assert faifo(*get, tmp_path / "three").code == 0

    ran = faifo("trust", "remove", "consumer", *there)
    assert ran.code == 0, ran.err
    assert "Ended: 1 agreements" in ran.out
    assert faifo(*get, tmp_path / "four").code != 0
