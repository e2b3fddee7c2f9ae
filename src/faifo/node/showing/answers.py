"""Records as the management API answers them. Tokens and data addresses stay inside."""

from __future__ import annotations

from functools import cache
from itertools import repeat
from typing import Any, TypeVar

import msgspec

from faifo.api.catalog import OfferedDataset
from faifo.api.datasets import Dataset, Judged, Visibility
from faifo.api.processes import Agreement, Delivery, Negotiation, Transfer
from faifo.messages.dsp_2025_1 import catalog
from faifo.messages.dsp_2025_1.criteria import OWN, Properties
from faifo.messages.dsp_2025_1.terms import listed, text
from faifo.node.custody.trust_file import TrustedParticipant
from faifo.node.offering.seen import Seen
from faifo.policy.decision import Decision
from faifo.store import records
from faifo.store.contract import Transaction

IANA = "https://www.iana.org/assignments/media-types/"

A = TypeVar("A", bound=msgspec.Struct)


def answer(kind: type[A], record: object, /, **members: Any) -> A:
    """Return an answer with `members`, and what else it has from `record`, by the same names."""
    names = _others(kind, frozenset(members))
    found = map(getattr, repeat(record), names)
    return kind(**dict(zip(names, found, strict=False)), **members)


@cache
def _others(kind: type[msgspec.Struct], given: frozenset[str]) -> tuple[str, ...]:
    """Return the members of an answer but for those that are given."""
    return tuple(name for name in kind.__struct_fields__ if name not in given)


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
    # Behind a question mark somebody else's address may hold a secret.
    endpoint = str((record.data_address or {}).get("endpoint", "")).partition("?")[0] or None
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


def visibility(seen: Seen, did: str, trusted: TrustedParticipant | None) -> Visibility:
    return Visibility(
        dataset=seen.dataset.id,
        participant=did,
        name=trusted.name if trusted else "",
        economy=trusted.economy if trusted else "",
        visible=seen.visible,
        trusted=trusted is not None,
        withdrawn=seen.dataset.withdrawn,
        judged=tuple(_judged(purpose, decision) for purpose, decision in seen.decisions),
        access=_judged(None, seen.access) if seen.access else None,
    )


def _judged(purpose: str | None, decision: Decision) -> Judged:
    return Judged(
        purpose=purpose,
        permitted=decision.permits,
        facts=decision.written.facts,
        reason=msgspec.to_builtins(decision.written.reason),
    )


def offered(entry: catalog.Dataset, lang: str = "en") -> OfferedDataset:
    """Return a partner's dataset in plain words, in `lang` where it speaks that."""
    first = entry.distribution[0] if entry.distribution else None
    service = first.access_service if first else ""
    size = str(text(first.byte_size)) if first else ""
    return OfferedDataset(
        id=entry.id,
        title=_text(entry.title, lang),
        description=_text(entry.description, lang),
        keywords=tuple(dict.fromkeys(filter(None, _texts(entry.keyword, lang)))),
        licence=_text(text(entry.licence)),
        media_type=_media_type(text(first.media_type)) if first else None,
        size=int(size) if size.isdecimal() else None,
        sha256=catalog.read_sha256(entry.distribution),
        formats=tuple(one.format for one in entry.distribution),
        offers=tuple(entry.has_policy),
        endpoint=service.endpoint_url
        if isinstance(service, catalog.DataService)
        else service or None,
        passport=_text(entry.passport),
        passport_sha256=_text(entry.passport_sha256),
        passport_status=_text(entry.passport_status),
        contact=_text(entry.contact),
        notice=_text(entry.notice),
        appeal=_text(entry.appeal),
        properties=catalog.read_property_values(entry.made_up),
    )


def properties(entry: OfferedDataset, written: catalog.Dataset) -> Properties:
    """Return what a condition may test of a partner's dataset; see `query.PROPERTIES`.

    Title and description are tested in each language that they are written in.
    """
    said: dict[str, tuple[Any, ...]] = {
        "id": (entry.id,),
        "title": tuple(_texts(written.title)),
        "description": tuple(_texts(written.description)),
        "keyword": entry.keywords,
        "license": (entry.licence,),
        "mediaType": (entry.media_type,),
        "byteSize": (entry.size,),
        **{OWN + name: (value,) for name, value in entry.properties.items()},
    }
    return {name: tuple(v for v in values if v is not None) for name, values in said.items()}


def _text(value: Any, lang: str = "en") -> str | None:
    """Return a text, of several languages that in `lang` or what most readers know, else None."""
    return next(iter(_texts(value, lang)), None)


def _texts(value: Any, lang: str = "en") -> list[str]:
    """Return all texts, those in `lang` first and then those in English or in no language said."""
    if isinstance(value, dict) and not {"@value", "@set", "@list"}.intersection(value):
        value = [  # a language map
            {"@language": language, "@value": one}
            for language, several in value.items()
            for one in listed(several)
        ]
    entries = [one if isinstance(one, dict) else {"@value": one} for one in listed(value)]

    def rank(one: dict[str, Any]) -> int:
        code = str(one.get("@language", "")).partition("-")[0].lower()
        return 0 if code == lang else 1 if code in {"", "en"} else 2

    texts = (one.get("@value") for one in sorted(entries, key=rank))
    return [one for one in texts if isinstance(one, str)]


def _url(service: catalog.DataService | str) -> str | None:
    return service.endpoint_url if isinstance(service, catalog.DataService) else service or None


def _media_type(value: Any) -> str | None:
    """Return a media type, also where it is named by its IRI at IANA."""
    return value.removeprefix(IANA) if isinstance(value, str) else None
