"""Records as the management API answers them. Tokens and data addresses stay inside."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from faifo.api.catalog import OfferedDataset
from faifo.api.datasets import Dataset
from faifo.api.processes import Agreement, Delivery, Negotiation, Transfer
from faifo.messages.dsp_2025_1 import catalog
from faifo.store import records
from faifo.store.contract import Transaction

A = TypeVar("A", bound=msgspec.Struct)


def answer(kind: type[A], record: object, /, **members: Any) -> A:
    """Return an answer with `members`, and what else it has from `record`, by the same names."""
    names = kind.__struct_fields__
    return kind(**{name: getattr(record, name) for name in names if name not in members}, **members)


async def _way(tx: Transaction, record: records.Process) -> dict[str, Any]:
    """Return what of a process stands elsewhere: messages on their way, and its deadline."""
    rows = await tx.outbox.find(process=record.pid)
    timer = await tx.timers.get("deadline", record.pid)
    return {
        "outbox": tuple(answer(Delivery, row) for row in rows),
        "deadline": timer.due if timer else None,
    }


async def negotiation(tx: Transaction, record: records.Negotiation) -> Negotiation:
    return answer(Negotiation, record, **await _way(tx, record))


async def transfer(tx: Transaction, record: records.Transfer) -> Transfer:
    endpoint = (record.data_address or {}).get("endpoint")
    return answer(Transfer, record, endpoint=endpoint, **await _way(tx, record))


async def agreement(_: Transaction, record: records.Agreement) -> Agreement:
    return answer(Agreement, record)


async def dataset(_: Transaction, record: records.Dataset) -> Dataset:
    source, passport = record.source, record.passport
    return answer(
        Dataset,
        record,
        kind=source.kind,
        location=source.location,
        sha256=source.digest,
        size=source.size,
        passport_sha256=passport.sha256 if passport else None,
        passport_status=passport.status if passport else None,
    )


def offered(entry: catalog.Dataset) -> OfferedDataset:
    """Return a partner's dataset in plain words."""
    first = entry.distribution[0]
    service = first.access_service
    return OfferedDataset(
        id=entry.id,
        title=_text(entry.title),
        description=_text(entry.description),
        keywords=tuple(entry.keyword or ()),
        licence=entry.licence,
        media_type=first.media_type,
        size=first.byte_size,
        sha256=catalog.read_sha256(first.checksum),
        formats=tuple(one.format for one in entry.distribution),
        offers=tuple(entry.has_policy),
        endpoint=service.endpoint_url if isinstance(service, catalog.DataService) else service,
        passport=_text(entry.passport),
        passport_sha256=_text(entry.passport_sha256),
        passport_status=_text(entry.passport_status),
    )


def _text(value: Any) -> str | None:
    """Return a text or the text of a language map or value object, else None."""
    if isinstance(value, dict):
        value = value.get("@value")
    if isinstance(value, list) and value:
        return _text(value[0])
    return value if isinstance(value, str) else None
