"""`faifo status` of two real nodes that nobody else uses: what a person should know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from faifo import clock


@pytest.fixture
def status(pair: Any, faifo: Any) -> Any:
    def of(node: Any) -> tuple[dict[str, list[Any]], Any]:
        found = faifo("status", "--json", "--dir", node.directory).json()
        groups: dict[str, list[Any]] = {}
        for point in found["points"]:
            groups.setdefault(point["group"], []).append((point["code"], point["subject"]))
        return groups, found

    return of


def test_a_node_at_rest_has_nothing_to_say(pair: Any, faifo: Any, status: Any):
    provider, _ = pair
    groups, found = status(provider)
    assert (groups, found["more"], found["troubles"]) == ({}, [], [])
    assert [one["served"] for one in found["flows"]] == [0] * 7
    said = faifo("status", "--dir", provider.directory)
    assert "Nothing waits, is stuck or ends soon." in said.out
    assert "Không có gì chờ" in faifo("status", "--dir", provider.directory, "--lang", "vi").out


def test_what_ends_soon_what_nobody_sees_and_what_was_read(
    pair: Any, faifo: Any, status: Any, tmp_path: Path
):
    provider, consumer = pair
    there = ("--dir", provider.directory)
    source = provider.directory.parent / "table.csv"
    source.write_bytes(b"a,b\n1,2\n")
    soon = clock.now().date().replace(year=clock.now().year + 1).isoformat()
    assert faifo("publish", source, "--id", "lasts", "--until", soon, *there).code == 0
    tomorrow = clock.text(clock.now())[:10]
    assert faifo("publish", source, "--id", "ends", "--until", tomorrow, *there).code == 0
    stranger = ("--recipient", "did:web:nobody.example")
    assert faifo("publish", source, "--id", "hidden", *stranger, *there).code == 0
    asks, first = ("--approval", "person"), source.with_name("first.yaml")
    first.write_text("allow: [{do: use, first: [inform]}]")
    assert faifo("publish", source, "--id", "asks", *asks, *there).code == 0
    assert faifo("publish", source, "--id", "first", "--terms", first, *there).code == 0
    target = tmp_path / "got"
    assert faifo("get", "provider", "lasts", "-o", target, "--dir", consumer.directory).code == 0

    groups, found = status(provider)
    assert groups["ends"] == [("terms", "ends")]
    assert groups["unseen"] == [("unseen", "hidden")]
    assert "stuck" not in groups
    assert sum(one["served"] for one in found["flows"]) == 1
    said = faifo("status", *there).out
    assert "Published, and seen by nobody (1)" in said
    assert "faifo show hidden --as PARTNER" in said


def test_an_exchange_whose_partner_is_gone_is_stuck_with_the_reason(
    pair: Any, faifo: Any, status: Any, tmp_path: Path
):
    provider, consumer = pair
    source = provider.directory.parent / "late.csv"
    source.write_bytes(b"a\n")
    faifo("publish", source, "--id", "late", "--dir", provider.directory)
    ours = ("--dir", consumer.directory)
    assert faifo("get", "provider", "late", "-o", tmp_path / "x", *ours).code == 0
    agreement = faifo("list", "agreements", "--limit", 1, *ours, "--json").json()[0]["id"]
    provider.stop()
    try:
        ran = faifo("call", "provider", "late", "--patience", 1, *ours)
        assert ran.code != 0
        groups, found = status(consumer)
        assert [code for code, _ in groups.get("stuck", [])] == ["stuck"], (agreement, found)
        point = next(one for one in found["points"] if one["group"] == "stuck")
        assert point["command"] == f"faifo show {point['subject']}"
        assert "late" in point["text"]
    finally:
        provider.start()
