"""What callers of the management API send. An unknown member is an error, not a silence."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(min_length=1, max_length=2048)]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of request bodies."""


class CatalogQuery(_Body, frozen=True, kw_only=True):
    """With `dataset`, only that one is looked up. `node`: a DID, a URL, or a trusted name."""

    node: Text
    dataset: Text | None = None


class NegotiationOrder(_Body, frozen=True, kw_only=True):
    """With `reuse`, an agreement that is in force and fits is given instead of a new one."""

    node: Text
    dataset: Text
    purpose: Text | None = None
    reuse: bool = True


class TransferOrder(_Body, frozen=True, kw_only=True):
    """The agreement under which data are wanted."""

    agreement: Text


class Say(_Body, frozen=True, kw_only=True):
    """Why; the other side is told."""

    reason: Annotated[str, Meta(max_length=1000)] = ""
