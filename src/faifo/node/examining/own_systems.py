"""One's own systems: whether the addresses of the webhooks take what they are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from faifo.errors import FaifoError
from faifo.node.examining.findings import Finding, good, warning
from faifo.phrases.catalogue import catalogue

if TYPE_CHECKING:
    from faifo.node.custody.directory import Directory
    from faifo.node.settings.model import Settings
    from faifo.store.contract import Transaction

COUNTED = 1000


def webhooks(directory: Directory, settings: Settings) -> Iterator[Finding]:
    """Look which address does not take its next event, and which are told of none there is.

    Books that cannot be read were told of.
    """
    if not settings.webhooks.urls:
        return
    from faifo.node.custody.books import books_of

    # Each event has a sentence of its own.
    events = [key.rpartition(".")[2] for key in catalogue("en") if key.startswith("told.event.")]
    for pattern in settings.webhooks.events:
        if not any(fnmatchcase(event, pattern) for event in events):
            yield warning("webhook-event", pattern=pattern)
    try:
        books = books_of(directory, settings)
    except FaifoError:
        return
    with suppress(books.error, FaifoError):
        yield from books.look(lambda tx: _places(tx, settings))


async def _places(tx: Transaction, settings: Settings) -> list[Finding]:
    from faifo.dataplane.locations import shown
    from faifo.node.delivery.webhooks import wanted

    found = []
    for url in dict.fromkeys(settings.webhooks.urls):
        place = await tx.webhooks.get(url)
        if place and place.why:
            rows = await tx.journal.find(after=place.seq, limit=COUNTED)
            waiting = sum(wanted(entry, settings.webhooks) for _, entry in rows)
            facts = {"url": shown(url), "count": waiting, "since": place.since, "why": place.why}
            found.append(warning("webhook-stuck", **facts))
    return found or [good("webhooks", count=len(settings.webhooks.urls))]
