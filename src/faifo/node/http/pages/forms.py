"""What a form sends, bounded before it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from faifo.errors import MalformedMessageError
from faifo.node.http.reading import read_bounded
from faifo.phrases import Phrase

FORM: Final = "application/x-www-form-urlencoded"
# Vietnamese text is three bytes a letter, and nine when a form has encoded it.
MOST_BYTES: Final = 65_536
MOST_FIELDS: Final = 12


async def read_form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form, as plain texts.

    Raises:
        MalformedMessageError: something else than a form, or one of many fields.
        TooLargeError: over 64 KiB; no more than that was read.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise MalformedMessageError(
            what=Phrase("errors.told.body.media", media_type=kind[:100]), expected=FORM
        )
    body = await read_bounded(request, limit=MOST_BYTES)
    try:
        pairs = parse_qsl(
            body.decode("ascii", "replace"),
            keep_blank_values=True,
            errors="replace",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise MalformedMessageError(
            what=Phrase("errors.told.form.fields", most=MOST_FIELDS), expected=FORM
        ) from None
    return {name: plain(value) for name, value in pairs}


def plain(text: str) -> str:
    """Return a text without what steers a terminal or turns the direction of writing."""
    kept = [one if _harmless(one) else " " for one in text.replace("\r\n", "\n")]
    return "".join(kept).strip()


def _harmless(one: str) -> bool:
    code = ord(one)
    steers = code < 32 or 127 <= code < 160 or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069
    return one in "\n\t" or not steers
