"""The way from bytes to documents and back.

`read` accepts what the published schemas accept (deliberate differences: docs/spec-notes.md) and
raises nothing but MalformedMessageError. Plain JSON: no context is ever fetched or applied.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from faifo.errors import MalformedMessageError
from faifo.messages.dsp_2025_1 import equal_forms
from faifo.messages.dsp_2025_1.catalog import Catalog, Dataset
from faifo.messages.dsp_2025_1.place import shape_error
from faifo.messages.dsp_2025_1.wire import CONTEXT, ShapeError, Wire, check_context
from faifo.messages.strict_json import parse
from faifo.phrases import Phrase

M = TypeVar("M", bound=Wire)

_ENCODER: Final = msgspec.json.Encoder()

# What a document must have where it is the root, and need not have inside another one.
_ROOT: Final[dict[type[Wire], tuple[str, ...]]] = {
    Catalog: ("@context", "participantId"),
    Dataset: ("@context",),
}


class Received(msgspec.Struct, Generic[M], frozen=True, kw_only=True):
    """A document that came from outside: as a type, as the exact bytes, as plain JSON."""

    message: M
    raw: bytes
    document: dict[str, Any]
    unknown: dict[str, Any]


def read(kind: type[M], body: bytes) -> Received[M]:
    """Return the `kind` that `body` holds.

    Args:
        kind: the type that the endpoint expects; another `@type` is refused.
        body: UTF-8 JSON, its size already bounded by the caller.

    Raises:
        MalformedMessageError: names the place, `$` being the document.
    """
    return _typed(kind, parse(body), body)


def read_any_form(kind: type[M], body: bytes) -> Received[M]:
    """Return the `kind` that `body` holds, in any form that the context makes equal.

    `document` is then in the form of the schemas, and `raw` as it came.

    Raises:
        MalformedMessageError: as `read`.
    """
    return _typed(kind, equal_forms.message(equal_forms.root(body)), body)


def read_form(kind: type[M], document: dict[str, Any], body: bytes) -> Received[M]:
    """Return the `kind` that `document`, read from `body`, is; raises as `read`."""
    return _typed(kind, document, body)


def _typed(kind: type[M], document: Any, body: bytes) -> Received[M]:
    try:
        message = msgspec.convert(document, kind)
        for name in _ROOT.get(kind, ()):
            if name not in document:
                raise _nothing(f"$.{name}")
        if isinstance(message, Catalog | Dataset):
            check_context(message.context)
        _check_presence(message, document, "$")
    except msgspec.ValidationError as error:
        raise _refusal(kind, shape_error(error)) from error
    except ShapeError as error:
        raise _refusal(kind, error) from error
    known = _names(kind)
    unknown = {name: value for name, value in document.items() if name not in known}
    return Received(message=message, raw=body, document=document, unknown=unknown)


def write(message: Wire) -> bytes:
    """Return `message` as compact UTF-8 JSON, `@context` first; what is None or empty is left out.

    Raises:
        MalformedMessageError: a root catalog without `participant_id`.
    """
    if isinstance(message, Catalog) and message.participant_id is None:
        raise _refusal(Catalog, _nothing("$.participantId"))
    if isinstance(message, Catalog | Dataset) and not message.context:
        message = msgspec.structs.replace(message, context=(CONTEXT,))
    return _ENCODER.encode(message)


class _Member(NamedTuple):
    attribute: str
    name: str
    nullable: bool


@cache
def _members(kind: type[Wire]) -> tuple[_Member, ...]:
    """Return the members that can be null by mistake or hold another typed document."""
    return tuple(
        _Member(field.name, field.encode_name, nullable)
        for field in msgspec.structs.fields(kind)
        if (nullable := field.default is None and field.type is not Any) or _holds_wire(field.type)
    )


@cache
def _names(kind: type[Wire]) -> frozenset[str]:
    return frozenset(field.encode_name for field in msgspec.structs.fields(kind))


def _holds_wire(annotation: Any) -> bool:
    if isinstance(annotation, type):
        return issubclass(annotation, Wire)
    return any(_holds_wire(part) for part in getattr(annotation, "__args__", ()))


def _check_presence(part: Wire, document: dict[str, Any], where: str) -> None:
    """Raise for what the types let pass: null for an absent member, a missing `@type`."""
    for name in part.ALWAYS:
        if name not in document:
            raise _nothing(f"{where}.{name}")
    for attribute, name, nullable in _members(type(part)):
        if name not in document:
            continue
        place = f"{where}.{name}"
        value = document[name]
        if value is None and nullable:
            raise ShapeError(
                what=Phrase("errors.told.shape.null"),
                expected=Phrase("errors.told.shape.value-or-none"),
                where=place,
            )
        inner = getattr(part, attribute)
        if isinstance(inner, Wire):
            _check_presence(inner, value, place)
        elif isinstance(inner, tuple):
            for index, (item, source) in enumerate(zip(inner, value, strict=True)):
                if isinstance(item, Wire):
                    _check_presence(item, source, f"{place}[{index}]")


def _nothing(where: str) -> ShapeError:
    return ShapeError(
        what=Phrase("errors.told.shape.nothing"),
        expected=Phrase("errors.told.shape.value"),
        where=where,
    )


def _refusal(kind: type[Wire], error: ShapeError) -> MalformedMessageError:
    return MalformedMessageError(
        what=Phrase("errors.told.shape.in", what=error.what, message=kind.__name__),
        expected=error.expected,
        where=error.where,
    )
