"""Records as the management API shows them. Tokens and data addresses stay inside."""

from __future__ import annotations

from typing import Any

import msgspec

from faifo.messages.dsp_2025_1.catalog import DataService, read_sha256
from faifo.messages.dsp_2025_1.catalog import Dataset as CatalogDataset
from faifo.store.contract import Transaction
from faifo.store.records import Agreement, Dataset, Negotiation, Process, Transfer

PROCESS_MEMBERS = (
    "pid",
    "role",
    "state",
    "peer",
    "peer_pid",
    "dataset",
    "agreement",
    "hold",
    "reason",
    "one_sided",
    "created",
    "updated",
    "version",
)


def _members(record: msgspec.Struct, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: msgspec.to_builtins(getattr(record, name)) for name in names}


async def _process(tx: Transaction, record: Process) -> dict[str, Any]:
    view = _members(record, PROCESS_MEMBERS)
    view["outbox"] = [
        _members(row, ("message", "attempts", "last_error", "not_before", "give_up"))
        for row in await tx.outbox.find(process=record.pid)
    ]
    timer = await tx.timers.get("deadline", record.pid)
    view["deadline"] = msgspec.to_builtins(timer.due) if timer else None
    return view


async def negotiation(tx: Transaction, record: Negotiation) -> dict[str, Any]:
    view = await _process(tx, record)
    return {**view, **_members(record, ("offer", "permitted", "decision"))}


async def transfer(tx: Transaction, record: Transfer) -> dict[str, Any]:
    view = await _process(tx, record)
    endpoint = (record.data_address or {}).get("endpoint")
    return {**view, **_members(record, ("format", "open", "token_expires")), "endpoint": endpoint}


def agreement(record: Agreement) -> dict[str, Any]:
    return msgspec.to_builtins(record)  # type: ignore[no-any-return]


def dataset(record: Dataset) -> dict[str, Any]:
    view: dict[str, Any] = msgspec.to_builtins(record)
    source = view.pop("source")
    view.pop("passport", None)
    return {
        **view,
        "passport_sha256": record.passport.sha256 if record.passport else None,
        "passport_status": record.passport.status if record.passport else None,
        "kind": source["kind"],
        "location": source["location"],
        "sha256": source.get("digest"),
        "size": source.get("size"),
    }


def offered(entry: CatalogDataset) -> dict[str, Any]:
    """Return a partner's dataset in plain words."""
    first = entry.distribution[0]
    service = first.access_service
    return {
        "id": entry.id,
        "title": _text(entry.title),
        "description": _text(entry.description),
        "keywords": entry.keyword or [],
        "licence": entry.licence,
        "media_type": first.media_type,
        "size": first.byte_size,
        "sha256": read_sha256(first.checksum),
        "formats": [one.format for one in entry.distribution],
        "offers": list(entry.has_policy),
        "endpoint": service.endpoint_url if isinstance(service, DataService) else service,
        "passport": _text(entry.passport),
        "passport_sha256": _text(entry.passport_sha256),
        "passport_status": _text(entry.passport_status),
    }


def _text(value: Any) -> str | None:
    """Return a text or the text of a language map or value object, else None."""
    if isinstance(value, dict):
        value = value.get("@value")
    if isinstance(value, list) and value:
        return _text(value[0])
    return value if isinstance(value, str) else None
