"""The suites find what is lost: a book that differs in one thing is told by that thing."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest
from soak import kit, report
from soak.proxy import ACTS, Network

OURS = {"pid": "c", "peer_pid": "p", "state": "FINALIZED", "reason": (), "one_sided": False}
THEIRS = {**OURS, "pid": "p", "peer_pid": "c"}


def record(known: dict[str, Any], **changes: Any) -> SimpleNamespace:
    return SimpleNamespace(**{**known, **changes})


@pytest.mark.parametrize(
    ("theirs", "ours", "found"),
    [
        ([record(THEIRS)], [record(OURS)], None),
        ([record(THEIRS, state="AGREED")], [record(OURS)], "FINALIZED and AGREED"),
        ([], [record(OURS)], "the provider has none"),
        ([], [record(OURS, state="TERMINATED")], None),
        ([record(THEIRS)], [], "the consumer has none"),
        (
            [record(THEIRS, state="TERMINATED")],
            [record(OURS, state="TERMINATED", reason=("x",))],
            "ended without a reason",
        ),
    ],
)
def test_two_books_that_differ(theirs: list[Any], ours: list[Any], found: str | None) -> None:
    told = kit._apart("negotiation", theirs, ours)
    assert len(told) == (found is not None)
    assert found is None or found in told[0]


def test_an_acknowledged_message_that_is_not_kept() -> None:
    out = {
        "direction": "out", "status": 200, "answer": b"{}", "digest": "d", "note": None,
        "message": "ContractRequestMessage",
    }  # fmt: skip
    sender = SimpleNamespace(records=lambda _: [record(out)])
    for kept, told in (([record(out, direction="in")], 0), ([], 1)):
        receiver = SimpleNamespace(records=lambda _, kept=kept: kept)
        assert len(kit._unkept(sender, receiver)) == told


def test_the_choices_follow_the_seed() -> None:
    def chosen() -> list[str]:
        network = Network(1, 2, random.Random(7), peace=0.5)
        return [network._chosen.choice(list(ACTS)) for _ in range(20)]

    assert chosen() == chosen()


def test_a_report_has_every_part(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "FILE", tmp_path / "build" / "soak.json")
    for part, lost in (("faults", []), ("hostile", ["x is lost"])):
        report.tell(report.Result(part, 7, 1.0, {"flows": 3}, {"kill -9": 2}, lost, {"p99": 1}))
    kept = report.read()
    assert [kept[part]["losses"] for part in ("faults", "hostile")] == [0, 1]
    assert "| faults | 7 | 1 | flows 3 | kill -9 2 | 0 |" in report.page()
