"""The packs for AI evidence, by name, and those in files of one's own."""

from __future__ import annotations

import msgspec

from faifo.ai.decision.pack import Pack, read_pack
from faifo.errors import SettingsError
from faifo.packs.shelf import EVIDENCE, NUMBERS, body_of, shipped
from faifo.phrases import Phrase

DEFAULT = "asean"


def names() -> list[str]:
    """Return the names of the packs that are here."""
    return list(shipped(EVIDENCE))


def own_pack(body: bytes) -> Pack:
    """Return the pack in a TOML file of anybody: one that comes with the program only to the byte.

    Raises:
        SettingsError: it is no pack.
    """
    known = body in shipped(EVIDENCE).values()
    return msgspec.structs.replace(read_pack(body, shipped(NUMBERS)), shipped=known)


def by_name_or_text(pack: str) -> tuple[str, str | None]:
    """Return the name of a pack that every node has, or any with the text of one that is a file.

    Raises:
        NotFoundError: it is neither.
        SettingsError: the file is no text.
        TooLargeError: the file is no pack.
    """
    if pack in names():
        return pack, None
    try:
        return DEFAULT, body_of(EVIDENCE, pack).decode()
    except UnicodeDecodeError:
        raise SettingsError(
            what=Phrase("errors.told.pack.text", pack=pack),
            expected=Phrase("errors.told.pack.wanted"),
        ) from None


def open_pack(name: str) -> Pack:
    """Return a pack by its name, or from a TOML file.

    Raises:
        NotFoundError: neither.
        SettingsError: the file is no pack.
        TooLargeError: the file is no pack.
    """
    return own_pack(body_of(EVIDENCE, name))
