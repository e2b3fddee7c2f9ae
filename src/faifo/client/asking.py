"""How a client reaches a node: one request, one answer, an error of the node as an error here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlencode

import msgspec

from faifo.client.problems import error_from
from faifo.client.records import Page
from faifo.client.transport import HttpTransport, Transport
from faifo.errors import PeerError

ROOT = "/manage/v1"
IDLE = 120.0

R = TypeVar("R")


class Asking:
    """A connection to a node's management API, with its key."""

    def __init__(self, url: str | Transport, key: str) -> None:
        self._transport = HttpTransport(url) if isinstance(url, str) else url
        self._authorization = f"Bearer {key}"

    @classmethod
    def connect(cls, directory: Path | str | None = None) -> Self:
        """Return a client for the running node of `directory` (FAIFO_DIR, else the current one).

        Raises:
            SettingsError: there is no node in the directory, or its key cannot be read.
            NotRunningError: it is not running.
        """
        from faifo.client.finding import find_node

        found = find_node(directory)
        return cls(found.url, found.key)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._transport.close()

    async def _ask(
        self,
        method: str,
        path: str,
        kind: type[R],
        body: object = None,
        *,
        idle: float | None = IDLE,
    ) -> R:
        headers = {"Authorization": self._authorization}
        sent = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            sent = msgspec.json.encode(body)
        async with self._transport.request(
            method, ROOT + path, headers=headers, body=sent, idle=idle
        ) as answer:
            content = await answer.read()
        who = self._transport.who
        if answer.status >= 300:
            raise error_from(answer.status, content, who=who)
        try:
            return msgspec.json.decode(content, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            reason = f"not the answer of a Faifo node: {error}"
            raise PeerError(who=who, status=answer.status, reasons=(reason,)) from None

    async def _all(
        self, path: str, kind: type[Page[R]], narrowed: Mapping[str, str]
    ) -> AsyncIterator[R]:
        query = dict(narrowed)
        while True:
            page = await self._ask("GET", f"{path}?{urlencode(query)}" if query else path, kind)
            for item in page.items:
                yield item
            if page.next is None:
                return
            query["after"] = page.next
