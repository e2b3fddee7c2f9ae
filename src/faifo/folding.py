"""Text as it is looked for: folded once, here, and cut into what an index holds.

Every kind of store indexes `tokens` and is asked for them, so that all find the same. No setting
of a database folds đ, and none finds a part of a Korean word, or a word of two letters.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from typing import Final

INDEXED: Final = 10_000
"""Characters of one text that are indexed; what stands behind them is not found."""
LONGEST: Final = 3
SLUG: Final = 60

_ENDS: Final = str.maketrans({code: " " for code in range(128) if not chr(code).isalnum()})


def folded(text: str) -> str:
    """Return `text` without case and diacritics, also those that no normalisation takes apart."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold()).casefold()
    plain = "".join(one for one in apart if not unicodedata.combining(one))
    # Hangul is put together again: a syllable is looked for, not its letters.
    return unicodedata.normalize("NFC", plain.replace("đ", "d"))


def composed(text: str) -> str:
    """Return `text` as names, ids and purposes are compared: Unicode NFC (UAX #15)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def slug(text: str) -> str:
    """Return a readable id for what is called `text`: folded words with hyphens; "" if none."""
    words = "".join(one if one.isalnum() else " " for one in folded(text)).split()
    return "-".join(words)[:SLUG].strip("-")


def tokens(mark: str, text: str) -> Iterator[str]:
    """Return what an index holds of a text: it as a whole, and each one to three characters of it.

    `mark` is a lower-case letter for the property whose value the text is.
    """
    yield whole(mark, text)
    for word in folded(text[:INDEXED]).translate(_ENDS).split():
        for start in range(len(word)):
            for end in range(start + 1, min(start + LONGEST, len(word)) + 1):
                yield mark + word[start:end]


def whole(mark: str, text: str) -> str:
    """Return the token of exactly this text."""
    return mark + hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def parts(mark: str, text: str) -> Iterator[str]:
    """Return tokens of which each text has all that has `text` in it somewhere."""
    for word in folded(text).translate(_ENDS).split():
        for start in range(max(1, len(word) - LONGEST + 1)):
            yield mark + word[start : start + LONGEST]
