"""What authorities and members do in these tests."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from faifo.api.datasets import Publication
from faifo.cli.verbs import doctor
from faifo.dataplane.server import make_server
from faifo.errors import FaifoError


async def admit(authority: Any, member: Any, *, name: str) -> None:
    """Admit `member` and wait until it holds its membership."""
    await authority.client.decide_member("admit", member.did, claims={"name": name})

    async def held() -> None:
        assert await holds(member)

    await eventually(held, within=5)


async def holds(node: Any) -> list[str]:
    return [name for one in await node.client.credentials() for name in one.types]


async def publish(node: Any, name: str = "urn:example:prices", *, size: int = 0) -> str:
    file = Path(node.settings.publish.roots[0]) / "prices.csv"
    file.write_text("what,price\nrice,12\n")
    if size:
        os.truncate(file, size)
    publication = Publication(id=name, title="Prices", location=str(file))
    return (await node.client.publish(publication)).id


async def eventually(look: Callable[[], Awaitable[Any]], *, within: float) -> Any:
    """Look until it is as expected; what is under way in other nodes has no event here."""
    async with asyncio.timeout(within + 5):
        until = asyncio.get_running_loop().time() + within
        while True:
            try:
                return await look()
            except (AssertionError, FaifoError):
                if asyncio.get_running_loop().time() > until:
                    raise
            await asyncio.sleep(0.05)


async def diagnosed(node: Any, check: str) -> Any:
    """Return what `faifo doctor` finds on a node that runs in this process."""
    server = make_server(node.manage_app, host="127.0.0.1", port=0)
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.005)
        node.directory.tell(f"http://127.0.0.1:{server.address[1]}")
        found = await doctor._look(node.directory, None)
    finally:
        node.directory._tell_no_more()  # the next look is at another port
        server.stop()
        await task
    named = [finding for finding in found if finding.check == check]
    return named[0] if named else None
