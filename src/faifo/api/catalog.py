"""What other nodes offer to this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from faifo.api.operation import ASKING_PROBLEMS, Answer, Order, Scope, Text, post


class OfferedDataset(Answer, frozen=True, kw_only=True):
    """A partner's dataset in plain words; `offers` are its policies (ODRL).

    `passport` is there when one dataset is asked for, as text, with nothing proven. `contact`,
    `notice` and `appeal` are there where it concerns persons. `properties` are the partner's own.
    """

    id: str
    title: str | None
    description: str | None
    keywords: tuple[str, ...]
    licence: str | None
    media_type: str | None
    size: int | None
    sha256: str | None
    formats: tuple[str, ...]
    offers: tuple[dict[str, Any], ...]
    endpoint: str | None
    passport: str | None
    passport_sha256: str | None
    passport_status: str | None
    contact: str | None = None
    notice: str | None = None
    appeal: str | None = None
    properties: Mapping[str, str | int] = {}


class LeftOut(Answer, frozen=True, kw_only=True):
    """What a catalog holds that cannot be read or is odd: `where` in the document, and why."""

    where: str
    name: str
    why: str


class Catalog(Answer, frozen=True, kw_only=True):
    """What a partner shows this node, and what of it is not among the datasets."""

    participant: str
    datasets: tuple[OfferedDataset, ...]
    left_out: tuple[LeftOut, ...]


class CatalogQuery(Order, frozen=True, kw_only=True):
    """With `dataset`, only that one is looked up. `node`: a DID, a URL, or a trusted name.

    `where`: conditions such as `title contains rice` or `properties.season = wet`, which must all
    hold. `search`: words that
    must all stand in title, description, keywords or id, without regard to case and diacritics.
    """

    node: Text
    dataset: Text | None = None
    where: Annotated[tuple[Text, ...], Meta(max_length=20)] = ()
    search: Annotated[str, Meta(max_length=200)] = ""


class UseQuery(Order, frozen=True, kw_only=True):
    """What is wanted of another node, as in a `NegotiationOrder`."""

    node: Text
    dataset: Text
    purpose: Text | None = None


class MayUse(Answer, frozen=True, kw_only=True):
    """Whether this node would ask for it, and if not, what is missing; the provider decides."""

    may: bool
    missing: tuple[str, ...]


MAY_USE = post(
    "mayUse",
    "/catalog/permission",
    "whether this node could ask for a dataset for a purpose, and what is missing; nothing begins",
    MayUse,
    UseQuery,
    ASKING_PROBLEMS,
    scope=Scope.READ,
)
READ_CATALOG = post(
    "readCatalog",
    "/catalog",
    "ask another node for its catalog",
    Catalog,
    CatalogQuery,
    ASKING_PROBLEMS,
    scope=Scope.READ,
)
