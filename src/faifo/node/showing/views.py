"""Records as the management API shows them. Tokens and data addresses stay inside."""

from __future__ import annotations

from typing import Any

import msgspec

from faifo.messages.dsp_2025_1.catalog import DataService, read_sha256
from faifo.messages.dsp_2025_1.catalog import Dataset as CatalogDataset
from faifo.messages.dsp_2025_1.terms import listed, text
from faifo.store.contract import Transaction
from faifo.store.records import Agreement, Dataset, Negotiation, Process, Transfer

IANA = "https://www.iana.org/assignments/media-types/"
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
    return {
        **view,
        **_members(record, ("offer", "permitted", "decision", "purpose", "accepted_terms")),
    }


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
    first = entry.distribution[0] if entry.distribution else None
    service = first.access_service if first else ""
    size = text(first.byte_size) if first else None
    return {
        "id": entry.id,
        "title": _text(entry.title),
        "description": _text(entry.description),
        "keywords": [word for one in listed(entry.keyword) if (word := _text(one))],
        "licence": _text(text(entry.licence)),
        "media_type": _media_type(text(first.media_type)) if first else None,
        "size": int(str(size)) if str(size).isdecimal() else None,
        "sha256": read_sha256(first.checksum) if first else None,
        "formats": [one.format for one in entry.distribution],
        "offers": list(entry.has_policy),
        "endpoint": service.endpoint_url if isinstance(service, DataService) else service or None,
        "passport": _text(entry.passport),
        "passport_sha256": _text(entry.passport_sha256),
        "passport_status": _text(entry.passport_status),
    }


def _text(value: Any) -> str | None:
    """Return a text, or the one of several languages that most readers know, else None."""
    if isinstance(value, dict) and "@value" not in value:  # a language map
        value = [{"@language": language, "@value": one} for language, one in value.items()]
    entries = [one if isinstance(one, dict) else {"@value": one} for one in listed(value)]
    entries.sort(key=lambda one: not str(one.get("@language", "en")).startswith("en"))
    texts = [one.get("@value") for one in entries]
    return next((one for one in texts if isinstance(one, str)), None)


def _media_type(value: Any) -> str | None:
    """Return a media type, also where it is named by its IRI at IANA."""
    return value.removeprefix(IANA) if isinstance(value, str) else None
