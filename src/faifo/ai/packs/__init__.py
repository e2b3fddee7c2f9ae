"""The policy packs that come with Faifo, by name, and those in files of one's own."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import msgspec

from faifo.ai.decision.pack import Pack, read_pack
from faifo.errors import NotFoundError, SettingsError, TooLargeError
from faifo.packs.clause import MAX_BYTES
from faifo.phrases import Phrase

DEFAULT = "asean"


def names() -> list[str]:
    """Return the names of the packs that are here."""
    entries = files("faifo.ai.packs").iterdir()
    return sorted(e.name.removesuffix(".toml") for e in entries if e.name.endswith(".toml"))


def shipped() -> dict[str, bytes]:
    """Return the packs that are here by the name of each."""
    folder = files("faifo.ai.packs")
    return {name: folder.joinpath(f"{name}.toml").read_bytes() for name in names()}


def own_pack(body: bytes) -> Pack:
    """Return the pack in a TOML file of anybody: one that comes with the program only to the byte.

    Raises:
        SettingsError: it is no pack.
    """
    return msgspec.structs.replace(read_pack(body), shipped=body in shipped().values())


def by_name_or_text(pack: str) -> tuple[str, str | None]:
    """Return the name of a pack that every node has, or any with the text of one that is a file.

    Raises:
        SettingsError: it is neither.
        TooLargeError: the file is no pack.
    """
    if pack in names():
        return pack, None
    path = Path(pack)
    if not path.is_file():
        raise SettingsError(
            what=Phrase("errors.told.pack.none", pack=pack),
            expected=Phrase("errors.told.pack.known", names=", ".join(names())),
        )
    try:
        return DEFAULT, _body(path).decode()
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
    """
    if name in names():
        return own_pack(shipped()[name])
    path = Path(name)
    if not path.is_file():
        raise NotFoundError(
            what=Phrase("errors.told.ai.pack.known", names=", ".join(names())), name=name
        )
    return own_pack(_body(path))


def _body(path: Path) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise TooLargeError(what=Phrase("errors.told.ai.pack.the", name=path.name), limit=MAX_BYTES)
    return path.read_bytes()
