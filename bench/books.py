"""What the nodes' own books say: read from the SQLite files, past the nodes."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from faifo.store.records import Direction, HistoryEntry, Negotiation, Transfer
from faifo.store.sqlite.speech import short


class Spans(msgspec.Struct, frozen=True):
    """Milliseconds by the consumer's book, from the decision to ask to the last message taken."""

    negotiation: list[float]
    transfer: list[float]


def spans(book: Path, flows: Iterable[tuple[str, str]]) -> Spans:
    """Read the spans of flows, each named by the pids of its negotiation and its transfer."""
    result = Spans([], [])
    with contextlib.closing(_open(book)) as connection:
        for negotiation, transfer in flows:
            begun = _record(connection, "negotiation", negotiation, Negotiation).created
            end = _taken(connection, negotiation)["ContractNegotiationEventMessage:FINALIZED"].at
            result.negotiation.append((end - begun).total_seconds() * 1e3)
            begun = _record(connection, "transfer", transfer, Transfer).created
            end = _taken(connection, transfer)["TransferStartMessage"].at
            result.transfer.append((end - begun).total_seconds() * 1e3)
    return result


def sizes(book: Path, pids: Iterable[str | None]) -> dict[str, tuple[int, int]]:
    """Return the bytes of body and answer for every message that came in about `pids`."""
    with contextlib.closing(_open(book)) as connection:
        return {
            name: (len(entry.body), len(entry.answer))
            for pid in pids
            for name, entry in _taken(connection, pid or "").items()
        }


def counterparts(book: Path, negotiation: str, transfer: str) -> tuple[str | None, str | None]:
    """Return the other side's pids."""
    with contextlib.closing(_open(book)) as connection:
        return (
            _record(connection, "negotiation", negotiation, Negotiation).peer_pid,
            _record(connection, "transfer", transfer, Transfer).peer_pid,
        )


def data_address(book: Path, transfer: str) -> tuple[str, str]:
    """Return endpoint and token of a transfer."""
    with contextlib.closing(_open(book)) as connection:
        record = _record(connection, "transfer", transfer, Transfer)
    address = record.data_address or {}
    values = {item["name"]: item["value"] for item in address["endpointProperties"]}
    return address["endpoint"], values["authorization"]


def _open(book: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{book}?mode=ro", uri=True)


def _kept(pid: str) -> tuple[str, str | bytes]:
    """Return an id as it stands in a column, before and since step 0030."""
    return pid, short(pid)


def _record(connection: sqlite3.Connection, table: str, pid: str, kind: type[Any]) -> Any:
    row = connection.execute(
        f"SELECT record FROM {table} WHERE pid IN (?, ?)", _kept(pid)
    ).fetchone()
    return msgspec.json.decode(row[0], type=kind)


def _taken(connection: sqlite3.Connection, pid: str) -> dict[str, HistoryEntry]:
    rows = connection.execute(
        "SELECT record FROM history WHERE process IN (?, ?) AND direction = ? ORDER BY seq",
        (*_kept(pid), Direction.IN.value),
    )
    entries = [msgspec.json.decode(row[0], type=HistoryEntry) for row in rows]
    return {entry.message: entry for entry in entries}
