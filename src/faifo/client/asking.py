"""How a client reaches a node: one request, one answer, an error of the node as an error here."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from faifo.api import ROOT
from faifo.api.operation import Operation, Page
from faifo.api.problems import error_from
from faifo.client.transport import HttpTransport, Request, Transport
from faifo.errors import PeerError
from faifo.phrases import Phrase

IDLE = 120.0

A = TypeVar("A")


class Asking:
    """A connection to a node's management API, with its key.

    `language`: in which nodes say what they refuse, such as `vi`; else as each node will.
    """

    def __init__(self, url: str | Transport, key: str, *, language: str | None = None) -> None:
        self._transport = HttpTransport(url) if isinstance(url, str) else url
        self._authorization = f"Bearer {key}"
        self._spoken = {"Accept-Language": language} if language else {}

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
        """Close the connections to the node."""
        await self._transport.close()

    async def _ask(
        self,
        operation: Operation[A],
        *names: str,
        query: Mapping[str, Any] | None = None,
        idle: float | None = IDLE,
        lang: str | None = None,
        **order: Any,
    ) -> A:
        """Do an operation; `names` fill its path, and `order` what it takes."""
        headers = {**self._spoken, "Authorization": self._authorization}
        if lang is not None:
            headers["Accept-Language"] = lang
        body = None
        if operation.takes is not None:
            headers["Content-Type"] = "application/json"
            body = msgspec.json.encode({k: one for k, one in order.items() if one is not None})
        target = path_of(operation, *names) + (f"?{urlencode(query)}" if query else "")
        asked = Request(operation.methods[0], target, headers, body, idle)
        async with self._transport.request(asked) as answer:
            content = await answer.read()
        who = self._transport.who
        if answer.status >= 300:
            raise error_from(answer.status, content, who=who)
        try:
            return msgspec.json.decode(content, type=operation.answers)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            reason = Phrase("errors.told.node.not-its-answer", error=error)
            raise PeerError(who=who, status=answer.status, reasons=(reason,)) from None

    async def _all(
        self, operation: Operation[Page[A]], narrowed: Mapping[str, str]
    ) -> AsyncIterator[A]:
        query = dict(narrowed)
        while True:
            page = await self._ask(operation, query=query)
            for item in page.items:
                yield item
            if page.next is None:
                return
            query["after"] = page.next


def path_of(operation: Operation[Any], *names: str) -> str:
    """Return the path of an operation with `names` in it, each as one segment."""
    given = iter(names)
    return ROOT + re.sub(r"\{.*?\}", lambda _: quote(next(given), safe=_SEGMENT), operation.path)


_SEGMENT = ":@!$&'()*+,;=-._~"
