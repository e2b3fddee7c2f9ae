"""One listener, many participants: whose request it is, and whether that one may have it now.

Told apart by Host, where a participant has a name of its own, and by the beginning of the path as
it was sent; nothing is decoded, and nothing of a request is trusted for it but where it leads. The
participant then asks who the caller is, by its own keys, as a node alone does.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Collection, Iterator
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from faifo.errors import BusyError, ConflictError
from faifo.node.custody.room import Room
from faifo.node.http.app import App
from faifo.node.http.problems import problem
from faifo.node.http.shares import Rates
from faifo.node.settings.model import BoundSettings
from faifo.node.watching import tracing
from faifo.phrases import Phrase

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
ROOM_AGAIN: Final = 600
"""Seconds after which others should ask a participant again that has no room."""

_PORTS: Final = {"http": ":80", "https": ":443"}


class Door:
    """The way to one participant's face; it is `quiet` while nothing of it is under way.

    `room`: while there is none, only reading is let in. With `strip`, the face sees paths without
    the prefix, which is its `root_path`.
    """

    def __init__(
        self,
        name: str,
        app: App,
        bounds: BoundSettings,
        *,
        room: Room | None = None,
        strip: str = "",
    ) -> None:
        self.name = name
        self.quiet = asyncio.Event()
        self.quiet.set()
        self._under_way = 0
        self._app = app
        self._room = room
        self._strip = strip
        self._most = bounds.requests_at_once
        self._per_second = bounds.requests_per_second
        self._rate = Rates(self._per_second) if self._per_second else None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        tracing.of_node(self.name)
        busy, status = self._refusal(scope["method"])
        if busy:
            await problem(busy, status=status)(scope, receive, send)
            return
        if self._strip:
            scope["root_path"] = self._strip
            scope["path"] = scope["path"][len(unquote(self._strip)) :]
            scope["raw_path"] = scope["raw_path"][len(self._strip) :]
        self._under_way += 1
        self.quiet.clear()
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self.quiet.set()

    def _refusal(self, method: str) -> tuple[BusyError | None, int]:
        if self._most is not None and self._under_way >= self._most:
            return _busy("at-once", self._most, 1), 429
        wait = self._rate.take("") if self._rate else 0.0
        if wait:
            return _busy("in-a-second", self._per_second or 0, math.ceil(wait)), 429
        if self._room is not None and self._room.full and method not in READING:
            return _busy("room", self._room.limit or 0, ROOM_AGAIN), 503
        return None, 200


class Doors:
    """`own`, the installation's own face, with the participants' in front of it.

    `reserved`: what its own paths begin with, which can be nobody else's.
    """

    def __init__(self, own: App, url: str = "", reserved: Collection[str] = ()) -> None:
        self._own = own
        self._reserved = reserved
        self._host, self._prefix = _place(url)
        self._at: dict[str, dict[str, Door]] = {}
        self._deepest = self._prefix.count("/")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        door = self._find(scope) if self._at and scope["type"] == "http" else None
        await (door or self._own)(scope, receive, send)

    @contextlib.contextmanager
    def opened(self, url: str, door: Door) -> Iterator[Door]:
        """Lead to `door` what is meant for `url`, meanwhile.

        Raises:
            ConflictError: that is another's address already.
        """
        host, prefix = _place(url)
        if host == self._host:
            host = ""
        below = prefix.removeprefix(f"{self._prefix}/").partition("/")[0]
        own = prefix == self._prefix or (
            prefix.startswith(f"{self._prefix}/") and below in self._reserved
        )
        if (not host and own) or prefix in self._at.get(host, ()):
            raise ConflictError(
                what=Phrase("errors.told.participant.address", url=url),
                advice=Phrase("errors.told.participant.address-of-its-own"),
            )
        self._at.setdefault(host, {})[prefix] = door
        self._deepest = max(self._deepest, prefix.count("/"))

        try:
            yield door
        finally:
            del self._at[host][prefix]
            if not self._at[host]:
                del self._at[host]

    def _find(self, scope: Any) -> Door | None:
        named = self._at.get(_host_of(scope))
        table = named or self._at.get("", {})
        path = scope["raw_path"].partition(b"?")[0].decode("latin-1")
        parts = path.split("/", self._deepest + 1)[: self._deepest + 1]
        for length in range(len(parts), 0, -1):
            place = "/".join(parts[:length])
            if found := table.get(place):
                return found
            if not named and place == self._prefix:
                return None
        return None


def _place(url: str) -> tuple[str, str]:
    """Return the host of a URL, as it stands in Host, and its path without a last slash."""
    parts = urlsplit(url)
    return parts.netloc.lower().removesuffix(_PORTS.get(parts.scheme, ":")), parts.path.rstrip("/")


def _host_of(scope: Any) -> str:
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    text: str = host.decode("latin-1").lower()
    return text.removesuffix(_PORTS.get(scope["scheme"], ":"))


def _busy(what: str, limit: int, seconds: int) -> BusyError:
    return BusyError(what=Phrase(f"errors.told.bounds.{what}", limit=limit), seconds=seconds)
