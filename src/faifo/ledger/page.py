"""The page that checks receipts in a browser: one file without build, library or network."""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

import msgspec

from faifo.phrases import LANGUAGES
from faifo.phrases.catalogue import catalogue

_ELEMENT = r"<{0}>(.*?)</{0}>"


class VerifierPage(NamedTuple):
    """The page, and the policy (CSP) under which nothing runs but its own script."""

    text: str
    policy: str


def verifier_page() -> VerifierPage:
    """Return the page with its words in every language."""
    text = (files("faifo.ledger") / "verify.html").read_text("utf-8")
    policy = (
        f"default-src 'none'; script-src {_hash(text, 'script')}; style-src {_hash(text, 'style')};"
        " base-uri 'none'; form-action 'none'"
    )
    words = {lang: _words(lang) for lang in LANGUAGES}
    # `<` would end the element that the words stand in.
    data = msgspec.json.encode(words).decode().replace("<", "\\u003c")
    return VerifierPage(text.replace("{{policy}}", policy).replace("{{words}}", data), policy)


def _hash(text: str, element: str) -> str:
    found = re.search(_ELEMENT.format(element), text, re.S)
    digest = sha256(found[1].encode() if found else b"").digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _words(lang: str) -> dict[str, str]:
    said = catalogue(lang).items()
    return {
        key.removeprefix("proof.").removeprefix("ledger."): phrase
        for key, phrase in said
        if isinstance(phrase, str) and key.startswith(("proof.", "ledger.fault."))
    }
