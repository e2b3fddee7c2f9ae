"""`faifo list`: what this node has, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.output import line_of, moment, result

if TYPE_CHECKING:
    from faifo.client import Client

KINDS = ("datasets", "negotiations", "agreements", "transfers")


@verb("list", example="faifo list transfers --limit 10", short_help="List what this node has.")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=100, show_default=True)
def command(choices: Choices, kind: str, limit: int) -> None:
    """List datasets, negotiations, agreements or transfers. The node need not be running."""

    async def work(client: Client) -> list[Any]:
        found: list[Any] = []
        async for item in getattr(client, kind)(limit=str(min(limit, 1000))):
            found.append(item)
            if len(found) == limit:
                break
        return found

    items = run(choices, work, stopped=True)
    lines = [line_of("  ".join(_columns(kind, item))) for item in items]
    result(choices, items, lines or [choices.say("list.none")])


def _columns(kind: str, item: Any) -> tuple[str, ...]:
    if kind == "datasets":
        mark = "withdrawn" if item.withdrawn else "published"
        return moment(item.published), mark, item.id, item.title
    if kind == "agreements":
        mark = "ended" if item.ended else "active" if item.active else "pending"
        peer = item.provider if item.role == "consumer" else item.consumer
        return moment(item.created), mark, item.id, item.role, peer, item.dataset
    state = item.state or "NOT-ACKNOWLEDGED"
    return moment(item.created), state, item.pid, item.role, item.peer, item.dataset
