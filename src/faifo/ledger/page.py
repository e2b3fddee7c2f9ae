"""The page that checks receipts in a browser: one file without build, library or network."""

from __future__ import annotations

from importlib.resources import files

import msgspec

from faifo.phrases import LANGUAGES
from faifo.phrases.catalogue import catalogue

_MARK = "{{words}}"


def verifier_page() -> str:
    """Return the page with its words in every language."""
    words = {lang: _words(lang) for lang in LANGUAGES}
    # `<` would end the element that the words stand in.
    data = msgspec.json.encode(words).decode().replace("<", "\\u003c")
    text = (files("faifo.ledger") / "verify.html").read_text("utf-8")
    return text.replace(_MARK, data)


def _words(lang: str) -> dict[str, str]:
    said = catalogue(lang).items()
    return {
        key.removeprefix("proof.").removeprefix("ledger."): phrase
        for key, phrase in said
        if isinstance(phrase, str) and key.startswith(("proof.", "ledger.fault."))
    }
