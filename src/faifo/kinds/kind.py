"""A kind of exchange is a declaration: what its content is, who may pass it on, how it is shown.

Some are built in; a package brings others by an entry point in the group `faifo.kinds` that names a
`Kind`. Whatever kind it is, a notice is signed, pushed to who has an agreement about a dataset of
that kind, and acknowledged in the same way; see `faifo.kinds.signed`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import msgspec

from faifo.errors import MalformedMessageError, NotFoundError
from faifo.installed import entries
from faifo.kinds.tlp import TLP, Handling
from faifo.phrases import Phrase

log = logging.getLogger("faifo.kinds")

GROUP = "faifo.kinds"
KIND = "urn:faifo:kind:"
Pairs = Iterable[tuple[str, str]]


class Format(NamedTuple):
    """A form that others know.

    `write` takes a `signed.Notice` and since when it is over, or None. `read` gives a `Read`; it
    raises MalformedMessageError or TooLargeError, and fetches nothing.
    """

    media_type: str
    write: Callable[..., bytes]
    read: Callable[[bytes], Read]


class Read(NamedTuple):
    """What a document of another form says: the content, its marking, whether it is an exercise."""

    content: dict[str, Any]
    tlp: str | None
    exercise: bool
    identifier: str = ""


class Kind(NamedTuple):
    """One kind.

    Args of the callables are the content, already of the type `content`, and a language. `check`
    raises MalformedMessageError for what no type can say. `texts` are places and free texts: no
    personal data may stand in them. `view` are labels and values; `title` is one line. `ends` is
    when it is over. `formats` are loaded on use. `about` are the SHA-256 of AI passports; `stops`
    tells whether it suspends them.
    """

    name: str
    media_types: tuple[str, ...]
    content: type[msgspec.Struct]
    check: Callable[[Any], None]
    texts: Callable[[Any], Pairs]
    title: Callable[[Any, str], str]
    view: Callable[[Any, str], Pairs]
    ends: Callable[[Any], datetime | None] = lambda _: None
    markings: Mapping[str, Handling] = TLP
    formats: Mapping[str, Callable[[], Format]] = {}
    about: Callable[[Any], tuple[str, ...]] = lambda _: ()
    stops: Callable[[Any], bool] = lambda _: False

    def read(self, content: Mapping[str, Any]) -> Any:
        """Return the content as its type, checked.

        Raises:
            MalformedMessageError: it is no content of this kind, with the place.
        """
        try:
            found = msgspec.convert(content, self.content)
        except msgspec.ValidationError as error:
            raise MalformedMessageError(
                what=Phrase("errors.told.notice.content", kind=self.name, why=str(error)),
                expected=Phrase("errors.told.notice.as-declared"),
            ) from None
        self.check(found)
        return found


@cache
def kinds() -> dict[str, Kind]:
    """Return every kind by its name, the built-in ones first. One that is broken hides no other."""
    from faifo.kinds.ai_incident import AI_INCIDENTS
    from faifo.kinds.commitments import COMMITMENTS
    from faifo.kinds.skill_levels import SKILL_LEVELS
    from faifo.kinds.warning import WARNINGS

    found = {one.name: one for one in (WARNINGS, AI_INCIDENTS, SKILL_LEVELS, COMMITMENTS)}
    for entry in entries(GROUP):
        try:
            kind = entry.load()
        except Exception as error:  # noqa: BLE001 - whatever a package does while it is loaded
            log.error("the kind %s cannot be loaded: %r", entry.name, error)
            continue
        if not isinstance(kind, Kind) or kind.name in found:
            log.error("the kind %s is no faifo.kinds.kind.Kind, or its name is taken", entry.name)
            continue
        found[kind.name] = kind
    return found


def kind_of(name: str) -> Kind:
    """Return the kind of that name.

    Raises:
        NotFoundError: this node knows none; with those that it knows.
    """
    found = kinds().get(name)
    if found is None:
        known = ", ".join(kinds())
        raise NotFoundError(what=Phrase("errors.told.notice.kind", known=known), name=name[:100])
    return found
