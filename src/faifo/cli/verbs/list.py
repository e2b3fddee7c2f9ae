"""`faifo list`: what this node has, newest first, and whom it knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.output import cut, first, page, result
from faifo.cli.saying import said_why
from faifo.cli.tables import table
from faifo.phrases import Phrase
from faifo.phrases.figures import moment, size

if TYPE_CHECKING:
    from faifo.api.datasets import Dataset
    from faifo.api.node import Partner
    from faifo.api.processes import Agreement, Process
    from faifo.client import Client

PROCESS = ("created", "state", "id", "role", "partner", "dataset", "reason")
COLUMNS = {
    "datasets": ("published", "state", "id", "size", "title"),
    "negotiations": PROCESS,
    "agreements": PROCESS,
    "transfers": PROCESS,
    "partners": ("did", "name", "economy", "trusted", "agreements", "last"),
}


@verb(
    "list",
    example="faifo list transfers --limit 10\n"
    "faifo list negotiations --state REQUESTED\n"
    "faifo list partners --json",
    short_help="List what this node has.",
)
@click.argument("kind", type=click.Choice(list(COLUMNS)))
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=100, show_default=True)
@click.option("--state", help="Only negotiations or transfers in this state, such as STARTED.")
@click.option("--role", type=click.Choice(("provider", "consumer")), help="Only as this side.")
def command(choices: Choices, kind: str, limit: int, state: str | None, role: str | None) -> None:
    """List datasets, negotiations, agreements, transfers or partners.

    The newest come first, datasets by their ids. The node need not be running.
    """
    narrowed = {"state": state.upper() if state else None, "role": role}
    wanted = {name: value for name, value in narrowed.items() if value}
    _check(kind, wanted)
    if kind == "partners":
        known = run(choices, lambda client: client.partners(others=True), stopped=True)
        items: list[Any] = [*known[:limit]]
        if len(known) > limit:
            cut(choices, limit)
    else:

        async def work(client: Client) -> list[Any]:
            return await first(choices, getattr(client, kind)(limit=page(limit), **wanted), limit)

        items = run(choices, work, stopped=True)
    rows = [_ROWS.get(kind, _process)(choices, item) for item in items]
    result(choices, items, table(choices, COLUMNS[kind], rows) or [choices.say("list.none")])


def _check(kind: str, wanted: dict[str, str]) -> None:
    understood = {
        "negotiations": {"state", "role"},
        "transfers": {"state", "role"},
        "agreements": {"role"},
    }
    for name in wanted.keys() - understood.get(kind, set()):
        raise click.UsageError(str(Phrase("cli.usage.narrowed", kind=kind, option=f"--{name}")))


def _dataset(choices: Choices, item: Dataset) -> tuple[object, ...]:
    mark = "withdrawn" if item.withdrawn else "published"
    return moment(item.published), choices.label(mark), item.id, size(item.size) or "-", item.title


def _agreement(choices: Choices, item: Agreement) -> tuple[object, ...]:
    mark = "ended" if item.ended else "active" if item.active else "pending"
    peer = item.provider if item.role == "consumer" else item.consumer
    why = said_why(choices, item.reason) if item.ended else ""
    role, mark = choices.label(item.role), choices.label(mark)
    return moment(item.created), mark, item.id, role, peer, item.dataset, why


def _process(choices: Choices, item: Process) -> tuple[object, ...]:
    state = item.state or "NOT-ACKNOWLEDGED"
    why = said_why(choices, item.reason) if state == "TERMINATED" else ""
    role = choices.label(item.role)
    return moment(item.created), state, item.pid, role, item.peer, item.dataset, why


def _partner(choices: Choices, item: Partner) -> tuple[object, ...]:
    trusted = choices.label("yes" if item.trusted else "no")
    last = moment(item.last_contact)
    return item.did, item.name or "-", item.economy or "-", trusted, item.agreements, last


_ROWS: dict[str, Callable[[Choices, Any], tuple[object, ...]]] = {
    "datasets": _dataset,
    "agreements": _agreement,
    "partners": _partner,
}
