"""The wallet: what this node can prove about its organisation."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from faifo.api.operation import Answer, Moment, Order, Page, Scope, Text, get, post

Types = Annotated[tuple[str, ...], Meta(min_length=1)]


class Credential(Answer, frozen=True, kw_only=True):
    """A credential that this node holds; `withheld`: why it is not presented any more."""

    id: str
    issuer: str
    types: tuple[str, ...]
    received: Moment
    expires: Moment | None
    withheld: str | None


class CredentialOffer(Answer, frozen=True, kw_only=True):
    """What an issuer has offered to this node."""

    issuer: str | None
    at: Moment
    credentials: tuple[str, ...]


class CredentialRequest(Answer, frozen=True, kw_only=True):
    """What was asked of an issuer; `location` is where it shows how the request stands."""

    issuer: str
    types: tuple[str, ...]
    holder_pid: str
    location: str


class CredentialOrder(Order, frozen=True, kw_only=True):
    """Request credentials of an issuer, by type; without a profile its first one is taken."""

    issuer: Text
    types: Types
    profile: str | None = None


LIST_CREDENTIALS = get(
    "listCredentials",
    "/credentials",
    "the credentials that this node holds, and why one is not presented any more",
    Page[Credential],
)
LIST_CREDENTIAL_OFFERS = get(
    "listCredentialOffers",
    "/credentials/offers",
    "what issuers have offered to this node, the newest first",
    Page[CredentialOffer],
)
REQUEST_CREDENTIALS = post(
    "requestCredentials",
    "/credentials/requests",
    "ask an issuer for credentials; a person there decides",
    CredentialRequest,
    CredentialOrder,
    (403, 404, 502, 504),
    statuses=(201,),
    scope=Scope.ADMINISTER,
)
