"""The kind `warnings`: one short notice of a cyber attack, a scam or a disaster.

Severity, urgency and certainty are the terms of CAP 1.2 §3.2.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from faifo.ai.passport.records import Moment
from faifo.errors import MalformedMessageError
from faifo.kinds.kind import Format, Kind, Pairs
from faifo.phrases import Phrase, say
from faifo.phrases.figures import moment

Severity = Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"]
Urgency = Literal["Immediate", "Expected", "Future", "Past", "Unknown"]
Certainty = Literal["Observed", "Likely", "Possible", "Unlikely", "Unknown"]
Language = Annotated[str, Meta(pattern=r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,3}$")]
LANGUAGES: Final = 2


class Text(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A title and a text in one language (BCP 47)."""

    lang: Language
    title: Annotated[str, Meta(min_length=1, max_length=160)]
    text: Annotated[str, Meta(min_length=1, max_length=2000)]


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The document of another form that a warning was read from."""

    format: Annotated[str, Meta(max_length=20)]
    identifier: Annotated[str, Meta(max_length=300)]
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Alert(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is warned of, where, from when until when, in two languages or more."""

    kind: Literal["cyber", "scam", "disaster"]
    severity: Severity
    urgency: Urgency = "Unknown"
    certainty: Certainty = "Unknown"
    area: Annotated[str, Meta(min_length=1, max_length=200)]
    begins: Moment
    ends: Moment
    texts: Annotated[tuple[Text, ...], Meta(min_length=LANGUAGES, max_length=20)]
    source: Source | None = None


def text_of(lang: str, title: str, text: str) -> dict[str, str]:
    """Return a text of another form, as long as it may be here; without one, the title is it."""
    return {"lang": lang, "title": shortened(title, 160), "text": shortened(text or title, 2000)}


def shortened(text: str, most: int) -> str:
    """Return at most so many characters; what is cut off leaves a mark."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _check(warning: Alert) -> None:
    if warning.ends <= warning.begins:
        raise MalformedMessageError(
            what=Phrase("errors.told.notice.ends"), expected=Phrase("errors.told.notice.ends-after")
        )
    languages = [one.lang.lower() for one in warning.texts]
    if len(set(languages)) != len(languages):
        raise MalformedMessageError(
            what=Phrase("errors.told.notice.language", given=", ".join(languages)),
            expected=Phrase("errors.told.notice.languages"),
        )


def _texts(warning: Alert) -> Iterator[tuple[str, str]]:
    yield "area", warning.area
    for one in warning.texts:
        yield f"title {one.lang}", one.title
        yield f"text {one.lang}", one.text


def text_in(warning: Alert, lang: str) -> Text:
    """Return the text in `lang`, else in English, else the first."""

    def rank(one: Text) -> int:
        code = one.lang.lower().partition("-")[0]
        return 0 if code == lang else 1 if code == "en" else 2

    return min(warning.texts, key=rank)


def _view(warning: Alert, lang: str) -> Pairs:
    yield "kind", say(f"kinds.warning.{warning.kind}", lang)
    yield "severity", warning.severity
    yield "area", warning.area
    yield "from", moment(warning.begins)
    yield "until", moment(warning.ends)
    for one in warning.texts:
        yield one.lang, f"{one.title}: {one.text}"


def _cap() -> Format:
    from faifo.kinds import cap

    return Format("application/cap+xml", cap.write, cap.read)


def _stix() -> Format:
    from faifo.kinds import stix

    return Format("application/stix+json;version=2.1", stix.write, stix.read)


WARNINGS = Kind(
    name="warnings",
    media_types=("application/vnd.in-toto+json",),
    content=Alert,
    check=_check,
    texts=_texts,
    title=lambda warning, lang: text_in(warning, lang).title,
    view=_view,
    ends=lambda warning: warning.ends,
    formats={"cap": _cap, "stix": _stix},
)
