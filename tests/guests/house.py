"""The story of the tests: a node, and a guest with a browser."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from typing import Any, NamedTuple

import aiohttp

CONTENT = b"month,price\n2026-11,8100\n"
WHO = {"name": "Nguyễn Lan", "email": "lan@example.vn", "agreed": "yes"}


class Got(NamedTuple):
    status: int
    headers: Any
    text: str


class House:
    """The node, and a guest with a browser."""

    def __init__(self, node: Any, session: aiohttp.ClientSession) -> None:
        self.node = node
        self.folder = node.path.with_name(node.path.name + "-data")
        self._session = session

    async def publish(self, name: str = "rice", location: str = "", **more: Any) -> str:
        if not location:
            path = self.folder / f"{name}.csv"
            path.write_bytes(CONTENT)
            location = str(path)
        body = {"location": location, "id": name, "title": f"The <{name}> table", **more}
        return str((await self.node.call("POST", "/datasets", body))["id"])

    async def invite(self, dataset: str = "rice", **more: Any) -> dict[str, Any]:
        order = {"dataset": dataset, "until": "2027-06-30T00:00:00Z", **more}
        return dict(await self.node.call("POST", "/invitations", order))

    async def ask(self, url: str, method: str = "GET", **sent: Any) -> Got:
        request = self._session.request(method, url, allow_redirects=False, **sent)
        async with request as answer:
            return Got(answer.status, answer.headers, await answer.text())

    async def agree(self, url: str, **changed: str) -> Got:
        page = (await self.ask(url)).text
        version = page.partition('name="version" value="')[2].partition('"')[0]
        return await self.ask(url, "POST", data={"version": version, **WHO, **changed})

    async def states(self) -> list[tuple[str, int]]:
        found = await self.node.call("GET", "/invitations")
        return [(one["state"], one["used"]) for one in found["items"]]

    async def refused(self, method: str, path: str, body: Any) -> tuple[int, str]:
        """Return the status and the words of a refusal."""
        status, content = await self.node.raw(method, path, body)
        assert status >= 400, content
        return status, str(json.loads(content)["detail"])

    async def pass_over(self, moment: str) -> None:
        """Let the end of all invitations be at `moment`, which is over when the node starts."""
        await self.node.stop()
        with closing(sqlite3.connect(self.node.path / "faifo.db", isolation_level=None)) as book:
            book.execute("UPDATE invitation SET record = json_set(record, '$.until', ?)", (moment,))
            book.execute(
                "UPDATE timer SET due = ?, record = json_set(record, '$.due', ?)"
                " WHERE kind = 'invitation'", (moment, moment),
            )  # fmt: skip
        await self.node.start()

    async def heard(self, event: str) -> None:
        """Return when the node has told of an event."""
        async with asyncio.timeout(60), self.node.opened("GET", "/events?after=0") as answer:
            async for line in answer.content:
                if f'"{event}"'.encode() in line:
                    return
