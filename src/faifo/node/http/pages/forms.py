"""What a form sends, bounded before it is read."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from faifo.errors import MalformedMessageError, TooLargeError
from faifo.node.http.reading import read_bounded
from faifo.node.http.request import Request, cut_short
from faifo.phrases import Phrase

T = TypeVar("T")

FORM: Final = "application/x-www-form-urlencoded"
WITH_FILE: Final = "multipart/form-data"
# Vietnamese text is three bytes a letter, and nine when a form has encoded it.
MOST_BYTES: Final = 65_536
MOST_FIELDS: Final = 64
MOST_FILES: Final = 200
_BOUNDARY: Final = re.compile(r'boundary="?([0-9A-Za-z\'()+_,./:=? -]{1,70})"?')
_NAMED: Final = re.compile(r'; ?(name|filename)="([^"\r\n]*)"')


async def read_form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form, as plain texts.

    Raises:
        MalformedMessageError: something else than a form, or one of many fields.
        TooLargeError: over 64 KiB; no more than that was read.
    """
    kind = kind_of(request)
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


def kind_of(request: Request) -> str:
    """Return the media type of a form."""
    told: str = request.headers.get("content-type", "")
    return told.partition(";")[0].strip().lower()


async def read_with_files(
    request: Request,
    take: Callable[[Mapping[str, str], str, AsyncIterator[bytes]], Awaitable[T]],
) -> tuple[Mapping[str, str], list[T]]:
    """Return the fields of a form, and what `take` makes of each file.

    `take` gets the fields that came before, the file's name, and what is in it as it comes. Of a
    folder's files, names are paths. Spec: RFC 7578.

    Raises:
        MalformedMessageError: not such a form, or it breaks off.
        TooLargeError: the fields are over 64 KiB, or there are over 200 files.
    """
    boundary = _BOUNDARY.search(request.headers.get("content-type", ""))
    if boundary is None:
        raise cut_short()
    stream = _Stream(request.stream(), b"\r\n--" + boundary[1].encode())
    fields: dict[str, str] = {}
    taken: list[T] = []
    await stream.value()  # what stands before the first part
    while not (await stream.upto(b"\r\n")).startswith(b"--"):
        head = (await stream.upto(b"\r\n\r\n")).decode("utf-8", "replace")
        names = dict(_NAMED.findall(head))
        if names.get("filename"):
            if len(taken) == MOST_FILES:
                raise TooLargeError(what=Phrase("errors.told.upload.files"), limit=MOST_FILES)
            taken.append(await take(fields, names["filename"], stream.parts()))
            continue
        fields[names.get("name", "")] = plain((await stream.value()).decode("utf-8", "replace"))
    return fields, taken


class _Stream:
    """What comes, divided where a delimiter stands."""

    def __init__(self, coming: AsyncIterator[bytes], delimiter: bytes) -> None:
        self._coming = coming
        self._delimiter = delimiter
        self._held = b"\r\n"
        self._read = 0

    async def _more(self) -> None:
        more: bytes | None = await anext(self._coming, None)
        if more is None:
            raise cut_short()
        self._held += more

    async def upto(self, mark: bytes) -> bytes:
        """Return what stands before `mark`, which is passed over."""
        while mark not in self._held:
            if self._read + len(self._held) > MOST_BYTES:
                raise TooLargeError(what=Phrase("errors.told.body.the"), limit=MOST_BYTES)
            await self._more()
        before, _, self._held = self._held.partition(mark)
        self._read += len(before)
        return before

    async def value(self) -> bytes:
        return await self.upto(self._delimiter)

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield what stands before the next delimiter, as it comes."""
        keep = len(self._delimiter)
        while self._delimiter not in self._held:
            if len(self._held) > keep:
                yield self._held[:-keep]
                self._held = self._held[-keep:]
            await self._more()
        before, _, self._held = self._held.partition(self._delimiter)
        yield before


def plain(text: str) -> str:
    """Return a text without what steers a terminal or turns the direction of writing."""
    kept = [one if _harmless(one) else " " for one in text.replace("\r\n", "\n")]
    return "".join(kept).strip()


def _harmless(one: str) -> bool:
    code = ord(one)
    steers = code < 32 or 127 <= code < 160 or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069
    return one in "\n\t" or not steers
