"""All sentences for people, from one catalogue per language: English, Vietnamese, Korean."""

from __future__ import annotations

from faifo.phrases.catalogue import (
    LANGUAGES,
    WRITTEN,
    Phrase,
    accepted,
    help_texts,
    language,
    say,
    spoken,
    written,
)

__all__ = [
    "LANGUAGES",
    "WRITTEN",
    "Phrase",
    "accepted",
    "help_texts",
    "language",
    "say",
    "spoken",
    "written",
]
