"""Publish many: what is there already stays, what fails does not stop the others."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import msgspec

from faifo.errors import BusyError, FaifoError, NotProvenError, UnreachableError
from faifo.phrases import say

if TYPE_CHECKING:
    from faifo.api.datasets import Publication
    from faifo.client import Client

AT_ONCE: Final = 16
LONGEST_PAUSE_S: Final = 60


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """What was not published, and why."""

    location: str
    id: str | None
    code: str
    detail: str

    def line(self) -> str:
        return f"{self.id or self.location}: {self.detail}"


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """How a manifest came out; ids, in its order."""

    published: tuple[str, ...]
    there: tuple[str, ...]
    failures: tuple[Failure, ...]


class NotAllPublishedError(FaifoError):
    """Some of many were not published; the others were."""

    code = "not-all-published"

    def __init__(self, done: Done) -> None:
        super().__init__()
        self.done = done

    def sentence(self, lang: str = "en") -> str:
        failed = len(self.done.failures)
        every = failed + len(self.done.published) + len(self.done.there)
        first = self.done.failures[0].line()
        return say("errors.not-all-published", lang, failed=failed, every=every, first=first)


async def publish_all(
    client: Client, publications: list[Publication], show: Callable[[str], None], lang: str
) -> Done:
    """Publish each, `AT_ONCE` at a time, so that their units share a COMMIT; in the order given.

    `show` is told how far it is. Who is told that too much comes in a second waits and goes on.

    Raises:
        UnreachableError, NotProvenError: the node is gone, or does not let us in.
    """
    there = {dataset.id async for dataset in client.datasets(limit="1000") if not dataset.withdrawn}
    told: list[str | Failure | None] = [None] * len(publications)
    left = iter(enumerate(publications))
    naming: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def worker() -> None:
        for place, one in left:
            show(f"{place + 1} / {len(publications)}  {one.id or one.location}")
            if one.id in there and not one.replace:
                continue
            # Of those whose ids are made of one title, the first has the shortest.
            async with naming[one.id or one.title or one.location.rpartition("/")[2]]:
                told[place] = await _publish(client, one, lang)

    workers = [asyncio.create_task(worker()) for _ in range(AT_ONCE)]
    try:
        await asyncio.gather(*workers)
    finally:
        for task in workers:
            task.cancel()
    return Done(
        published=tuple(one for one in told if isinstance(one, str)),
        there=tuple(
            one.id for one, what in zip(publications, told, strict=True) if what is None and one.id
        ),
        failures=tuple(one for one in told if isinstance(one, Failure)),
    )


async def _publish(client: Client, publication: Publication, lang: str) -> str | Failure:
    while True:
        try:
            return (await client.publish(publication)).id
        except (UnreachableError, NotProvenError):
            raise
        except BusyError as error:
            await asyncio.sleep(min(error.seconds, LONGEST_PAUSE_S))
        except FaifoError as error:
            return Failure(
                location=publication.location,
                id=publication.id,
                code=error.code,
                detail=error.sentence(lang),
            )
