"""Objects in stores that others run (S3 and what speaks like it, Google's): no copy here.

What is read is what was published: each request names the entity tag that the object had then
(RFC 9110 §13.1.1), so a store answers of another content with a refusal, never with half of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from faifo.bounded import Bounded
from faifo.dataplane.locations import is_served
from faifo.dataplane.openfile import NotServableError, changed
from faifo.dataplane.served_files import Server
from faifo.errors import SettingsError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from obstore import GetOptions

    from faifo.dataplane.gate import StoredObject

log = logging.getLogger("faifo.dataplane")

CHUNK: Final = 512 * 1024
_STORES: Final = 64
_IDLE_S: Final = 30.0
_CLIENT: Final = {"connect_timeout": timedelta(seconds=10), "timeout": timedelta(hours=6)}
_RETRIES: Final = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}


def split(location: str) -> tuple[str, str]:
    """Return the store and the key in it.

    Raises:
        SettingsError: `location` does not name both.
    """
    scheme, _, rest = location.partition("://")
    bucket, _, key = rest.partition("/")
    if not bucket or not key or key.endswith("/") or "@" in bucket:
        raise SettingsError(
            what=Phrase("errors.told.object.no-key", location=location),
            expected=Phrase("errors.told.object.key"),
        )
    return f"{scheme}://{bucket}", key


def open_store(place: str, options: Mapping[str, str]) -> Any:
    """Return a client of the store `place`; without options it asks as nobody, for open data.

    Raises:
        SettingsError: obstore is not installed, or an option is not one of this store's.
    """
    if is_served(place):
        return Server(place, options)
    try:
        from obstore.exceptions import BaseError
        from obstore.store import from_url
    except ImportError:
        raise SettingsError(
            what=Phrase("errors.told.object.missing"),
            expected=Phrase("errors.told.object.install"),
        ) from None
    plain = any(value.startswith("http://") for value in options.values())
    config: Any = dict(options) or {"skip_signature": "true"}
    client: Any = {**_CLIENT, "allow_http": plain}
    retries: Any = _RETRIES
    try:
        return from_url(place, config=config, client_options=client, retry_config=retries)
    except (BaseError, ValueError, TypeError):
        raise SettingsError(
            what=Phrase("errors.told.object.options", place=place),
            expected=Phrase("errors.told.object.named"),
        ) from None


@contextmanager
def _judged() -> Iterator[None]:
    """Raise what a store's client raises as a `NotServableError`.

    Nothing that the store said stands in it: a store's words can quote an address that is signed.
    """
    from obstore.exceptions import BaseError, PreconditionError

    try:
        yield
    except FileNotFoundError:
        detail = Phrase("errors.told.data.file-gone")
        raise NotServableError(410, "file-gone", detail) from None
    except PreconditionError:
        raise changed() from None
    except TimeoutError:
        detail = Phrase("errors.told.data.backend-late")
        raise NotServableError(504, "backend-timeout", detail) from None
    except (BaseError, OSError) as error:
        log.warning("an object store did not answer as it should: %s", type(error).__name__)
        detail = Phrase("errors.told.data.backend-unusable")
        raise NotServableError(502, "backend-broken", detail) from None


async def chunks(
    store: Any, key: str, tag: str, start: int = 0, stop: int | None = None
) -> AsyncGenerator[bytes]:
    """Yield the bytes `[start, stop)` of what has this tag, all where `stop` is None.

    Raises:
        NotServableError: it is gone, is another one, or does not come.
    """
    if isinstance(store, Server):
        async with aclosing(store.chunks(key, tag, start, stop)) as parts:
            async for part in parts:
                yield part
        return
    import obstore

    options: GetOptions = {"if_match": tag}
    if stop is not None:
        options["range"] = (start, stop)
    with _judged():
        async with asyncio.timeout(_IDLE_S):
            answer = await obstore.get_async(store, key, options=options)
        coming = answer.stream(min_chunk_size=CHUNK)
        while True:
            async with asyncio.timeout(_IDLE_S):
                chunk = await anext(coming, None)
            if chunk is None:
                return
            yield bytes(chunk)


async def look(store: Any, key: str) -> tuple[str | None, int]:
    """Return an object's entity tag, if it has one, and its size.

    Raises:
        NotServableError: it is not there, or its store does not answer.
    """
    if isinstance(store, Server):
        return await store.look(key)
    import obstore

    with _judged():
        async with asyncio.timeout(_IDLE_S):
            found = await obstore.head_async(store, key)
    return found["e_tag"], found["size"]


class Objects:
    """Reads published objects; keeps the stores' connections."""

    def __init__(self) -> None:
        self._stores = Bounded[tuple[str, tuple[tuple[str, str], ...]], Any](_STORES)

    def read(self, source: StoredObject, start: int, stop: int) -> AsyncGenerator[bytes]:
        """Yield the bytes `[start, stop)` of what was published; raises as `chunks` does."""
        some = None if (start, stop) == (0, source.size) else stop
        return chunks(self._store(source), source.key, source.tag, start, some)

    async def check(self, source: StoredObject) -> None:
        """See that it is still what was published; raises as `chunks` does."""
        if await look(self._store(source), source.key) != (source.tag, source.size):
            raise changed()

    def _store(self, source: StoredObject) -> Any:
        name = source.store, tuple(sorted(source.options.items()))
        store = self._stores.get(name)
        if store is None:
            self._stores[name] = store = open_store(source.store, source.options)
        return store
