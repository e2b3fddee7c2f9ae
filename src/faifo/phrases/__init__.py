"""All sentences for people, in English and Vietnamese, from one catalogue per language."""

from __future__ import annotations

from faifo.phrases.catalogue import LANGUAGES, language, say

__all__ = ["LANGUAGES", "language", "say"]
