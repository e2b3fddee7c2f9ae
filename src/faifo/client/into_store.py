"""What is received goes to an object of a store: there whole and proven, or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from faifo.dataplane.objects import look, open_store, split
from faifo.dataplane.openfile import NotServableError
from faifo.errors import ConflictError, StorageError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from faifo.client.download import Take

PART: Final = 8 * 1024 * 1024
HOUR: Final = timedelta(hours=1)


def writable(location: str, options: Mapping[str, str]) -> str:
    """Return an address to which whoever has it can put the object, for an hour.

    Raises:
        SettingsError: as `into_store`.
    """
    import obstore

    store, key = _opened(location, options)
    return obstore.sign(store, "PUT", key, HOUR)


def _opened(location: str, options: Mapping[str, str]) -> tuple[Any, str]:
    place, key = split(location)
    return open_store(place, options), key


def into_store(location: str, options: Mapping[str, str], *, overwrite: bool) -> Take:
    """Return what writes to the object at `location`; `options` are those of the store's client.

    The store shows the object only when all of it has come; an error on the way takes it back.

    Raises:
        SettingsError: no such place, or options that are not the store's.
    """
    store, key = _opened(location, options)

    async def take(coming: AsyncIterator[bytes]) -> None:
        import obstore
        from obstore.exceptions import BaseError

        if not overwrite:
            try:
                await look(store, key)
            except NotServableError as error:
                if error.code != "file-gone":
                    raise StorageError(what=error.detail) from None
            else:
                raise ConflictError(
                    what=Phrase("errors.told.file.there", target=location),
                    advice=Phrase("errors.told.file.another-or-over"),
                )
        try:
            await obstore.put_async(store, key, coming, chunk_size=PART)
        except BaseError:
            raise StorageError(
                what=Phrase("errors.told.object.unwritten", place=split(location)[0])
            ) from None

    return take
