"""The policy packs that come with Faifo, by name, and those in files of one's own."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from faifo.ai.decision.pack import MAX_BYTES, Pack, read_pack
from faifo.errors import NotFoundError, TooLargeError

DEFAULT = "asean"


def names() -> list[str]:
    """Return the names of the packs that are here."""
    entries = files("faifo.ai.packs").iterdir()
    return sorted(e.name.removesuffix(".toml") for e in entries if e.name.endswith(".toml"))


def open_pack(name: str) -> Pack:
    """Return a pack by its name, or from a TOML file.

    Raises:
        NotFoundError: neither.
        SettingsError: the file is no pack.
    """
    if name in names():
        return read_pack(files("faifo.ai.packs").joinpath(f"{name}.toml").read_bytes())
    path = Path(name)
    if not path.is_file():
        raise NotFoundError(what="policy pack (" + ", ".join(names()) + ", or a file)", name=name)
    if path.stat().st_size > MAX_BYTES:
        raise TooLargeError(what=f"the policy pack {path.name}", limit=MAX_BYTES)
    return read_pack(path.read_bytes())
