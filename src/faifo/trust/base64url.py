"""base64url without padding, in the one spelling that RFC 7515 §2 allows.

Strict both ways: no padding, no white space, no letters of plain base64, no stray bits at the end,
so that no two texts stand for the same bytes.
"""

from __future__ import annotations

import binascii
import re
from typing import Final

from faifo.phrases import Phrase

_LETTERS = re.compile(r"[A-Za-z0-9_-]*\Z")
_OF_URLS: Final = bytes.maketrans(b"+/", b"-_")
_PLAIN: Final = bytes.maketrans(b"-_", b"+/")
# Where the last letter holds more bits than belong to a byte, these are zero.
_LAST: Final = {2: frozenset("AQgw"), 3: frozenset("AEIMQUYcgkosw048")}


def encode(data: bytes) -> str:
    written = binascii.b2a_base64(data, newline=False)
    return written.translate(_OF_URLS, b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes of `text`.

    Raises:
        ValueError: `text` is not canonical base64url; the sentence does not repeat it.
    """
    if not _LETTERS.match(text):
        raise ValueError(Phrase("errors.told.jws.base64url"))
    try:
        data = binascii.a2b_base64(text.encode().translate(_PLAIN) + b"=" * (-len(text) % 4))
    except binascii.Error:
        raise ValueError(Phrase("errors.told.jws.base64url")) from None
    last = _LAST.get(len(text) % 4)
    if last and text[-1] not in last:
        raise ValueError(Phrase("errors.told.jws.stray"))
    return data
