"""A record in fewer bytes: deflated with words that records are made of.

A row alone is too short to be compressed well; with a dictionary of what is in every row it shrinks
to a fifth. The dictionary, `words-1.bin`, was made by `scripts/words.py` from records of made-up
organisations. It never changes, or nothing that was packed could be read again: a better one gets
the next number, and a packed record says by its first byte which it was packed with. A long base64
text is packed as the bytes that it stands for, since nothing in it looks like any word.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from functools import cache
from importlib import resources
from typing import Final

import msgspec

NUMBER: Final = 1
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]{64,}={0,2}")
_MARK: Final = "="
_HOLE: Final = b"\0"  # stands in no JSON text
_RAW: Final = -zlib.MAX_WBITS  # neither head nor sum
_ROOM: Final = 6  # a row is short; what is set aside for longer texts has to be cleared each time
_PARTS: Final = msgspec.msgpack.Decoder(list[bytes])


def packed(plain: bytes) -> bytes:
    """Return a JSON text in fewer bytes; the same text comes back from `unpacked`."""
    work = zlib.compressobj(9, zlib.DEFLATED, _RAW, _ROOM, zdict=_words(NUMBER))
    return bytes([NUMBER]) + work.compress(taken_apart(plain)) + work.flush()


def as_text(record: bytes) -> str:
    """Return a packed record for a column that holds texts."""
    return _MARK + base64.b64encode(record).decode()


def unpacked(kept: str | bytes) -> bytes:
    """Return what was packed, as bytes or as text, or `kept` as it is where it was not.

    Raises:
        ValueError: it was packed by a newer Faifo, or is damaged.
    """
    if isinstance(kept, str):
        kept = base64.b64decode(kept[1:]) if kept.startswith(_MARK) else kept.encode()
    if not kept or kept[0] >= ord(" "):
        return kept
    if kept[0] != NUMBER:
        raise ValueError(f"a record is packed with words {kept[0]}, this Faifo knows {NUMBER}")
    try:
        parts = zlib.decompressobj(_RAW, zdict=_words(kept[0])).decompress(kept[1:])
        text, *rest = _PARTS.decode(parts)
    except (zlib.error, msgspec.DecodeError) as error:
        raise ValueError(f"a packed record is damaged: {error}") from error
    filled = iter(rest)
    return re.sub(_HOLE, lambda _: base64.b64encode(next(filled)), text)


def taken_apart(plain: bytes) -> bytes:
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

    text = _BASE64.sub(hole, plain)
    return msgspec.msgpack.encode([text, *bytes_of])


@cache
def _words(number: int) -> bytes:
    return (resources.files("faifo.store") / f"words-{number}.bin").read_bytes()
