"""Publish many: what is there already stays, what fails does not stop the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from faifo.errors import FaifoError, NotProvenError, UnreachableError
from faifo.phrases import say

if TYPE_CHECKING:
    from faifo.api.datasets import Publication
    from faifo.client import Client


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
    """Publish each; `show` is told how far it is.

    Raises:
        UnreachableError, NotProvenError: the node is gone, or does not let us in.
    """
    there_before = {
        dataset.id async for dataset in client.datasets(limit="1000") if not dataset.withdrawn
    }
    published, there, failures = [], [], []
    for number, publication in enumerate(publications, 1):
        show(f"{number} / {len(publications)}  {publication.id or publication.location}")
        if publication.id in there_before and not publication.replace:
            there.append(publication.id)
            continue
        try:
            published.append((await client.publish(publication)).id)
        except (UnreachableError, NotProvenError):
            raise
        except FaifoError as error:
            failures.append(
                Failure(
                    location=publication.location,
                    id=publication.id,
                    code=error.code,
                    detail=error.sentence(lang),
                )
            )
    return Done(published=tuple(published), there=tuple(there), failures=tuple(failures))
