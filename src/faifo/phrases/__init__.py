"""All sentences for people, from one catalogue per language: English, Vietnamese, Korean."""

from __future__ import annotations

from faifo.phrases.catalogue import (
    LANGUAGES,
    Phrase,
    accepted,
    help_texts,
    language,
    say,
    spoken,
)

__all__ = ["LANGUAGES", "Phrase", "accepted", "help_texts", "language", "say", "spoken"]
