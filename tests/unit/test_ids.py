"""Ids: their form, and that nobody gets the same one twice."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import RFC_4122, UUID

import pytest

from faifo import ids

NOW = datetime(2026, 11, 29, 12, 30, 15, 250_000, UTC)
MANY = 2000


def test_an_id_is_a_uuid_of_version_7_with_its_time():
    for _ in range(MANY):
        found = UUID(ids.new_urn(NOW))
        assert (found.version, found.variant) == (7, RFC_4122)
        assert found.int >> 80 == int(NOW.timestamp() * 1000)


def test_ids_of_traces_are_hex_and_not_zero():
    assert re.fullmatch("(?!0+$)[0-9a-f]{32}", ids.new_trace_id())
    assert re.fullmatch("(?!0+$)[0-9a-f]{16}", ids.new_span_id())


def test_zeros_are_no_id_of_a_trace(monkeypatch: pytest.MonkeyPatch):
    drawn = ["0" * 16 + "1" * 16, "0" * 32]
    monkeypatch.setattr(ids, "_random", lambda: drawn.pop() if drawn else "2" * 32)
    assert ids.new_trace_id() == "0" * 16 + "1" * 16
    drawn += ["0" * 16 + "1" * 16, "0" * 32]
    assert ids.new_span_id() == "2" * 16


def test_no_two_threads_get_the_same():
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: ids.new_urn(NOW), range(MANY)))
    assert len(set(found)) == MANY


def test_a_fork_does_not_get_those_of_its_parent():
    ids.new_urn(NOW)  # now there is something in advance
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, ids.new_urn(NOW).encode())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    os.close(write)
    with os.fdopen(read, encoding="ascii") as told:
        assert told.read() not in {"", *(ids.new_urn(NOW) for _ in range(MANY))}
