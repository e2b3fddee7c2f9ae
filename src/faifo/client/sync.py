"""`SyncClient`: the client for programs without await. Every method is that of `Client`.

It is made from `Client`; what a type checker sees of it is sync.pyi, written by `make reference`.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from faifo.client import background
from faifo.client.client import Client

T = TypeVar("T")

ASYNC_ONLY = frozenset({"call", "fetch", "read"})
"""What gives something that must be read while it is open."""


class SyncClient:
    """A node's management API, without await.

    Use as `with SyncClient.connect() as client`, or `with SyncClient(url, key) as client`.
    """

    def __init__(self, url: str, key: str) -> None:
        self._client = Client(url, key)

    @classmethod
    def connect(cls, directory: Path | str | None = None) -> SyncClient:
        """Return a client for the running node of `directory`; see `Client.connect`."""
        from faifo.client.finding import find_node

        found = find_node(directory)
        return cls(found.url, found.key)

    def __enter__(self) -> SyncClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        background.run(self._client.close())


def _without_await(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def twin(self: SyncClient, *arguments: Any, **named: Any) -> Any:
        begun = method(self._client, *arguments, **named)
        return background.run(begun) if inspect.iscoroutine(begun) else _each(begun)

    return twin


def _each(items: AsyncIterator[T]) -> Iterator[T]:
    """Yield what comes, one at a time, so that a long list is not fetched for its first item."""

    async def following() -> tuple[T, ...]:
        try:
            return (await anext(items),)
        except StopAsyncIteration:
            return ()

    while found := background.run(following()):
        yield found[0]


def twins() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the methods of `Client` that have a twin here."""
    for name, method in inspect.getmembers(Client, inspect.isfunction):
        if not name.startswith("_") and name not in ASYNC_ONLY:
            yield name, method


for _name, _method in twins():
    setattr(SyncClient, _name, _without_await(_method))
