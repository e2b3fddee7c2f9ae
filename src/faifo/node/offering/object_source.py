"""Publishing an object of a store: hashed where it lies, no copy kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import PurePosixPath

from faifo.dataplane.objects import chunks, look, open_store, split
from faifo.dataplane.openfile import NotServableError
from faifo.errors import SettingsError
from faifo.node.custody.private_files import Looker, named_so
from faifo.node.offering.publishing import private
from faifo.phrases import Phrase
from faifo.store.records import SourceKind, StoredSource


async def object_source(
    location: str, *, credentials: str | None, options: Mapping[str, str]
) -> StoredSource:
    """Hash the object at `location`, such as `s3://bucket/key`, and return it as a source.

    `options` are those of the store's client, from the file `credentials`.

    Raises:
        SettingsError: no such object, no entity tag by which it is known again, a store that does
            not answer or options that are not its own, or what must never leave a node.
    """
    place, key = split(location)
    if named_so(PurePosixPath(key)):
        raise private(location, None)
    store = open_store(place, options)
    digest, looker, size = hashlib.sha256(), Looker(), 0
    try:
        tag, expected = await look(store, key)
        if not tag:
            raise SettingsError(
                what=Phrase("errors.told.object.tagless", location=location),
                expected=Phrase("errors.told.object.tag"),
            )
        async with aclosing(chunks(store, key, tag)) as coming:
            async for chunk in coming:
                digest.update(chunk)
                size += len(chunk)
                if looker.holds_private(chunk):
                    raise private(location, None)
    except NotServableError as error:
        raise SettingsError(
            what=Phrase("errors.told.object.unreadable", location=location, why=error.detail),
            expected=Phrase("errors.told.object.readable"),
        ) from None
    if size != expected:
        raise SettingsError(
            what=Phrase("errors.told.publish.changed", path=location),
            expected=Phrase("errors.told.publish.again"),
        )
    return StoredSource(
        kind=SourceKind.OBJECT,
        location=location,
        digest=digest.hexdigest(),
        size=size,
        tag=tag,
        credentials=credentials,
    )
