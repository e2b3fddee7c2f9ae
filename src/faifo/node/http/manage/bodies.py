"""What callers of the management API send. An unknown member is an error, not a silence."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(min_length=1, max_length=2048)]
Person = Annotated[str, Meta(min_length=1, max_length=200)]
Outcome = Literal["accept", "conditions", "need-more", "refuse"]
Reason = Annotated[str, Meta(min_length=1, max_length=2000)]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of request bodies."""


class CatalogQuery(_Body, frozen=True, kw_only=True):
    """With `dataset`, only that one is looked up. `node`: a DID, a URL, or a trusted name."""

    node: Text
    dataset: Text | None = None


class ProbeOrder(_Body, frozen=True, kw_only=True):
    """Whom to ask how it sees this node: a DID, a URL, or a trusted name."""

    node: Text


class PackChoice(_Body, frozen=True, kw_only=True):
    """What is asked of a passport: a pack by its name, or a pack's own TOML."""

    pack: Text = "asean"
    pack_toml: Annotated[str, Meta(max_length=262_144)] | None = None


class PassportQuery(PackChoice, frozen=True, kw_only=True):
    """Which passport, and what is asked of it."""

    node: Text
    dataset: Text


class Opinion(_Body, frozen=True, kw_only=True):
    """What a person decides about a passport, after it was judged by the pack."""

    person: Person
    outcome: Outcome
    reason: Reason


class PassportReview(PassportQuery, frozen=True, kw_only=True):
    """Which passport, what is asked of it, and what a person decides about it."""

    person: Person
    outcome: Outcome
    reason: Reason


class Assurance(PackChoice, frozen=True, kw_only=True):
    """Which member's passport is to be judged, what is asked of it, and what a person decides.

    `framework` is what the credential names as such; the pack where it is empty.
    """

    did: Text
    passport: Annotated[str, Meta(min_length=1, max_length=262_144)]
    framework: Annotated[str, Meta(max_length=200)] = ""
    opinion: Opinion | None = None


class PassportRecognition(_Body, frozen=True, kw_only=True):
    """A recognition of an issuer's evidence that this node's key has signed, as text."""

    recognition: Annotated[str, Meta(min_length=1, max_length=262_144)]


class PassportWithdrawal(_Body, frozen=True, kw_only=True):
    """A withdrawal of a passport or a recognition that this node's key has signed, as text."""

    withdrawal: Annotated[str, Meta(min_length=1, max_length=262_144)]


class NegotiationOrder(_Body, frozen=True, kw_only=True):
    """With `reuse`, an agreement that is in force and fits is given instead of a new one.

    `offer`: which of several. `accept_terms`: names of terms that this node does not understand,
    and that a person takes care of.
    """

    node: Text
    dataset: Text
    purpose: Text | None = None
    reuse: bool = True
    offer: Text | None = None
    accept_terms: Annotated[tuple[Text, ...], Meta(max_length=100)] = ()


class TransferOrder(_Body, frozen=True, kw_only=True):
    """The agreement under which data are wanted."""

    agreement: Text


class Say(_Body, frozen=True, kw_only=True):
    """Why; the other side is told."""

    reason: Annotated[str, Meta(max_length=1000)] = ""
