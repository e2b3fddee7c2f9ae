"""Say something in a transfer, and wait a little until the other side has heard it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faifo.api.processes import Transfer
    from faifo.client import Client


def settled(
    say: Callable[[Client], Awaitable[Transfer]], state: str
) -> Callable[[Client], Awaitable[Transfer]]:
    """Return work that says it and gives the transfer once it is in `state`, or as it is then."""

    async def work(client: Client) -> Transfer:
        return await client.settle(await say(client), states=frozenset({state}))

    return work
