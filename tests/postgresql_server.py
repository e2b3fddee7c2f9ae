"""One PostgreSQL server for all tests of a process; a schema for each folder."""

from __future__ import annotations

import atexit
import hashlib
import os
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from temporary_postgresql import VARIABLE, Server, binaries, server

if TYPE_CHECKING:
    from faifo.store.postgresql.place import Place


@cache
def running() -> Server:
    """Return the server; the test is skipped where there is none, and fails in CI."""
    if binaries() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed")
    stack = ExitStack()
    found = stack.enter_context(server(durable=False))
    atexit.register(stack.close)
    return found


def place(folder: Path) -> Place:
    """Return a schema of its own for a folder, in the database that all nodes are led to if any."""
    from faifo.store.postgresql.place import Place

    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    return Place(url=os.environ.get(VARIABLE) or running().url(), schema=f"t{name}")


def section(folder: Path) -> str:
    """Return the lines of faifo.toml that lead the node in a folder to its schema."""
    found = place(folder)
    return f'\n[store]\nurl = "{found.url}"\nschema = "{found.schema}"\n'


def records(folder: Path, table: str) -> list[str]:
    """Return the records of a table of the node in a folder, in the order in which they came."""
    order = "seq" if table in {"history", "journal"} else "record::json ->> 'created', ctid"
    with closing(place(folder).connect()) as connection:
        rows = connection.execute(f"SELECT record FROM {table} ORDER BY {order}")
        return [text for (text,) in rows]
