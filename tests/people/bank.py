"""The story of the tests: its nodes, its command line, and a stranger with a browser."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

import commanding

PASSPHRASE = "mùa xuân năm ấy có mưa"
FIGURES = '{"income": 900, "note": "<b>bold</b>"}'
CONTACT = ("--contact", "<i>help</i>@model.example", "--notice", "https://model.example/notice",
           "--appeal", "write to the data office")  # fmt: skip


class Ran(NamedTuple):
    code: int
    out: str
    err: str


class Got(NamedTuple):
    status: int
    headers: Mapping[str, str]
    text: str


class Story:
    """The nodes, and ways to ask them from the command line and as a stranger with a browser."""

    def __init__(self, provider: Any, bank: Any, folder: Path, backend: str) -> None:
        self.provider = provider
        self.bank = bank
        self.folder = folder
        self.backend = backend
        self.secret = folder / "an.pass"
        self.secret.write_text(f"{PASSPHRASE}\n")
        self._sessions: list[aiohttp.ClientSession] = []

    async def cli(self, *arguments: Any, node: Any = None) -> Ran:
        process = await asyncio.create_subprocess_exec(
            *(commanding.faifo(), *map(str, arguments)),
            *("--dir", str((node or self.bank).path)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": ""},
        )
        out, err = await process.communicate()
        return Ran(process.returncode or 0, out.decode(), err.decode())

    async def good(self, *arguments: Any, node: Any = None) -> str:
        ran = await self.cli(*arguments, node=node)
        assert ran.code == 0, ran
        return ran.out

    async def decided(
        self,
        figures: str = FIGURES,
        outcome: str = "refused",
        by: str = "Trần Văn Bình",
        shared: str = "the credit bureau",
    ) -> str:
        """Have the bank call the model about a person; return that person's link."""
        ran = await self.cli(
            *("call", self.provider.did, "credit", "/score", "-d", figures),
            *("-H", "Content-Type: application/json", "--about-person", "--outcome", outcome),
            *("--decided-by", by, "--shared-with", shared),
        )
        assert ran.code == 0, ran
        assert ran.out == '{"approved": false}'
        found = re.search(r"http://\S+/p/\S+", ran.err)
        assert found, ran
        return found[0]

    async def page_link(self) -> str:
        """Return a link that opens the bank's page once."""
        link = (await self.good("review", "page")).strip()
        assert link.startswith("http://127.0.0.1:")
        return link

    async def with_approver(self, name: str = "Lê Thị An") -> None:
        secret = ("--passphrase-file", self.secret)
        await self.good("people", "add", name, "--role", "approver", *secret)

    async def ask(self, url: str, *, method: str = "GET", **sent: Any) -> Got:
        if not self._sessions:
            # What the page says it needs is all that it gets: no cookie is kept.
            self._sessions.append(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        request = self._sessions[0].request(method, url, allow_redirects=False, **sent)
        async with request as answer:
            return Got(answer.status, answer.headers, await answer.text())

    async def object(self, url: str, text: str = "900 is my rent", **fields: str) -> Got:
        form = {"kind": "objection", "text": text, "lang": "en", **fields}
        return await self.ask(url, method="POST", data=form)

    async def close(self) -> None:
        for session in self._sessions:
            await session.close()
