"""The event stream: what the journal gets, as server-sent events.

An event's id is its number in the journal: a caller that comes back with Last-Event-ID misses
nothing. Nothing is kept for a slow caller but its number; a caller that does not read is cut off by
the server; and there is a bound on how many may follow. Spec: HTML §9.2.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from faifo.api.node import FOLLOW_EVENTS, HIGHEST, Event
from faifo.api.operation import EVENT_STREAM
from faifo.errors import ConflictError, MalformedMessageError
from faifo.node.delivery.events import Feed, Rows
from faifo.node.http.manage.call import Call
from faifo.node.http.manage.keys import ManageKeys
from faifo.node.http.manage.management import Handlers
from faifo.node.http.problems import problem
from faifo.node.http.response import Response
from faifo.node.settings.model import Settings
from faifo.node.showing.answers import answer
from faifo.node.showing.timeline import event
from faifo.phrases import Phrase
from faifo.store.contract import Store

SOON = b"retry: 1000\n\n"
STILL_HERE = b": still here\n\n"
PAUSE = 15.0
BATCH = 100


class Stream:
    """Serves the operation."""

    def __init__(self, *, store: Store, feed: Feed, settings: Settings, keys: ManageKeys) -> None:
        self._keys = keys
        self._store = store
        self._feed = feed
        self._settings = settings

    def handlers(self) -> Handlers:
        return {FOLLOW_EVENTS: self._follow}

    async def _follow(self, call: Call) -> Response:
        after = call.request.headers.get("last-event-id") or call.query.get("after")
        key = self._keys.digest(call.by)
        write = partial(_written, lang=call.lang)
        return await self.follow(after, write, lambda: self._keys.digest(call.by) == key)

    async def follow(
        self,
        after: str | None,
        write: Callable[[Rows], bytes],
        may: Callable[[], bool] = lambda: True,
    ) -> Response:
        """Return an answer that goes on with what `write` makes of the rows behind `after`.

        It ends when the caller `may` no longer, as when its key was removed.
        """
        most = self._settings.manage.event_streams
        if self._feed.followers >= most:
            error = ConflictError(
                what=Phrase("errors.told.events.many", most=most),
                advice=Phrase("errors.told.events.raise"),
            )
            return problem(error, status=429)
        newest = await self._store.read(lambda tx: tx.journal.find(newest_first=True, limit=1))
        last = newest[0][0] if newest else 0
        if after is None:
            seen = last
        elif after.isascii() and after.isdecimal() and len(after) < 20 and int(after) <= HIGHEST:
            # One beyond is of books that a backup has replaced: what comes now is new.
            seen = min(int(after), last)
        else:
            raise MalformedMessageError(
                what=Phrase("errors.told.events.after", after=after[:50]),
                expected=Phrase("errors.told.setting.number.any"),
            )
        return _Events(self._store, self._feed, seen, write, may)


class _Events(Response):
    """An answer without an end, until the caller leaves or the node stops."""

    media_type = EVENT_STREAM

    def __init__(
        self,
        store: Store,
        feed: Feed,
        seen: int,
        write: Callable[[Rows], bytes],
        may: Callable[[], bool],
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store"}, media_type=EVENT_STREAM)
        self._store = store
        self._feed = feed
        self._seen = seen
        self._write = write
        self._may = may

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.fields}
        await send(start)
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        self._feed.followers += 1
        left = asyncio.ensure_future(_left(receive))
        try:
            await send(_part(SOON))
            while self._may() and not (left.done() or self._feed.stopped):
                await self._more(left, send)
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._feed.followers -= 1
            left.cancel()

    async def _more(self, left: asyncio.Future[None], send: Any) -> None:
        """Send what there is, or wait until there is something."""
        bell = self._feed.bell()
        try:
            seen = self._seen
            rows = await self._store.read(lambda tx: tx.journal.find(after=seen, limit=BATCH))
            if rows and self._may():
                self._seen = rows[-1][0]
                await send(_part(self._write(rows)))
                return
            done, _ = await asyncio.wait(
                (bell, left), timeout=PAUSE, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                await send(_part(STILL_HERE))
        finally:
            bell.cancel()


async def _left(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _part(content: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": content, "more_body": True}


def bells(rows: Rows) -> bytes:
    """Return that something is new, and nothing of what it is."""
    # An event without data is none (HTML §9.2.6).
    return b"id: %d\ndata: new\n\n" % rows[-1][0]


def _written(rows: Rows, lang: str) -> bytes:
    parts = []
    for seq, entry in rows:
        told = event(entry)
        shown = answer(Event, entry, seq=seq, text=told.sentence(lang), detail=told.detail)
        data = msgspec.json.encode(shown)
        parts.append(b"id: %d\nevent: %s\ndata: %s\n\n" % (seq, entry.event.encode(), data))
    return b"".join(parts)
