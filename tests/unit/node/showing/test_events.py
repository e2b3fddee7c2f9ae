"""The journal's events are declared: each that is written has a sentence and named members."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import faifo
from faifo.node.showing.events import EVENTS, shown
from faifo.node.showing.timeline import event
from faifo.phrases import LANGUAGES, say
from faifo.phrases.catalogue import catalogue
from faifo.store.records import JournalEntry, Standing

NODE = Path(faifo.__file__).parent / "node"
AT = datetime(2026, 1, 2, tzinfo=UTC)
KINDS = {"negotiation", "transfer"}
FORMS = {
    "access-": {"served", "refused", "interrupted", "failed"},
    "notice-": {"acknowledged", "acted", "answered", "cancelled", "closed", "withdrawn"},
    "member-": {standing.value for standing in Standing},
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_event_has_its_sentence_and_no_other_has(lang: str):
    prefix = "told.event."
    assert {key.removeprefix(prefix) for key in catalogue(lang) if key.startswith(prefix)} == set(
        EVENTS
    )
    assert all(event(JournalEntry(event=name, at=AT)).sentence(lang) != name for name in EVENTS)


def _names(given: ast.expr) -> Iterator[str]:
    """Yield what an argument that names an event can be, `*` for what is put in."""
    if isinstance(given, ast.IfExp):
        yield from _names(given.body)
        yield from _names(given.orelse)
    elif isinstance(given, ast.BinOp):
        ends = list(_names(given.right))
        yield from (start + end for start in _names(given.left) for end in ends)
    elif isinstance(given, ast.Constant) and isinstance(given.value, str):
        yield given.value
    elif isinstance(given, ast.JoinedStr):
        yield "".join(str(p.value) if isinstance(p, ast.Constant) else "*" for p in given.values)


def written() -> Iterator[str]:
    """Yield every name of an event that the node's code writes, as its sources have it."""
    for path in NODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if called in {"happened", "note", "_note", "noted", "_keep"} and len(node.args) > 1:
                    yield from _names(node.args[1])
                for keyword in node.keywords:
                    if keyword.arg == "event":
                        yield from _names(keyword.value)
            elif isinstance(node, ast.arguments):
                for default in (*node.defaults, *node.kw_defaults):
                    if isinstance(default, ast.Constant) and default.value in EVENTS:
                        yield str(default.value)
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in {
                "event", "OFFERED", "NOT_ADMITTED", "CONCLUDED", "SEEN", "SUCCEEDED",
            }:  # fmt: skip
                yield from _names(node.value)


def _whole(name: str) -> set[str]:
    start, star, end = name.partition("*")
    return {start + one + end for one in FORMS.get(start, KINDS)} if star else {name}


def test_no_event_is_written_that_is_not_declared():
    names = set().union(*map(_whole, written()))
    assert names - EVENTS.keys() == set()
    assert EVENTS.keys() - names == set()


def test_only_declared_members_are_shown():
    entry = JournalEntry(event="probed", at=AT, detail={"faults": ["x"], "token": "secret"})
    assert shown(entry) == {"faults": ["x"]}
    assert shown(JournalEntry(event="of-another-version", at=AT, detail={"a": 1})) == {}
    assert say("told.event.probed", "vi") == event(entry).sentence("vi")
