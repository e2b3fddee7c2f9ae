"""Webhooks: what the journal gets, posted to one's own systems, signed (Standard Webhooks 1.0).

The journal is the queue. Each address has a place in it that is kept, so nothing is lost while the
address is silent or this node is down, nothing is held in memory, and events come in their order.
One is tried with growing pauses until its time is over; then it is named in the log, and the next
has its turn. An address may hear an event twice: `webhook-id` is the same each time.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol

from faifo import clock, ids
from faifo.dataplane.locations import shown
from faifo.errors import ConflictError, FaifoError, SettingsError
from faifo.node.custody.directory import write_secret
from faifo.node.delivery.events import Feed, Rows
from faifo.node.delivery.peer_answer import PeerAnswer
from faifo.node.settings.model import WebhookSettings
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.records import JournalEntry, WebhookPlace

log = logging.getLogger("faifo.webhooks")

PREFIX = "whsec_"
BATCH = 100
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
AFTER_STORAGE_ERROR = 5.0
ANSWER_BYTES = 64 * 1024
WHY_CHARACTERS = 300

Write = Callable[[int, JournalEntry], bytes]
"""Returns the body that tells of a row of the journal; nothing secret may be in it."""


class Poster(Protocol):
    """Posts once. `outward.Outgoing` is one."""

    async def post(
        self, url: str, body: bytes, *, who: str, headers: Mapping[str, str], limit: int
    ) -> PeerAnswer: ...


def read_secret(path: Path) -> bytes:
    """Return the key that webhooks are signed with; it is made where there is none.

    Raises:
        SettingsError: what stands there is not `whsec_` and base64 of 24 to 64 bytes.
    """
    if not path.exists():
        text = base64.b64encode(hashlib.sha256(ids.new_secret().encode()).digest()).decode()
        write_secret(path, f"{PREFIX}{text}\n".encode())
    try:
        text = path.read_text(encoding="ascii").strip()
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (OSError, ValueError):
        key = b""
    if not 24 <= len(key) <= 64:
        raise SettingsError(
            what=Phrase("errors.told.webhooks.secret", path=path),
            expected=Phrase("errors.told.webhooks.secret-wanted"),
        )
    return key


def signed(key: bytes, name: str, body: bytes, now: datetime) -> dict[str, str]:
    """Return the header fields of a webhook. Spec: Standard Webhooks 1.0, symmetric."""
    at = str(int(now.timestamp()))
    mac = hmac.digest(key, b".".join((name.encode(), at.encode(), body)), "sha256")
    return {
        "webhook-id": name,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


class Webhooks:
    """Tells the addresses of the settings of what is written into the journal."""

    def __init__(
        self,
        store: Store,
        feed: Feed,
        poster: Poster,
        *,
        settings: WebhookSettings,
        secret: Path,
        write: Write,
    ) -> None:
        self._store = store
        self._feed = feed
        self._poster = poster
        self._settings = settings
        self._write = write
        self._key = read_secret(secret) if settings.urls else b""
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Go on where each address was, but for those that another process tells.

        A new one hears of what comes from now on.
        """
        for url in dict.fromkeys(self._settings.urls):
            if url in self._tasks:
                continue
            place = await self._store.run(lambda tx, url=url: self._taken(tx, url))  # type: ignore[misc]
            if place is not None:
                task = asyncio.create_task(self._follow(place), name="faifo-webhooks")
                self._tasks[url] = task
                task.add_done_callback(lambda _, url=url: self._tasks.pop(url, None))  # type: ignore[misc]

    async def stop(self) -> None:
        """Stop; what is not told yet is told after the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _taken(self, tx: Transaction, url: str) -> WebhookPlace | None:
        """Return the place of an address that this process tells from now on, or None."""
        known = await tx.webhooks.get(url)
        if known is None:
            newest = await tx.journal.find(newest_first=True, limit=1)
            known = WebhookPlace(url=url, seq=newest[0][0] if newest else 0)
        elif known.holder in await tx.alive() - {self._store.name}:
            return None
        return await tx.webhooks.put(known, holder=self._store.name)

    async def _follow(self, place: WebhookPlace) -> None:
        while not self._feed.stopped:
            bell = self._feed.bell()
            seen = place.seq
            try:
                rows = await self._store.read(
                    lambda tx, seen=seen: tx.journal.find(after=seen, limit=BATCH)  # type: ignore[misc]
                )
                place = await self._tell(place, rows)
                if not rows:
                    await bell
            except ConflictError:  # another process took it over while this one did not answer
                return
            except FaifoError as error:
                log.error("webhooks wait: %s", error)
                await asyncio.sleep(AFTER_STORAGE_ERROR)
            finally:
                bell.cancel()

    async def _tell(self, place: WebhookPlace, rows: Rows) -> WebhookPlace:
        # Numbers have no gaps but what `[retention]` left: its days hold for whoever is silent.
        gone = rows[-1][0] - place.seq - len(rows) if rows else 0
        if gone:
            log.error("webhook %s: %d rows were removed before it heard", shown(place.url), gone)
        for seq, entry in rows:
            if wanted(entry, self._settings):
                place = await self._deliver(place, seq, entry)
                place = await self._keep(place, seq=seq, why="", since=None)
        if rows and rows[-1][0] > place.seq:
            place = await self._keep(place, seq=rows[-1][0])
        return place

    async def _keep(self, place: WebhookPlace, **changes: Any) -> WebhookPlace:
        return await self._store.run(lambda tx: tx.webhooks.put(place, **changes))

    async def _deliver(self, place: WebhookPlace, seq: int, entry: JournalEntry) -> WebhookPlace:
        """Post until it is taken, or its time is over; return the place with what was in the way.

        Raises:
            FaifoError: the place cannot be kept.
        """
        name, body, who = f"faifo_{seq}", self._write(seq, entry), shown(place.url)
        give_up = clock.monotonic() + 3600 * self._settings.retry_hours
        pause = FIRST_PAUSE
        while True:
            why = await self._post(place.url, name, body)
            if not why:
                return place
            if clock.monotonic() + pause.total_seconds() >= give_up:
                log.error("webhook %s: event %d (%s) is given up: %s", who, seq, entry.event, why)
                return place
            if why[:WHY_CHARACTERS] != place.why:
                since = place.since or clock.now()
                place = await self._keep(place, why=why[:WHY_CHARACTERS], since=since)
            log.warning("webhook %s: event %d (%s) waits: %s", who, seq, entry.event, why)
            await asyncio.sleep(pause.total_seconds())
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _post(self, url: str, name: str, body: bytes) -> str:
        """Post once; return why it was not taken, or nothing."""
        headers = signed(self._key, name, body, clock.now())
        try:
            answer = await self._poster.post(
                url, body, who=shown(url), headers=headers, limit=ANSWER_BYTES
            )
        except FaifoError as error:
            return str(error)
        return "" if 200 <= answer.status < 300 else f"it answered {answer.status}"


def wanted(entry: JournalEntry, settings: WebhookSettings) -> bool:
    """Tell whether the addresses hear of `entry`; an exercise alarms nobody who acts on alarms."""
    if entry.detail.get("exercise"):
        return False
    return any(fnmatchcase(entry.event, pattern) for pattern in settings.events)
