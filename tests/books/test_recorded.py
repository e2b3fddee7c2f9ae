"""Books that version 0.1.0 wrote, read and played again by today's program.

They are those of the demo's two first nodes: five negotiations of which one ends in a refusal,
transfers that complete, are ended or withdrawn, a call under a person's decision.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from faifo.folding import parts
from faifo.machines import negotiation, transfer
from faifo.machines.role import Role
from faifo.policy.compile import compiled
from faifo.policy.evaluate import evaluate
from faifo.policy.model import Fact
from faifo.store.finding import Sought
from faifo.store.records import Direction, HistoryEntry, StoredDecision
from faifo.store.sqlite.looking import look
from faifo.store.sqlite.migrate import known, prepare

RECORDED = Path(__file__).parent / "v0.1.0"
FIRST_SCHEMA = "0004"
MACHINES: tuple[tuple[str, Any], ...] = (("negotiations", negotiation), ("transfers", transfer))


@pytest.fixture(params=["provider", "consumer"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return _book(request.param, tmp_path)


def _book(name: str, folder: Path) -> Path:
    path = folder / "faifo.db"
    statements = gzip.decompress((RECORDED / f"{name}.sql.gz").read_bytes()).decode()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(statements)
    prepare(path)
    return path


def test_it_is_migrated_and_a_copy_is_kept(book: Path) -> None:
    with closing(sqlite3.connect(book)) as connection:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    assert found == [(known()[-1],)]
    copy = book.with_name(f"faifo.db.before-{known()[-1]}")
    assert copy.exists() is (known()[-1] != FIRST_SCHEMA)


def test_every_record_can_be_read(book: Path) -> None:
    async def everything(tx: Any) -> int:
        tables = ("negotiations", "transfers", "agreements", "datasets", "decisions", "history")
        return sum([len(await getattr(tx, name).find()) for name in (*tables, "journal")])

    assert look(book, everything) > 80


def test_each_agreement_is_of_a_publication_or_has_ended_with_a_reason(tmp_path: Path) -> None:
    path = _book("provider", tmp_path)
    agreements = look(path, lambda tx: tx.agreements.find())
    offers = {
        one.id: one.offer_id for one in look(path, lambda tx: tx.datasets.find(withdrawn=None))
    }
    events = look(path, lambda tx: tx.journal.find(event="agreement-ended"))
    gone = {entry.agreement for _, entry in events}
    assert len(agreements) >= 3
    for one in agreements:
        current = one.publication == offers.get(one.dataset)
        assert one.version == 1
        assert bool(one.ended) is not current
        assert (one.id in gone) is bool(one.ended)
        assert bool(one.reason) is bool(one.ended)


def test_what_was_published_anew_since_ends_at_the_migration(tmp_path: Path) -> None:
    path = tmp_path / "faifo.db"
    statements = gzip.decompress((RECORDED / "provider.sql.gz").read_bytes()).decode()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(statements)
        connection.execute("UPDATE dataset SET offer_id = 'urn:another', withdrawn = NULL")
    prepare(path)
    agreements = look(path, lambda tx: tx.agreements.find(role="provider"))
    assert agreements
    assert all(one.ended and "replaced" in one.reason[0] for one in agreements if one.active)


def test_a_consumers_agreements_are_of_the_offer_it_agreed_to(tmp_path: Path) -> None:
    path = _book("consumer", tmp_path)
    for one in look(path, lambda tx: tx.agreements.find(role="consumer")):
        asked = look(path, lambda tx, pid=one.negotiation: tx.negotiations.get(pid))
        assert one.publication == asked.offer_id
        assert one.ended is None


@pytest.mark.parametrize(("table", "machine"), MACHINES, ids=[name for name, _ in MACHINES])
def test_the_tables_lead_each_process_to_the_state_it_was_kept_in(
    book: Path, table: str, machine: Any
) -> None:
    played = 0
    for record, entries in look(book, lambda tx: _processes(tx, table)):
        state = None
        for entry in entries:
            ours = entry.direction is Direction.OUT
            sender = record.role if ours else Role(record.role).other
            state = machine.advance(state, machine.Message(entry.message), sender=sender)
            played += 1
        assert state == record.state, record.pid
    assert played >= 8


def test_what_is_published_is_found_in_the_catalog(tmp_path: Path) -> None:
    path = _book("provider", tmp_path)
    published = look(path, lambda tx: tx.datasets.find(withdrawn=None))
    terms = look(path, lambda tx: tx.catalog.terms(after=0, upto=None, limit=99))
    numbers = tuple(number for number, _ in terms)
    found = look(path, lambda tx: tx.catalog.find(Sought(terms=numbers)))
    assert published
    assert {one.id for _, one in found} == {one.id for one in published}
    assert {str(said) for _, said in terms} <= {str(_sorted(one.policy)) for one in published}
    word = tuple(parts("t", published[0].title))
    again = look(path, lambda tx: tx.catalog.find(Sought(terms=numbers, every=(word,))))
    assert published[0] in [one for _, one in again]


def _sorted(policy: Any) -> Any:
    return json.loads(json.dumps(policy, sort_keys=True))


async def _processes(tx: Any, table: str) -> list[tuple[Any, list[HistoryEntry]]]:
    """Return each process with the messages that moved it, in the order of the book."""
    found = []
    for record in await getattr(tx, table).find():
        rows = [entry for _, entry in await tx.history.find(process=record.pid)]
        found.append((record, [entry for entry in rows if 200 <= entry.status < 300]))
    return found


def test_the_rules_decide_each_use_as_they_did(tmp_path: Path) -> None:
    decisions = look(_book("provider", tmp_path), lambda tx: tx.decisions.find())
    uses = [one for one in decisions if _of_a_use(one)]
    for one in uses:
        facts = dict(_facts(one.document["facts"]))
        again = evaluate(compiled(one.document["policy"]), facts)
        assert again.permits is one.permitted
        assert again.written.reason.code == one.document["reason"]["code"]
    assert len(uses) >= 4


def _of_a_use(one: StoredDecision) -> bool:
    """Not a comparison of two policies, whose only fact is the other one."""
    return "offered" not in one.document["facts"]


def _facts(written: dict[str, Any]) -> Iterator[tuple[str, Fact]]:
    for name, fact in written.items():
        value = fact["value"]
        if name == "dateTime":
            value = datetime.fromisoformat(value)
        yield name, Fact(value=value, provenance=fact["provenance"])
