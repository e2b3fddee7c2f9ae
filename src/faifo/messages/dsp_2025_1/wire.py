"""What all documents share: the base types, short texts, addresses and the error of a wrong shape.

Every type checks itself when made, read or built alike, so a document that breaks a rule of the
specification can be neither accepted nor sent.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Final, TypeAlias

import msgspec

from faifo.errors import MalformedMessageError
from faifo.phrases import Phrase

CONTEXT: Final = "https://w3id.org/dspace/2025/1/context.jsonld"
VERSION: Final = "2025-1"
MAX_ID_CHARACTERS: Final = 2048

_NO_CONTROL: Final = r"\A[^\x00-\x1f\x7f-\x9f]*\Z"

Id: TypeAlias = Annotated[
    str, msgspec.Meta(min_length=1, max_length=MAX_ID_CHARACTERS, pattern=_NO_CONTROL)
]
"""An identifier, chosen by anybody and opaque to us (design §3); also other short names."""

IdOrEmpty: TypeAlias = Annotated[
    str, msgspec.Meta(max_length=MAX_ID_CHARACTERS, pattern=_NO_CONTROL)
]
"""A pid in an error, where the unknown one may be empty."""


class ShapeError(MalformedMessageError, ValueError):
    """A rule broken inside a document; a ValueError, so that msgspec adds the place to it."""


class Wire(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A document or a part of one. Members that are None or empty are left out when written."""

    # Members that must stand in what is read although Python has a default for them.
    ALWAYS: ClassVar[tuple[str, ...]] = ()


def named(kind: str, member: str = "@type") -> Any:
    """Return the field of a document's type; a plain default would be left out when written."""
    return msgspec.field(name=member, default_factory=lambda: kind)


class Message(Wire, frozen=True, kw_only=True):
    """A document that stands alone: it carries `@context` and `@type`. Spec: DSP 2025-1 §4."""

    ALWAYS: ClassVar[tuple[str, ...]] = ("@context", "@type")

    # A factory, because a plain default would be left out when written.
    context: tuple[str, ...] = msgspec.field(name="@context", default_factory=lambda: (CONTEXT,))
    id: Id | None = msgspec.field(name="@id", default=None)

    def __post_init__(self) -> None:
        check_context(self.context)


class ReasonedMessage(Message, frozen=True, kw_only=True):
    """A message that may say why; `reason` holds anything, mostly strings."""

    code: str | None = None
    reason: Annotated[tuple[Any, ...], msgspec.Meta(min_length=1)] = ()


def check_context(context: tuple[str, ...]) -> None:
    """Raise ShapeError unless `context` names this version of the protocol."""
    if CONTEXT not in context:
        raise ShapeError(
            what=Phrase("errors.told.shape.no-context"), expected=CONTEXT, where="$.@context"
        )


# RFC 3986, without user info (it would carry a password), query and fragment (paths are appended).
_ADDRESS: Final = re.compile(
    r"https?://"
    r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%-]+)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?:/[A-Za-z0-9._~%!$&'()*+,;=:@/-]*)?",
    re.IGNORECASE,
)


def check_callback_address(address: str, *, where: str = "$.callbackAddress") -> None:
    """Raise ShapeError unless paths can be appended to `address`. Where it leads is not checked."""
    match = _ADDRESS.fullmatch(address) if len(address) <= MAX_ID_CHARACTERS else None
    if match is None or int(match["port"] or 1) not in range(1, 65536):
        raise ShapeError(
            what=Phrase("errors.told.shape.address"),
            expected=Phrase("errors.told.shape.url"),
            where=where,
        )
