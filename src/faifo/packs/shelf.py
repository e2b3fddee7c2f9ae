"""Where packs stand: those that come with Faifo, by name, and those in files of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from faifo.errors import NotFoundError, TooLargeError
from faifo.packs.clause import MAX_BYTES
from faifo.phrases import Phrase

TERMS: Final = "terms"
EVIDENCE: Final = "evidence"
NUMBERS: Final = "numbers"


@cache
def shipped(kind: str) -> Mapping[str, bytes]:
    """Return the packs of a kind that come with the program, by the name of each."""
    entries = files("faifo.packs").joinpath(kind).iterdir()
    found = {one.name.removesuffix(".toml"): one.read_bytes() for one in entries}
    return dict(sorted(found.items()))


def body_of(kind: str, name: str) -> bytes:
    """Return a pack by its name, or a TOML file of one's own.

    Raises:
        NotFoundError: neither.
        TooLargeError: the file is no pack.
    """
    known = shipped(kind)
    if name in known:
        return known[name]
    path = Path(name)
    if not path.is_file():
        raise NotFoundError(
            what=Phrase("errors.told.ai.pack.known", names=", ".join(known)), name=name
        )
    with path.open("rb") as file:
        body = file.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise TooLargeError(what=Phrase("errors.told.ai.pack.the", name=path.name), limit=MAX_BYTES)
    return body
