"""What the node wrote down during a run of the kit.

The kit takes any 4xx but 404 for the refusal that it provokes; here it must be the right one.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import msgspec

from faifo.errors import IllegalTransitionError
from faifo.node.custody.books import books_of
from faifo.node.custody.directory import Directory
from faifo.node.settings.model import read_settings
from faifo.store.contract import Transaction
from faifo.store.records import Direction
from tck.node.scripts import Script


class Books(NamedTuple):
    """Refusals of the kit's messages by their code, messages of ours that did not arrive, and
    processes that ended on our side alone.
    """

    refusals: Counter[str]
    waiting: int
    alone: int


def read_books(node: Path) -> Books:
    """Return what stands in the store of a node that has stopped, by its directory."""
    directory = Directory(node)
    return books_of(directory, read_settings(directory.settings)).look(_read)


async def _read(tx: Transaction) -> Books:
    taken = await tx.history.find(direction=Direction.IN.value)
    refused = [entry.answer for _, entry in taken if entry.status >= 400]
    processes = [*await tx.negotiations.find(), *await tx.transfers.find()]
    return Books(
        Counter(str(msgspec.json.decode(answer)["code"]) for answer in refused),
        await tx.outbox.count(),
        sum(process.one_sided for process in processes),
    )


def complaints(books: Books, scripts: tuple[Script, ...]) -> list[str]:
    """Return what is not as the kit's negative tests, its third part of each group, leave it."""
    negative = sum(script.test.partition(":")[2].startswith("03-") for script in scripts)
    expected = Counter({IllegalTransitionError.code: negative})
    found = []
    if books.refusals != expected:
        found.append(f"refusals {dict(books.refusals)}, expected {dict(expected)}")
    if books.waiting:
        found.append(f"{books.waiting} messages of the node did not arrive")
    if books.alone:
        found.append(f"{books.alone} processes ended on the node's side alone")
    return found
