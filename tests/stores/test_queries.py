"""Rows of a database as a dataset: SQLite here, PostgreSQL where a server is installed."""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv, parquet
from temporary_postgresql import binaries, server
from tests.conftest import Pair, Refused

from stores.test_objects import read

ROWS = [(1, "Hội An", 1.5, "2026-11-29"), (2, 'a "quoted", one', None, None)]
COUNT = 300_000


@pytest.fixture
def lite(tmp_path: Path) -> str:
    path = tmp_path / "prices.db"
    with closing(sqlite3.connect(path)) as book, book:
        book.execute("CREATE TABLE price (id INTEGER, place TEXT, price REAL, day TEXT)")
        book.executemany("INSERT INTO price VALUES (?, ?, ?, ?)", ROWS)
        book.execute("CREATE TABLE many (n INTEGER, word TEXT)")
        numbers = ((n, hashlib.md5(b"%d" % n).hexdigest()) for n in range(COUNT))
        book.executemany("INSERT INTO many VALUES (?, ?)", numbers)
    return f"sqlite:{path}"


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """Return the address of a server that is there for this module."""
    if binaries() is None:
        reason = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    with server(durable=False) as found:
        yield found.url()


async def published(pair: Pair, uri: str, sql: str, media_type: str = "text/csv") -> str:
    (pair.provider.path / "database.options").write_text(f"uri: {uri}\n")
    order = {
        "location": f"sql:{sql}",
        "credentials": "database.options",
        "media_type": media_type,
        "id": "rows",
    }
    return str((await pair.provider.call("POST", "/datasets", order))["id"])


FORMS = {
    "text/csv": lambda body: csv.read_csv(io.BytesIO(body)),
    "application/vnd.apache.parquet": lambda body: parquet.read_table(io.BytesIO(body)),
    "application/vnd.apache.arrow.stream": lambda body: pa.ipc.open_stream(body).read_all(),
}


@pytest.mark.parametrize("media_type", FORMS)
async def test_rows_in_each_form(pair: Pair, lite: str, media_type: str) -> None:
    dataset = await published(pair, lite, "SELECT * FROM price ORDER BY id;", media_type)
    status, fields, body = await read(pair, dataset)
    assert (status, fields["Content-Type"]) == (200, media_type)
    table = FORMS[media_type](body)
    assert table.column_names == ["id", "place", "price", "day"]
    assert table.column("place").to_pylist() == [row[1] for row in ROWS]
    assert table.column("price").to_pylist() == [1.5, None]
    entry = [one for one in pair.provider.records("journal") if one.event == "access-served"][-1]
    assert entry.detail["response_sha256"] == hashlib.sha256(body).hexdigest()
    catalog = await pair.consumer.raw("GET", f"/catalog?node={pair.provider.did}")
    assert b"SELECT" not in catalog[1]


async def test_many_rows_in_parts(pair: Pair, lite: str) -> None:
    dataset = await published(pair, lite, "SELECT * FROM many ORDER BY n")
    status, fields, body = await read(pair, dataset)
    assert (status, "Content-Length" in fields) == (200, False)
    assert csv.read_csv(io.BytesIO(body)).num_rows == COUNT


async def test_what_postgresql_has(pair: Pair, postgresql: str) -> None:
    sql = (
        "SELECT 1::int AS i, 12345678901234567890.1234::numeric AS n, 'Hội An'::text AS t, "
        "date '2026-11-29' AS d, date '0001-01-01' AS d1, time '23:59:59.999999' AS tm, "
        "timestamp '9999-12-31 23:59:59.999999' AS last, true AS b, "
        "timestamptz '2026-11-29 10:00+07' AS ts, "
        "'{\"k\": 1}'::jsonb AS j, '550e8400-e29b-41d4-a716-446655440000'::uuid AS u"
    )
    dataset = await published(pair, postgresql, sql)
    status, _, body = await read(pair, dataset)
    assert status == 200
    text = body.decode()
    for value in ("12345678901234567890.1234", "Hội An", "550e8400-e29b-41d4-a716-446655440000"):
        assert value in text
    for value in ("2026-11-29 03:00:00.000000Z", "0001-01-01", "23:59:59.999999", "9999-12-31 23"):
        assert value in text


WRONG: dict[str, tuple[str, str]] = {
    "money": ("SELECT 1.1::money AS pay", "'pay' is of the type money"),
    "a moment without end": ("SELECT 'infinity'::timestamp AS ends", "'ends' is of the type"),
    "a day without end": ("SELECT 'infinity'::date AS ends", "'ends' is of the type"),
    "the end of a day": ("SELECT time '24:00' AS shut", "'shut' is of the type"),
    "a number without sign": ("SELECT 4000000000::oid AS n", "'n' is of the type oid"),
    "an interval": ("SELECT interval '1 month' AS span", "'span' is of the type interval"),
    "a list": ("SELECT array[1, 2] AS both", "'both' is of the type"),
    "no such column": ("SELECT nope", "did not answer"),
    "a write": ("CREATE TABLE mine (a int)", "did not answer"),
}


@pytest.mark.parametrize(("sql", "told"), WRONG.values(), ids=WRONG.keys())
async def test_what_would_not_arrive_is_refused(
    pair: Pair, postgresql: str, sql: str, told: str
) -> None:
    with pytest.raises(Refused) as refused:
        await published(pair, postgresql, sql)
    assert (refused.value.status, told in str(refused.value.problem)) == (400, True)


@pytest.mark.parametrize(
    ("uri", "media_type", "told"),
    [
        ("mysql://x", "text/csv", "names no database"),
        ("sqlite:relative.db", "text/csv", "names no database"),
        ("sqlite:/nothing/here.db", "text/csv", "did not answer"),
        ("sqlite:/nothing/here.db", "application/json", "cannot be sent as"),
    ],
)
async def test_no_database(pair: Pair, uri: str, media_type: str, told: str) -> None:
    with pytest.raises(Refused) as refused:
        await published(pair, uri, "SELECT 1", media_type)
    assert told in str(refused.value.problem)


async def test_what_changes_its_type_later_breaks_off(pair: Pair, postgresql: str) -> None:
    sql = (
        "SELECT CASE WHEN g = 200000 AND now() > pg_postmaster_start_time() "
        "THEN 'infinity'::timestamp ELSE timestamp '2026-01-01' END AS at, md5(g::text) AS word "
        "FROM generate_series(1, 200000) AS g"
    )
    dataset = await published(pair, postgresql, sql)
    with pytest.raises(Exception, match=r"[Cc]losed|not enough|transfer|payload"):
        await read(pair, dataset)
    entry: Any = [one for one in pair.provider.records("journal") if one.peer][-1]
    assert entry.detail["reason"] == "backend-broken"
