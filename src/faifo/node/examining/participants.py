"""The participants of an installation, as they stand: who is served, who is not, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from faifo.errors import FaifoError
from faifo.node.custody.directory import Directory
from faifo.node.custody.participants import leaving, participants_of
from faifo.node.custody.room import bytes_beside
from faifo.node.examining import books, files
from faifo.node.examining.findings import Finding, fault, good, warning
from faifo.node.settings.model import Settings, read_settings
from faifo.running import held

State = Literal["served", "stopped", "leaving", "broken"]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A participant; `trouble` is why it cannot be served, `bytes` what it keeps."""

    name: str
    state: State
    did: str = ""
    public_url: str = ""
    datasets: int | None = None
    bytes: int = 0
    bytes_limit: int | None = None
    datasets_limit: int | None = None
    trouble: Finding | None = None


def standings(installation: Path) -> Iterator[Standing]:
    """Yield every participant."""
    for one in participants_of(installation):
        yield _standing(one, served=held(one.path))


def findings(installation: Path) -> Iterator[Finding]:
    """Yield what is wrong with an installation's participants; nothing where there are none."""
    count, running = 0, held(installation)
    for one in standings(installation):
        count += 1
        if one.trouble is not None:
            why = one.trouble.words("en")[0] if one.trouble.facts.get("error") is None else ""
            yield fault("participant", name=one.name, why=why or one.trouble.facts["error"])
        elif running and one.state in {"stopped", "leaving"}:
            yield warning("participant-away", name=one.name)
    if count:
        yield good("participants", count=count)


def _standing(directory: Directory, *, served: bool) -> Standing:
    name = directory.path.name
    try:
        settings = read_settings(directory.settings)
        away = leaving(directory)
    except FaifoError as error:
        return Standing(name=name, state="broken", trouble=fault("settings", error=error))
    trouble = None if served else _trouble(directory, settings)
    state: State = "served" if served else "leaving" if away else "stopped"
    beside = bytes_beside(directory.path)
    return Standing(
        name=name,
        state="broken" if trouble else state,
        did=settings.did,
        public_url=settings.node.public_url,
        datasets=_datasets(directory, settings) if trouble is None else None,
        bytes=beside + sum(one.stat().st_size for one in directory.path.glob("faifo.db*")),
        bytes_limit=settings.bounds.storage_bytes,
        datasets_limit=settings.bounds.datasets,
        trouble=trouble,
    )


def _trouble(directory: Directory, settings: Settings) -> Finding | None:
    found = [*files.keys(directory, settings), *books.books(directory, settings)]
    return next((one for one in found if one.state == "fault"), None)


def _datasets(directory: Directory, settings: Settings) -> int | None:
    from faifo.node.custody.books import books_of

    found = books_of(directory, settings)
    try:
        count: int = found.look(lambda tx: tx.datasets.count(withdrawn=None))
    except (FaifoError, found.error):  # it came, or went, meanwhile
        return None
    return count
