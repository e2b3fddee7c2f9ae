"""What a dataset is read from, as the data plane takes it; and the credentials for that."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from faifo.dataplane.gate import File, HttpApi, Query, Source, StatSignature, StoredObject
from faifo.dataplane.objects import split
from faifo.errors import SettingsError
from faifo.node.offering.inbox import INBOX
from faifo.node.offering.uploads import UPLOADS
from faifo.node.settings.model import DataSettings
from faifo.phrases import Phrase
from faifo.store.records import Dataset, SourceKind, StoredSource

# RFC 9110 §5.1 and §5.5: a field name is a token, a value has no control characters.
_FIELD = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:([^\x00-\x08\x0a-\x1f\x7f]*)")


def source_of(dataset: Dataset, folder: Path, limits: DataSettings) -> Source:
    """Return where the bytes of `dataset` are; credentials are read from the node's `folder`.

    Raises:
        SettingsError: as `read_credentials`.
    """
    stored = dataset.source
    if stored.kind is SourceKind.FILE:
        return _file(stored, dataset.media_type)
    needed = read_credentials(folder, stored.credentials)
    if stored.kind is SourceKind.OBJECT:
        return _object(stored, dataset.media_type, needed)
    if stored.kind is SourceKind.QUERY:
        return Query(
            sql=stored.location,
            media_type=dataset.media_type,
            options=needed,
            max_response_bytes=limits.response_bytes,
        )
    return HttpApi(
        base_url=stored.location,
        headers=needed,
        passed=frozenset(name.encode("ascii") for name in stored.passed),
        idle_timeout=timedelta(seconds=limits.idle_seconds),
        total_timeout=timedelta(seconds=limits.total_seconds),
        max_request_bytes=limits.request_bytes,
        max_response_bytes=limits.response_bytes,
    )


def read_credentials(folder: Path, name: str | None) -> dict[str, str]:
    """Return the headers in a credentials file: one `Name: value` a line.

    `name` is a file that the owner put into the node's directory; it is shown to a backend, so
    nothing but such lines is read from it.

    Raises:
        SettingsError: it cannot be read, or is somewhere else; what stands in it is never told.
    """
    if name is None:
        return {}
    path = folder / name
    try:
        inside = path.resolve().relative_to(folder.resolve()).parts
    except (OSError, ValueError):
        inside = ()
    try:
        # What came in by the API or from partners says nothing of where this node may go.
        if not inside or inside[0] in {UPLOADS, INBOX}:
            raise SettingsError(
                what=Phrase("errors.told.publish.not-inside", name=name),
                expected=Phrase("errors.told.publish.in", folder=str(folder)),
            )
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        lines = [""]
    fields = [_FIELD.fullmatch(line) for line in lines if line.strip()]
    if not fields or None in fields:
        raise SettingsError(
            what=Phrase("errors.told.publish.no-headers", path=str(path)),
            expected=Phrase("errors.told.publish.line"),
        )
    return {field[1]: field[2].strip() for field in fields if field}


def _file(stored: StoredSource, media_type: str) -> File:
    return File(
        path=stored.location,
        digest=bytes.fromhex(stored.digest or ""),
        size=stored.size or 0,
        media_type=media_type,
        stat=StatSignature(*stored.signature) if stored.signature else None,
    )


def _object(stored: StoredSource, media_type: str, options: dict[str, str]) -> StoredObject:
    store, key = split(stored.location)
    return StoredObject(
        store=store,
        key=key,
        tag=stored.tag or "",
        digest=bytes.fromhex(stored.digest or ""),
        size=stored.size or 0,
        media_type=media_type,
        options=options,
    )
