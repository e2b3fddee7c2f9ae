"""Other people's catalogs: what can be read is read, what cannot is left out and named.

DSP 2025-1 §6. Every form that the context makes equal is one form here; an entry that is none of
them never hides the entries beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

import msgspec

from faifo.errors import Fact, MalformedMessageError
from faifo.messages.dsp_2025_1 import equal_forms, policy
from faifo.messages.dsp_2025_1.catalog import (
    MAX_MADE_UP,
    SPDX,
    DataService,
    Dataset,
    Distribution,
    property_value,
    sha256_checksum,
)
from faifo.messages.dsp_2025_1.terms import EDC, Terms, listed, text
from faifo.messages.dsp_2025_1.wire import ShapeError
from faifo.phrases import Phrase

MAX_NESTING: Final = 8
MAX_LINKED: Final = 32
MAX_LEFT_OUT: Final = 100
MAX_ID: Final = 2048


class LeftOut(msgspec.Struct, frozen=True):
    """What was not taken, or is odd: its place, its name if it has one, and why."""

    where: str
    name: str
    why: Fact


class Linked(msgspec.Struct, frozen=True):
    """A nested catalog that says only where it can be had: the base of its own catalog service."""

    where: str
    url: str
    participant: str | None


class ForeignCatalog(msgspec.Struct, frozen=True, kw_only=True):
    """What could be read; a dataset without offers is shown by its owner, and not on offer."""

    participant: str | None
    datasets: tuple[Dataset, ...]
    left_out: tuple[LeftOut, ...]
    linked: tuple[Linked, ...] = ()


def read_catalog(body: bytes) -> ForeignCatalog:
    """Return what `body` says, its size bounded by the caller.

    Raises:
        MalformedMessageError: no JSON object, not a catalog, or of another version.
    """
    document = equal_forms.root(body)
    reader = _Reader(Terms(document.get("@context")))
    equal_forms.check_version(document)
    reader.check_type(document, "Catalog")
    reader.catalog(document, "$", 0)
    participant = text(reader.terms.members(document).get("participantId"))
    return ForeignCatalog(
        participant=participant if isinstance(participant, str) else None,
        datasets=tuple(reader.datasets.values()),
        left_out=tuple(reader.left_out),
        linked=tuple(reader.linked),
    )


def read_dataset(body: bytes) -> tuple[Dataset, tuple[LeftOut, ...]]:
    """Return the one dataset that `body` is, and what was left out of it.

    Raises:
        MalformedMessageError: as `read_catalog`, or nothing of it can be read.
    """
    document = equal_forms.root(body)
    reader = _Reader(Terms(document.get("@context")))
    equal_forms.check_version(document)
    reader.check_type(document, "Dataset")
    reader.dataset(document, "$")
    if not reader.datasets:
        odd = reader.left_out[0]
        raise MalformedMessageError(
            what=odd.why, expected=Phrase("errors.told.shape.dataset"), where=odd.where
        )
    return next(iter(reader.datasets.values())), tuple(reader.left_out)


class _Reader:
    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.datasets: dict[str, Dataset] = {}
        self.left_out: list[LeftOut] = []
        self.linked: list[Linked] = []
        self._services: dict[str, DataService] = {}

    def check_type(self, document: Mapping[str, Any], kind: str) -> None:
        found = equal_forms.local(text(self.terms.members(document).get("@type")), self.terms)
        if found not in (kind, None):
            shown = str(found)[:100]
            raise MalformedMessageError(
                what=Phrase("errors.told.shape.a", name=shown),
                expected=Phrase("errors.told.shape.a-kind", kind=kind),
                where="$.@type",
            )

    def omit(self, where: str, why: Fact, name: Any = "") -> None:
        if len(self.left_out) < MAX_LEFT_OUT:
            self.left_out.append(LeftOut(where, str(name)[:MAX_ID], why))

    def catalog(self, document: Any, where: str, depth: int) -> None:
        if not isinstance(document, dict):
            return self.omit(where, Phrase("errors.told.left-out.catalog"))
        found = self.terms.members(document)
        for service in listed(found.get("service")):
            self._service(service)
        for index, entry in enumerate(listed(found.get("dataset"))):
            self.dataset(entry, f"{where}.dataset[{index}]")
        nested = listed(found.get("catalog"))
        if depth and not nested and not listed(found.get("dataset")):
            self._link(found, where)
        if nested and depth >= MAX_NESTING:
            return self.omit(
                f"{where}.catalog", Phrase("errors.told.left-out.nested", most=MAX_NESTING)
            )
        for index, entry in enumerate(nested):
            self.catalog(entry, f"{where}.catalog[{index}]", depth + 1)
        return None

    def _link(self, found: Mapping[str, Any], where: str) -> None:
        """Keep where what is missing in an empty nested catalog is: at a service of its own."""
        services = [self._service(one) for one in listed(found.get("service"))]
        for entry in listed(found.get("distribution")):
            if isinstance(entry, dict):
                members = self.terms.members(entry, dataset=True)
                services.append(self._service(members.get("accessService")))
        urls = [one.endpoint_url for one in services if isinstance(one, DataService)]
        participant = text(found.get("participantId"))
        if urls and len(self.linked) < MAX_LINKED:
            named = participant if isinstance(participant, str) else None
            self.linked.append(Linked(where, urls[0], named))
        elif urls:
            self.omit(where, Phrase("errors.told.left-out.linked", most=MAX_LINKED))

    def dataset(self, entry: Any, where: str) -> None:
        if not isinstance(entry, dict):
            return self.omit(where, Phrase("errors.told.left-out.dataset"))
        found = self.terms.members(entry, dataset=True)
        name = text(found.get("@id"))
        if not isinstance(name, str) or not 0 < len(name) <= MAX_ID:
            return self.omit(where, Phrase("errors.told.left-out.no-id"))
        offers = tuple(self._offers(found.get("hasPolicy"), f"{where}.hasPolicy", name))
        known = self.datasets.get(name)
        if known is not None:
            # The same dataset once more: one entry, with all its offers.
            fresh = [offer for offer in offers if offer not in known.has_policy]
            offers = (*known.has_policy, *fresh)
            self.datasets[name] = msgspec.structs.replace(known, has_policy=offers)
            return None
        distributions = tuple(self._distributions(found.get("distribution"), where, name))
        members: dict[str, Any] = {
            attribute: found[member]
            for attribute, member in _MEMBERS.items()
            if found.get(member) not in (None, [])
        }
        said = (one for one in listed(members.get("made_up")) if isinstance(one, dict))
        made_up = [self.terms.members(one, dataset=True) for one in said]
        members["made_up"] = [*made_up, *self._foreign(found)] or None
        self.datasets[name] = Dataset(
            id=name, has_policy=offers, distribution=distributions, **members
        )
        return None

    def _foreign(self, found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Return what a connector such as EDC writes beside the terms that are known here."""
        for member, value in islice(found.items(), MAX_MADE_UP):
            said = text(value)
            iri = self.terms.iri(member).removeprefix(EDC)
            literal = isinstance(said, str | int) and not isinstance(said, bool)
            if member not in _KNOWN and iri not in _KNOWN and literal and member[:1] != "@":
                yield property_value(iri, said)

    def _offers(self, value: Any, where: str, name: str) -> Iterator[dict[str, Any]]:
        entries = listed(value)
        if not entries:
            self.omit(where, Phrase("errors.told.left-out.no-offer"), name)
        for index, entry in enumerate(entries):
            place = f"{where}[{index}]"
            try:
                yield self._offer(entry, name)
            except ShapeError as error:
                self.omit(
                    place + error.where[1:],
                    Phrase("errors.malformed", what=error.what, where="", expected=error.expected),
                    name,
                )

    def _offer(self, entry: Any, name: str) -> dict[str, Any]:
        if not isinstance(entry, dict):
            raise ShapeError(
                what=Phrase("errors.told.shape.offer"),
                expected=Phrase("errors.told.shape.object"),
                where="$",
            )
        offer = equal_forms.policy(entry, self.terms)
        target = offer.pop("target", name)
        if target != name:
            raise ShapeError(
                what=Phrase("errors.told.shape.offer-for", target=target), expected=name, where="$"
            )
        policy.check(offer, policy.Offer, where="$")
        return offer

    def _distributions(self, value: Any, where: str, name: str) -> Iterator[Distribution]:
        for index, entry in enumerate(listed(value)):
            place = f"{where}.distribution[{index}]"
            if not isinstance(entry, dict):
                self.omit(place, Phrase("errors.told.left-out.distribution"), name)
                continue
            found = self.terms.members(entry, dataset=True)
            kind = text(found.get("format"))
            if not isinstance(kind, str):
                self.omit(place, Phrase("errors.told.left-out.no-format"), name)
                continue
            yield Distribution(
                format=kind,
                access_service=self._service(found.get("accessService")),
                media_type=text(found.get("dcat:mediaType")),
                byte_size=text(found.get("dcat:byteSize")),
                checksum=self._checksum(found.get(f"{SPDX}checksum")),
            )

    def _checksum(self, value: Any) -> dict[str, Any] | None:
        """Return the SHA-256 among checksums, as this node writes it."""
        for one in listed(value):
            if isinstance(one, dict):
                found = self.terms.members(one, dataset=True)
                algorithm = str(text(found.get(f"{SPDX}algorithm"))).rpartition("_")[2]
                digest = str(text(found.get(f"{SPDX}checksumValue"))).lower()
                sha256 = algorithm.lower().replace("-", "") == "sha256"
                if sha256 and re.fullmatch("[0-9a-f]{64}", digest):
                    return sha256_checksum(digest)
        return None

    def _service(self, entry: Any) -> DataService | str:
        """Return a service, or the text that names one that is not described anywhere."""
        entry = text(next(iter(listed(entry)), ""))
        if not isinstance(entry, dict):
            return self._services.get(str(entry), str(entry))
        found = self.terms.members(entry)
        name, url = text(found.get("@id")), text(found.get("endpointURL"))
        if not isinstance(name, str):
            name = url if isinstance(url, str) else ""
        if not isinstance(url, str):
            return self._services.get(name, name)
        described = text(found.get("endpointDescription"))
        service = DataService(id=name, endpoint_url=url, endpoint_description=described)
        self._services[name] = service
        return service


_KNOWN: Final = frozenset(
    ("id", "type", *(field.encode_name for field in msgspec.structs.fields(Dataset)))
)
_MEMBERS: Final = {
    field.name: field.encode_name
    for field in msgspec.structs.fields(Dataset)
    if field.name not in {"id", "type", "context", "has_policy", "distribution"}
}
