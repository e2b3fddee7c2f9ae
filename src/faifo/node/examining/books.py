"""The database, and the files that were published, as they are now."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from faifo import clock
from faifo.dataplane.gate import StatSignature
from faifo.errors import FaifoError
from faifo.node.examining.findings import Finding, fault, good, warning

FEW_DAYS = 90

if TYPE_CHECKING:
    from faifo.node.custody.directory import Directory
    from faifo.node.settings.model import Settings
    from faifo.store.records import Dataset, LogHead


def books(directory: Directory, settings: Settings | None) -> Iterator[Finding]:
    """Look whether the database can be read by this Faifo, and whether it is whole."""
    from faifo.node.custody.books import FileBooks, books_of

    path = directory.database
    file = settings is None or not settings.store.url
    try:
        found = FileBooks(path) if settings is None else books_of(directory, settings)
    except FaifoError as error:
        yield fault("database-away", path=settings.store.url if settings else path, error=error)
        return
    try:
        found.check()
    except FaifoError as error:
        yield fault("no-start", error=error)
        return
    if file and not path.exists():
        yield fault("database-missing", path=path)
        return
    facts = {"path": found.shown}
    try:
        condition = found.examine()
        versions = {"version": condition.schema or "none", "known": condition.newest}
        if not condition.known:
            # Of a schema in a database nothing is there until the node is started.
            new = condition.schema is None and not file
            yield (
                good("database-new", **facts)
                if new
                else fault("database-newer", **facts, **versions)
            )
        elif condition.damage:
            yield fault("database-damaged", error=condition.damage, **facts)
        elif condition.schema != condition.newest:
            yield warning("database-older", **facts, **versions)
        else:
            yield good("database")
            if file:
                yield from _growth(path)
            if settings is not None:
                yield from log_halted(found.look(lambda tx: tx.ledger.head()), settings)
            yield from _published(found.look(lambda tx: tx.datasets.find(withdrawn=None)))
    except (found.error, FaifoError) as error:
        yield fault("database-damaged" if file else "database-away", error=error, **facts)


def log_halted(head: LogHead | None, settings: Settings) -> Iterator[Finding]:
    """Tell why the log of receipts signs nothing: no agreement is proven then."""
    from faifo.api.processes import why_ended
    from faifo.node.receipts.log import misnamed

    if head is not None and head.halted is not None:
        yield fault("log-halted", why=why_ended(head.why))
    elif head is not None and (why := misnamed(head, settings.node.public_url)):
        yield fault("log-halted", why=why)


def _growth(path: Path) -> Iterator[Finding]:
    """Tell how much the book grows a day, and when the disk is full if that goes on."""
    from faifo.store.sqlite.looking import look

    first = look(path, lambda tx: tx.journal.find(limit=1))
    days = (clock.now() - first[0][1].at).total_seconds() / 86400 if first else 0.0
    if days < 1:
        return
    a_day = max(1, round(path.stat().st_size / days))
    left = shutil.disk_usage(path.parent).free // a_day
    facts = {"a_day": a_day, "days": left}
    yield warning("growth", **facts) if left < FEW_DAYS else good("growth", **facts)


def _published(datasets: list[Dataset]) -> Iterator[Finding]:
    from faifo.store.records import SourceKind

    count = wrong = 0
    for dataset in datasets:
        if dataset.source.kind is not SourceKind.FILE:
            continue
        count += 1
        trouble = _trouble(dataset)
        if trouble:
            wrong += 1
            facts = {"dataset": dataset.id, "path": dataset.source.location}
            yield fault(trouble, **facts)
    if count and not wrong:
        yield good("published", count=count)


def _trouble(dataset: Dataset) -> str | None:
    source = dataset.source
    try:
        now = Path(source.location).stat()
    except OSError:
        return "file-missing"
    if now.st_size != source.size:
        return "file-changed"
    if source.signature == StatSignature.of(now):
        return None
    # It was touched or moved; whether it is another one, only its content can tell.
    try:
        with Path(source.location).open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == source.digest
    except OSError:
        return "file-missing"
    return None if same else "file-changed"
