"""The version document, the one thing that every stranger may read. Spec: DSP 2025-1 §4."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from faifo.messages.dsp_2025_1.wire import Id, Wire


class AuthScheme(Wire, frozen=True, kw_only=True):
    """How a peer must prove who it is, e.g. `DCP` `1.0` with its profiles."""

    protocol: Id
    version: Id
    profile: tuple[str, ...] = ()


class ProtocolVersion(Wire, frozen=True, kw_only=True):
    """`path` is appended to the root of the node; `version` may be one that we do not know.

    `extensions` names what is served below `path` beyond the protocol; no member of DSP's own.
    """

    version: Id
    path: str
    binding: Literal["HTTPS"]
    service_id: Id | None = None
    identifier_type: Id | None = None
    auth: AuthScheme | None = None
    extensions: tuple[Id, ...] = ()


class ProtocolVersions(Wire, frozen=True, kw_only=True):
    """`/.well-known/dspace-version`; it has neither `@context` nor `@type`."""

    protocol_versions: Annotated[tuple[ProtocolVersion, ...], msgspec.Meta(min_length=1)]
