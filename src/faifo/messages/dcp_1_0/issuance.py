"""Asking for credentials, offering, delivering. Spec: DCP 1.0 §6."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec

from faifo.messages.dcp_1_0.wire import Message
from faifo.messages.dsp_2025_1.wire import Id, ShapeError, Wire, named
from faifo.phrases import Phrase

MAX_CREDENTIAL_CHARACTERS = 64 * 1024


class Outcome(StrEnum):
    ISSUED = "ISSUED"
    REJECTED = "REJECTED"


class RequestStatus(StrEnum):
    RECEIVED = "RECEIVED"
    REJECTED = "REJECTED"
    ISSUED = "ISSUED"


class CredentialContainer(Wire, frozen=True, kw_only=True):
    """One credential; `format` is the alias of its profile."""

    credential_type: Id
    payload: Annotated[str, msgspec.Meta(max_length=MAX_CREDENTIAL_CHARACTERS)]
    format: Id


class CredentialMessage(Message, frozen=True, kw_only=True):
    """The issuer's answer to a request, or what it issues unasked."""

    type: Literal["CredentialMessage"] = named("CredentialMessage", "type")
    issuer_pid: Id
    holder_pid: Id | None = None
    status: Outcome
    credentials: Annotated[tuple[CredentialContainer, ...], msgspec.Meta(max_length=32)] = ()
    rejection_reason: str | None = None


class CredentialObject(Wire, frozen=True, kw_only=True):
    """A credential that can be had; an offer may name its id alone (§6.6.1), without a type."""

    id: Id
    type: Literal["CredentialObject"] = named("CredentialObject", "type")
    credential_type: Id | None = None
    credential_schema: str | None = None
    offer_reason: str | None = None
    binding_methods: tuple[str, ...] = ()
    profile: str | None = None
    issuance_policy: dict[str, Any] | None = None


class CredentialOfferMessage(Message, frozen=True, kw_only=True):
    """From an issuer: these can be requested from me."""

    type: Literal["CredentialOfferMessage"] = named("CredentialOfferMessage", "type")
    issuer: Id
    credentials: Annotated[tuple[CredentialObject, ...], msgspec.Meta(max_length=256)]


class CredentialReference(Wire, frozen=True, kw_only=True):
    """The id of a credential object in the issuer's metadata."""

    id: Id


class CredentialRequestMessage(Message, frozen=True, kw_only=True):
    """From a holder; `holder_pid` comes back with the credentials."""

    type: Literal["CredentialRequestMessage"] = named("CredentialRequestMessage", "type")
    holder_pid: Id
    credentials: Annotated[tuple[CredentialReference, ...], msgspec.Meta(max_length=32)]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.credentials:
            raise ShapeError(
                what=Phrase("errors.told.shape.no-credentials"),
                expected=Phrase("errors.told.shape.at-least-one"),
                where="$.credentials",
            )


class CredentialStatus(Message, frozen=True, kw_only=True):
    """How far a request is."""

    type: Literal["CredentialStatus"] = named("CredentialStatus", "type")
    issuer_pid: Id
    holder_pid: Id
    status: RequestStatus


class IssuerMetadata(Message, frozen=True, kw_only=True):
    """What an issuer offers to everybody."""

    type: Literal["IssuerMetadata"] = named("IssuerMetadata", "type")
    issuer: Id
    credentials_supported: Annotated[tuple[CredentialObject, ...], msgspec.Meta(max_length=256)]
