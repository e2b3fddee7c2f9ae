"""Catalogs, datasets and the messages that ask for them. Spec: DSP 2025-1 §5 and §6."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal

import msgspec

from faifo.messages.dsp_2025_1 import policy
from faifo.messages.dsp_2025_1.terms import listed, text
from faifo.messages.dsp_2025_1.wire import Id, Message, ShapeError, Wire, check_context, named
from faifo.phrases import Phrase

MAX_MADE_UP: Final = 64
"""Properties of a publisher's own making that are read of one dataset of a partner."""
SCHEMA: Final = "https://schema.org/"
SPDX: Final = "http://spdx.org/rdf/terms#"

Policies = Annotated[tuple[dict[str, Any], ...], msgspec.Meta(min_length=1)]


class CatalogRequestMessage(Message, frozen=True, kw_only=True):
    """`filter` is in no standard language; a filter that is not understood is refused."""

    type: Literal["CatalogRequestMessage"] = named("CatalogRequestMessage")
    filter: tuple[Any, ...] = ()


class DatasetRequestMessage(Message, frozen=True, kw_only=True):
    """Virtual in the HTTPS binding: it is the GET of a dataset."""

    type: Literal["DatasetRequestMessage"] = named("DatasetRequestMessage")
    dataset: Id


class CatalogError(Message, frozen=True, kw_only=True):
    type: Literal["CatalogError"] = named("CatalogError")
    code: str | None = None
    reason: tuple[Any, ...] = ()


class DataService(Wire, frozen=True, kw_only=True):
    """`endpoint_url` is the base of negotiations and transfers, in the catalog's own version."""

    ALWAYS: ClassVar[tuple[str, ...]] = ("@type",)

    id: Id = msgspec.field(name="@id")
    type: Literal["DataService"] = named("DataService")
    endpoint_url: Id = msgspec.field(name="endpointURL")
    endpoint_description: Any = None
    serves_dataset: Annotated[tuple[Dataset, ...], msgspec.Meta(min_length=1)] = ()


class Distribution(Wire, frozen=True, kw_only=True):
    """One form in which a dataset can be had; `access_service` is a DataService or its `@id`."""

    type: Literal["Distribution"] = named("Distribution")
    format: Id
    access_service: DataService | Id
    has_policy: Policies = ()
    media_type: Any = msgspec.field(name="dcat:mediaType", default=None)
    byte_size: Any = msgspec.field(name="dcat:byteSize", default=None)
    checksum: Any = msgspec.field(name=f"{SPDX}checksum", default=None)

    def __post_init__(self) -> None:
        _check_offers(self.has_policy)


class Dataset(Wire, frozen=True, kw_only=True):
    """A dataset with at least one offer and one distribution; `context` only where it is the root.

    `title` and `description` are Dublin Core terms, which the context knows by their prefix; a
    peer may put a language map there. A passport is the text of a signed envelope; a catalog holds
    its digest and status only, and the dataset's own document the whole. Contact, notice and appeal
    are there where it concerns persons. What publishers make up are `PropertyValue`s of schema.org.
    These terms are full IRIs, so that no context has to know them.
    """

    context: tuple[str, ...] = msgspec.field(name="@context", default=())
    id: Id = msgspec.field(name="@id")
    type: Literal["Dataset"] = named("Dataset")
    title: Any = msgspec.field(name="dct:title", default=None)
    description: Any = msgspec.field(name="dct:description", default=None)
    keyword: Any = msgspec.field(name="dcat:keyword", default=None)
    licence: Any = msgspec.field(name="dct:license", default=None)
    conforms_to: Any = msgspec.field(name="dct:conformsTo", default=None)
    passport: Any = msgspec.field(name="urn:faifo:ns:passport", default=None)
    passport_sha256: Any = msgspec.field(name="urn:faifo:ns:passportSha256", default=None)
    passport_status: Any = msgspec.field(name="urn:faifo:ns:passportStatus", default=None)
    passport_withdrawal: Any = msgspec.field(name="urn:faifo:ns:passportWithdrawal", default=None)
    contact: Any = msgspec.field(name="urn:faifo:ns:contact", default=None)
    notice: Any = msgspec.field(name="urn:faifo:ns:notice", default=None)
    appeal: Any = msgspec.field(name="urn:faifo:ns:appeal", default=None)
    made_up: Any = msgspec.field(name=f"{SCHEMA}additionalProperty", default=None)
    has_policy: Policies
    distribution: Annotated[tuple[Distribution, ...], msgspec.Meta(min_length=1)]

    def __post_init__(self) -> None:
        if self.context:
            check_context(self.context)
        _check_offers(self.has_policy)


class Catalog(Wire, frozen=True, kw_only=True):
    """A catalog; the root one carries `context` and `participant_id`, the nested ones need not."""

    ALWAYS: ClassVar[tuple[str, ...]] = ("@type",)

    context: tuple[str, ...] = msgspec.field(name="@context", default=())
    id: Id = msgspec.field(name="@id")
    type: Literal["Catalog"] = named("Catalog")
    participant_id: Id | None = None
    service: Annotated[tuple[DataService, ...], msgspec.Meta(min_length=1)] = ()
    dataset: Annotated[tuple[Dataset, ...], msgspec.Meta(min_length=1)] = ()
    catalog: Annotated[tuple[Catalog, ...], msgspec.Meta(min_length=1)] = ()
    distribution: Annotated[tuple[Distribution, ...], msgspec.Meta(min_length=1)] = ()
    has_policy: Any = msgspec.UNSET

    def __post_init__(self) -> None:
        if self.context:
            check_context(self.context)
        if self.has_policy is not msgspec.UNSET:
            raise ShapeError(
                what=Phrase("errors.told.shape.catalog-policy"),
                expected=Phrase("errors.told.shape.policies"),
                where="$.hasPolicy",
            )


def property_value(name: str, value: str | int) -> dict[str, Any]:
    """Return a property of a publisher's own making, in the words of schema.org."""
    return {"@type": f"{SCHEMA}PropertyValue", f"{SCHEMA}name": name, f"{SCHEMA}value": value}


def read_property_values(value: Any) -> dict[str, str | int]:
    """Return texts and whole numbers by name; the first of a name, and nothing that is odd."""
    found: dict[str, str | int] = {}
    for one in listed(value)[:MAX_MADE_UP]:
        if isinstance(one, dict):
            name, said = text(one.get(f"{SCHEMA}name")), text(one.get(f"{SCHEMA}value"))
            literal = isinstance(said, str | int) and not isinstance(said, bool)
            if isinstance(name, str) and literal:
                found.setdefault(name, said)
    return found


def sha256_checksum(digest: str) -> dict[str, Any]:
    """Return the checksum of a distribution for a hex SHA-256. Spec: DCAT 3 §6.8.18, SPDX 2.3."""
    return {
        f"{SPDX}algorithm": {"@id": f"{SPDX}checksumAlgorithm_sha256"},
        f"{SPDX}checksumValue": digest,
    }


def read_sha256(distributions: tuple[Distribution, ...]) -> str | None:
    """Return the hex SHA-256 of the first distribution that was read, or None."""
    checksum = distributions[0].checksum if distributions else None
    return checksum[f"{SPDX}checksumValue"] if checksum else None


def _check_offers(offers: tuple[dict[str, Any], ...]) -> None:
    for index, offer in enumerate(offers):
        policy.check(offer, policy.Offer, where=f"$.hasPolicy[{index}]")
