"""JSON as RFC 8259 and I-JSON (RFC 7493) have it, within bounds.

`parse` refuses what lenient readers guess about: text that is not UTF-8, lone surrogates, a member
that stands twice, NaN, numbers that do not fit, nesting deeper than `MAX_DEPTH`. It raises nothing
but MalformedMessageError. The size of the body is the caller's to bound. A byte order mark, as
tools of Windows put it before a DID document or a bundle, is passed over (RFC 8259 §8.1).
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from typing import Any, Final

import msgspec

from faifo.errors import MalformedMessageError
from faifo.phrases import Phrase

MAX_DEPTH: Final = 32

_DECODER: Final = msgspec.json.Decoder()
_ENCODER: Final = msgspec.json.Encoder()


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the object that `body` holds."""
    value = parse(body)
    if not isinstance(value, dict):
        raise MalformedMessageError(
            what=Phrase("errors.told.json.no-object"), expected=Phrase("errors.told.json.object")
        )
    return value


def parse(body: bytes) -> Any:
    """Return the value that `body` holds."""
    body = body.removeprefix(BOM_UTF8)
    try:
        value = _DECODER.decode(body)
    except RecursionError:
        raise _too_deep() from None
    except UnicodeDecodeError:
        raise MalformedMessageError(
            what=Phrase("errors.told.json.not-utf8"), expected="UTF-8"
        ) from None
    except msgspec.DecodeError as error:
        raise MalformedMessageError(
            what=Phrase("errors.told.json.not-json", error=error),
            expected=Phrase("errors.told.json.document"),
        ) from None
    _check_depth(body, value)
    _check_members(body, value)
    return value


def _check_depth(body: bytes, value: Any) -> None:
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH or not isinstance(value, (dict, list)):
        return
    level = [value]  # all arrays and objects of one depth
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return
    raise _too_deep()


def _check_members(body: bytes, value: Any) -> None:
    """Raise if a member stands twice in one object.

    msgspec keeps the last one silently. Without escapes every quotation mark of the body delimits
    a string, so a member that was dropped shows as marks missing from the value written again;
    this costs a tenth of what a hook per object does. Bodies with escapes go the slow way.
    """
    if b"\\" not in body and _ENCODER.encode(value).count(b'"') == body.count(b'"'):
        return
    json.loads(body, object_pairs_hook=_once_each, parse_int=str, parse_float=str)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise MalformedMessageError(
            what=Phrase("errors.told.json.twice", name=twice[:64]),
            expected=Phrase("errors.told.json.once"),
        )
    return members


def _too_deep() -> MalformedMessageError:
    return MalformedMessageError(
        what=Phrase("errors.told.json.deep", most=MAX_DEPTH),
        expected=Phrase("errors.told.json.levels", most=MAX_DEPTH),
    )
