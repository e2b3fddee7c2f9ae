"""Old records in fewer bytes: many of one table deflated together, with words they are made of.

A row alone is too short to be compressed well; with a dictionary of what is in every row it shrinks
to a fifth, and beside others, which tell of the same processes and partners, to a tenth. So what
stands in a row is then only where its record is: the number of the pack, and its slot in it. The
dictionary, `words-1.bin`, was made by `scripts/words.py` from records of made-up organisations. It
never changes, or nothing that was packed could be read again: a better one gets the next number,
and a pack says by its first byte which it was packed with. A long base64 text is packed as the
bytes that it stands for, since nothing in it looks like any word.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

import msgspec

PACKED: Final = (
    "history",
    "journal",
    "log_record",
    "peer_receipt",
    "decision",
    "negotiation",
    "transfer",
    "agreement",
)
"""The tables that grow with every exchange."""

NUMBER: Final = 1
_REFERENCE: Final = 0x02
_BUNDLE: Final = b"\xff"  # no leaf, whose length begins a bundle, is so long
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]{64,}={0,2}")
_MARK: Final = "="
_HOLE: Final = b"\0"  # stands in no JSON text
_RAW: Final = -zlib.MAX_WBITS  # neither head nor sum
_ROOM: Final = 8
_Parts = list[bytes]
_PARTS: Final = msgspec.msgpack.Decoder(_Parts)
_ALL: Final = msgspec.msgpack.Decoder(list[_Parts])


class Slot(NamedTuple):
    """Where a packed record is: the number of its pack, and which of that it is, from 0."""

    pack: int
    at: int


_SLOT: Final = msgspec.msgpack.Decoder(Slot)


def packed(records: Sequence[bytes]) -> bytes:
    """Return JSON texts in fewer bytes; the same texts come back from `unpacked`.

    One that is empty says that what was there is gone.
    """
    work = zlib.compressobj(9, zlib.DEFLATED, _RAW, _ROOM, zdict=_words(NUMBER))
    plain = msgspec.msgpack.encode([taken_apart(one) if one else [] for one in records])
    return bytes([NUMBER]) + work.compress(plain) + work.flush()


def unpacked(kept: bytes) -> list[bytes]:
    """Return the records of a pack.

    Raises:
        ValueError: it was packed by a newer Faifo, or is damaged.
    """
    try:
        return [_put_together(parts) if parts else b"" for parts in _ALL.decode(_inflated(kept))]
    except msgspec.DecodeError as error:
        raise _damaged(error) from error


def reference(slot: Slot) -> bytes:
    """Return what stands in a row for a record that is in a pack."""
    return bytes([_REFERENCE]) + msgspec.msgpack.encode(slot)


def as_text(record: bytes) -> str:
    """Return that for a column that holds texts."""
    return _MARK + base64.b64encode(record).decode()


def read(kept: str | bytes) -> bytes | Slot:
    """Return the record that stands in a row, plain or packed alone as of old, or where it is.

    Raises:
        ValueError: it was packed by a newer Faifo, or is damaged.
    """
    if isinstance(kept, str):
        kept = base64.b64decode(kept[1:]) if kept.startswith(_MARK) else kept.encode()
    if not kept or kept[0] >= ord(" "):
        return kept
    try:
        if kept[0] == _REFERENCE:
            return _SLOT.decode(kept[1:])
        return _put_together(_PARTS.decode(_inflated(kept)))
    except msgspec.DecodeError as error:
        raise _damaged(error) from error


def deflated(entries: bytes) -> bytes:
    """Return a bundle of leaves in fewer bytes."""
    return _BUNDLE + zlib.compress(entries)


def inflated(kept: bytes) -> bytes:
    """Return the bundle, which may be kept as it is.

    Raises:
        ValueError: it is damaged.
    """
    if not kept.startswith(_BUNDLE):
        return kept
    try:
        return zlib.decompress(kept[1:])
    except zlib.error as error:
        raise _damaged(error) from error


def _inflated(kept: bytes) -> bytes:
    if kept[:1] != bytes([NUMBER]):
        number = kept[0] if kept else 0
        raise ValueError(f"a record is packed with words {number}, this Faifo knows {NUMBER}")
    try:
        return zlib.decompressobj(_RAW, zdict=_words(NUMBER)).decompress(kept[1:])
    except zlib.error as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> ValueError:
    return ValueError(f"a packed record is damaged: {error}")


def taken_apart(plain: bytes) -> _Parts:
    """Return the text with holes where base64 stood, and the bytes that belong there."""
    bytes_of: list[bytes] = []

    def hole(found: re.Match[bytes]) -> bytes:
        try:
            meant = base64.b64decode(found[0], validate=True)
        except binascii.Error:
            return found[0]
        if base64.b64encode(meant) != found[0]:  # bits that say nothing would be lost
            return found[0]
        bytes_of.append(meant)
        return _HOLE

    return [_BASE64.sub(hole, plain), *bytes_of]


def _put_together(parts: _Parts) -> bytes:
    text, *rest = parts
    filled = iter(rest)
    return re.sub(_HOLE, lambda _: base64.b64encode(next(filled)), text)


@cache
def _words(number: int) -> bytes:
    return (resources.files("faifo.store") / f"words-{number}.bin").read_bytes()
