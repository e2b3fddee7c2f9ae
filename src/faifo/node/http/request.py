"""A request as an endpoint sees it, over what ASGI 3 gives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from faifo.errors import MalformedMessageError
from faifo.phrases import Phrase


def cut_short() -> MalformedMessageError:
    """Return the error of a body that will not come to its end: the caller went away."""
    return MalformedMessageError(
        what=Phrase("errors.told.body.short"), expected=Phrase("errors.told.body.announced")
    )


class Address(NamedTuple):
    """Of the other side of a connection."""

    host: str
    port: int


class Site(NamedTuple):
    """Where a caller thinks it asks: its Host field, which anybody can write."""

    scheme: str
    netloc: str
    hostname: str
    port: int | None


class Fields:
    """Header fields; names in any case, and of several lines with one name the first counts."""

    __slots__ = ("_first", "_raw")

    def __init__(self, raw: list[tuple[bytes, bytes]]) -> None:
        self._raw = raw
        self._first = dict(reversed(raw))

    def get(self, name: str, default: Any = None) -> Any:
        value = self._first.get(name.lower().encode("latin-1"))
        return default if value is None else value.decode("latin-1")

    def all(self, name: str) -> list[str]:
        """Return the values of all lines of a field."""
        wanted = name.lower().encode("latin-1")
        return [value.decode("latin-1") for key, value in self._raw if key == wanted]

    def items(self) -> Iterator[tuple[str, str]]:
        return ((name.decode("latin-1"), value.decode("latin-1")) for name, value in self._raw)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None


class Request:
    """One request. `path_params` are what the route found in its path."""

    def __init__(self, scope: Any, receive: Any = None) -> None:
        self.scope = scope
        self.receive = receive
        self.headers = Fields(scope["headers"])
        self._whole = False
        self._read: asyncio.Event | None = None

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        return str(self.scope["path"])

    @property
    def query(self) -> str:
        """What stands behind the question mark, as it came."""
        return str(self.scope.get("query_string", b"").decode("latin-1"))

    @property
    def path_params(self) -> dict[str, Any]:
        params: dict[str, Any] = self.scope.get("path_params", {})
        return params

    @cached_property
    def _pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query, keep_blank_values=True)

    @cached_property
    def query_params(self) -> dict[str, str]:
        """The parts of the query; of several with one name the last."""
        return dict(self._pairs)

    def all_of(self, name: str) -> list[str]:
        """Return all parts of the query with a name."""
        return [value for key, value in self._pairs if key == name]

    @cached_property
    def cookies(self) -> dict[str, str]:
        pairs = (one.partition("=") for one in self.headers.get("cookie", "").split(";"))
        return {name.strip(): value.strip().strip('"') for name, _, value in pairs}

    @property
    def client(self) -> Address | None:
        """Who is at the other end, None within this process."""
        known = self.scope.get("client")
        return Address(*known) if known else None

    @cached_property
    def site(self) -> Site:
        scheme, own = self.scope.get("scheme", "http"), self.scope.get("server")
        told = self.headers.get("host") or (f"{own[0]}:{own[1]}" if own else "")
        try:
            parts = urlsplit(f"{scheme}://{told}")
            return Site(scheme, parts.netloc, parts.hostname or "", parts.port)
        except ValueError:
            return Site(scheme, "", "", None)

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes.

        Raises:
            MalformedMessageError: it will not come to its end.
        """
        self._read = self._read or asyncio.Event()
        while not self._whole:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                self._read.set()
                raise cut_short()
            self._whole = not message.get("more_body", False)
            if body := message.get("body", b""):
                yield body
        self._read.set()

    async def left(self) -> None:
        """Return when the caller has gone; a body that is being read is left to its reader."""
        if self._read is not None:
            await self._read.wait()
        while (await self.receive())["type"] != "http.disconnect":
            pass
