"""XML of strangers as a small tree: no document type, no entities, nothing fetched, all bounded."""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from xml.parsers import expat

from faifo.errors import TooLargeError
from faifo.phrases import Phrase

MAX_BYTES: Final = 262_144
MAX_ELEMENTS: Final = 5_000
MAX_DEPTH: Final = 12


class Element(NamedTuple):
    """One element; the name is `namespace local`, the text is that of its own, without ends."""

    name: str
    texts: list[str]
    children: list[Element]

    @property
    def text(self) -> str:
        return "".join(self.texts).strip()


class _Refused(Exception):  # noqa: N818 - never leaves this module
    pass


def _refused(code: str, **facts: object) -> _Refused:
    return _Refused(Phrase(f"errors.told.notice.xml-{code}", **facts))


def parse(body: bytes) -> Element:
    """Return the root element.

    Raises:
        TooLargeError: over 256 KiB.
        ValueError: not well-formed, with a document type, or over another bound; says which.
    """
    if len(body) > MAX_BYTES:
        raise TooLargeError(what=Phrase("errors.told.notice.document"), limit=MAX_BYTES)
    root = Element("", [], [])
    open_now, count = [root], 0

    def start(name: str, _: Any) -> None:
        nonlocal count
        count += 1
        if count > MAX_ELEMENTS or len(open_now) > MAX_DEPTH:
            raise _refused("bounds", elements=MAX_ELEMENTS, levels=MAX_DEPTH)
        element = Element(name, [], [])
        open_now[-1].children.append(element)
        open_now.append(element)

    def said(text: str) -> None:
        open_now[-1].texts.append(text)

    def refuse(*_: Any) -> None:
        raise _refused("doctype")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_now.pop()
    parser.CharacterDataHandler = said
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except _Refused as error:
        raise ValueError(*error.args) from None
    except (expat.ExpatError, LookupError) as error:
        raise ValueError(str(error)) from None
    return root.children[0]
