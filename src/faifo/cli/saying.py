"""Say something in a transfer and wait until it is heard; and what was said of an end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from faifo.phrases import spoken

if TYPE_CHECKING:
    from faifo.api.processes import Transfer
    from faifo.cli.choices import Choices
    from faifo.client import Client


def settled(
    say: Callable[[Client], Awaitable[Transfer]], state: str
) -> Callable[[Client], Awaitable[Transfer]]:
    """Return work that says it and gives the transfer once it is in `state`, or as it is then."""

    async def work(client: Client) -> Transfer:
        return await client.settle(await say(client), states=frozenset({state}))

    return work


def said_why(choices: Choices, reasons: Sequence[str]) -> str:
    """Return the reasons of an end in the chosen language, as far as a Faifo node gave them."""
    from faifo.api.processes import why_ended

    return str(spoken(tuple(map(why_ended, reasons)), choices.lang))
