"""A page of a list is found by an index that ends in its order: never sorted, never searched for.

Whatever is kept, a page then costs the same; no clock is needed to see it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from faifo.api import processes as api
from faifo.store import schema
from faifo.store.sql.transaction import SqlTransaction
from faifo.store.sqlite.speech import SqliteDialect
from faifo.store.sqlite.store import open_store

LISTS = {
    "negotiations": (schema.NEGOTIATIONS, api.LIST_NEGOTIATIONS),
    "transfers": (schema.TRANSFERS, api.LIST_TRANSFERS),
    "agreements": (schema.AGREEMENTS, api.LIST_AGREEMENTS),
}
PAGING = {"limit", "after"}
# One row, or none, for a value: who asks for it knows what it belongs to and can ask for that. An
# index more is a page more in the log at every exchange.
RARE = {("negotiations", "peer_pid"), ("negotiations", "agreement"), ("transfers", "peer_pid")}
# A node is mostly in one role, and its own DID is the other side's column.
RARE |= {("agreements", "role"), ("agreements", "negotiation")}
BY = [
    (name, parameter.name)
    for name, (_, operation) in LISTS.items()
    for parameter in operation.query
    if parameter.name not in PAGING and (name, parameter.name) not in RARE
]


@pytest.mark.parametrize(("name", "column"), [*BY, *((one, "") for one in LISTS)])
async def test_a_page_is_found(tmp_path: Path, name: str, column: str) -> None:
    store = await open_store(tmp_path / "faifo.db")
    said: list[str] = []
    connection = store._connection
    table = getattr(SqlTransaction(connection, SqliteDialect()), name)
    connection.set_trace_callback(said.append)
    where = {column: "x"} if column else {}
    await table.find(limit=101, newest_first=True, before="z", **where)
    connection.set_trace_callback(None)
    (statement,) = said
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    await store.close()
    assert len(plan) == 1, plan
    assert plan[0].startswith("SEARCH"), plan
    if column:
        assert f"({column}=?" in plan[0], plan


async def test_agreements_of_a_partner_are_counted_in_an_index(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "faifo.db")
    for column in ("provider", "consumer"):
        asked = f"SELECT count(*) FROM agreement WHERE {column} IS 'x'"
        (row,) = store._connection.execute(f"EXPLAIN QUERY PLAN {asked}")
        assert "COVERING INDEX" in row[3]
    await store.close()


async def test_a_kind_of_entry_is_found_in_the_journal_also_where_there_is_none(
    tmp_path: Path,
) -> None:
    store = await open_store(tmp_path / "faifo.db")
    said: list[str] = []
    connection = store._connection
    table = SqlTransaction(connection, SqliteDialect()).journal
    connection.set_trace_callback(said.append)
    await table.find(event="credential-offered", process=None, newest_first=True, limit=100)
    connection.set_trace_callback(None)
    (statement,) = said
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    await store.close()
    assert len(plan) == 1, plan
    assert "journal_by_event (event=?" in plan[0], plan
