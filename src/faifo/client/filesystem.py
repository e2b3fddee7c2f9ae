"""`faifo://provider/dataset/path`: a partner's data as files, for pandas, Polars, DuckDB and Dask.

Opening a file is the whole of it: the offer, the agreement, the transfer, the token. Agreements
and transfers are used again while they last; ranges are asked for as ranges and each is checked
against its digest; a file that is read in order to its end is checked against the digest of the
whole. Errors are OSErrors with the sentences of the command line.

- provider: a name of the trust file; a host, with its port if it has one (what holds `:` or `.`);
  or a DID, as it is or percent-encoded.
- dataset: its id, percent-encoded.
- path: what follows an HTTP API's address; a file has none.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import hashlib
import io
import os
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from fsspec.spec import (  # type: ignore[import-untyped]
    AbstractBufferedFile,
    AbstractFileSystem,
)

from faifo.client import background
from faifo.client.client import PATIENCE
from faifo.client.finding import Found, find_node, read_key
from faifo.client.reading import Facts, Place, Reader, check_sha256
from faifo.errors import (
    FaifoError,
    NotFoundError,
    NotProvenError,
    RefusedError,
    SettingsError,
    UnreachableError,
)
from faifo.phrases import Phrase

R = TypeVar("R")

PROTOCOL = "faifo"
AT_ONCE = 8
CLOSING_SECONDS = 5.0

# The more particular first: what a Python program expects to catch, for each kind of error.
_AS_OS: tuple[tuple[type[FaifoError], type[OSError]], ...] = (
    (NotFoundError, FileNotFoundError),
    (RefusedError, PermissionError),
    (UnreachableError, ConnectionError),
)


class FaifoFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """Partners' data, read-only, through one node.

    Options, each with its environment variable: `directory` (FAIFO_DIR), or `url` (FAIFO_URL) with
    `key_file` (FAIFO_KEY_FILE) or `key`; `purpose` (FAIFO_PURPOSE); `patience` in seconds;
    `block_size` in bytes: at least so much is asked for at once.
    """

    protocol = PROTOCOL
    root_marker = ""

    def __init__(
        self,
        directory: str | os.PathLike[str] | None = None,
        *,
        url: str | None = None,
        key: str | None = None,
        key_file: str | os.PathLike[str] | None = None,
        purpose: str | None = None,
        patience: float = PATIENCE,
        block_size: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._directory = directory
        self._url, self._key, self._key_file = url, key, key_file
        self._purpose = purpose
        self._patience = patience
        self._block_size = block_size
        self._readers: dict[tuple[int, str | None], Reader] = {}
        atexit.register(self._at_exit, os.getpid())

    # ── names ────────────────────────────────────────────────────────────────────────────────

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, list):
            return [cls._strip_protocol(one) for one in path]
        return os.fspath(path).removeprefix(f"{PROTOCOL}://").strip("/")

    def _place(self, path: str) -> Place:
        provider, _, rest = self._strip_protocol(path).partition("/")
        dataset, _, below = rest.partition("/")
        if not dataset:
            raise IsADirectoryError(f"{path} names no dataset; expected faifo://provider/dataset")
        return Place(node=node_in(provider), dataset=unquote(dataset), path=below)

    # ── what is there ────────────────────────────────────────────────────────────────────────

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        """List the datasets that a provider shows to this node, by name."""
        stripped = self._strip_protocol(path)
        if not stripped:
            raise PermissionError("faifo:// itself has no list; expected faifo://provider")
        if "/" in stripped:
            entries = [self.info(stripped)]
        else:
            catalog = self._run(lambda reader: reader.catalog(node_in(stripped)))
            entries = [
                {
                    "name": f"{stripped}/{quote(one.id, safe='')}",
                    "type": "file",
                    "size": one.size,
                    "title": one.title,
                    "sha256": one.sha256,
                    "media_type": one.media_type,
                }
                for one in sorted(catalog.datasets, key=lambda one: one.id)
            ]
        return entries if detail else [entry["name"] for entry in entries]

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Return what the provider says of the data; this negotiates.

        Of a provider alone its catalog is read: a name that nobody has is an error here.
        """
        stripped = self._strip_protocol(path)
        if "/" not in stripped:
            if stripped:
                self.ls(stripped)
            return {"name": stripped, "type": "directory", "size": 0}
        facts = self._facts(stripped)
        return {
            "name": stripped,
            "type": "file",
            "size": facts.size,
            "ETag": facts.etag,
            "sha256": facts.sha256.hex() if facts.sha256 else None,
            "media_type": facts.media_type,
        }

    def exists(self, path: str, **_: Any) -> bool:
        """Tell whether there is such a thing. A refusal is an error here, and not a no."""
        try:
            self.info(path)
        except FileNotFoundError:
            return False
        return True

    def ukey(self, path: str) -> str:
        facts = self._facts(path)
        return facts.etag or f"{path} {facts.size}"

    def modified(self, path: str) -> datetime:
        """Return when the data last changed; the epoch where the provider does not say.

        Readers that ask are those that keep parts; they are safe, since a part of other data than
        those that were opened is an error anyway.
        """
        return self._facts(path).modified or datetime.fromtimestamp(0, UTC)

    def _facts(self, path: str) -> Facts:
        place = self._place(path)
        return self._run(lambda reader: reader.facts(place))

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    def _open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | str | None = None,
        cache_options: dict[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        if mode != "rb":
            raise PermissionError(f"{path} cannot be opened with {mode!r}: it is a partner's")
        facts = self._facts(path)
        if facts.size is None:
            return io.BytesIO(self.cat_file(path))
        options.pop("autocommit", None)
        return FaifoFile(
            self,
            path,
            facts,
            block_size=block_size or self._block_size,
            cache_options=cache_options,
            **options,
        )

    def cat_file(
        self, path: str, start: int | None = None, end: int | None = None, **_: Any
    ) -> bytes:
        place = self._place(path)
        if not start and end is None:
            return self._run(lambda reader: reader.whole(place))
        return self._run(lambda reader: _slice(reader, place, start, end))

    def cat_ranges(
        self,
        paths: list[str],
        starts: int | Sequence[int | None] | None,
        ends: int | Sequence[int | None] | None,
        max_gap: int | None = None,  # noqa: ARG002 - each range is its own request
        on_error: str = "return",
        **_: Any,
    ) -> list[bytes | Exception]:
        """Return many ranges, up to eight at once."""
        count = len(paths)
        firsts = [starts] * count if not isinstance(starts, Sequence) else list(starts)
        lasts = [ends] * count if not isinstance(ends, Sequence) else list(ends)
        if not len(firsts) == len(lasts) == count:
            raise ValueError("there must be as many starts and ends as paths")
        places = [self._place(path) for path in paths]

        async def every(reader: Reader) -> list[bytes | BaseException]:
            gate = asyncio.Semaphore(AT_ONCE)

            async def one(place: Place, start: int | None, end: int | None) -> bytes:
                async with gate:
                    return await _slice(reader, place, start, end)

            parts = map(one, places, firsts, lasts)
            return await asyncio.gather(*parts, return_exceptions=True)

        found: list[bytes | Exception] = []
        for part in self._run(every):
            if isinstance(part, bytes):
                found.append(part)
                continue
            error = as_os_error(part) if isinstance(part, FaifoError) else part
            if on_error == "raise" or not isinstance(error, Exception):
                raise error
            found.append(error)
        return found

    def close(self) -> None:
        """Say that the transfers which were begun here are done."""
        # Those of a parent process are the parent's to close.
        ours = [key for key in self._readers if key[0] == os.getpid()]
        for reader in [self._readers.pop(key) for key in ours]:
            background.run(asyncio.wait_for(reader.close(), CLOSING_SECONDS))

    # ── the way there ────────────────────────────────────────────────────────────────────────

    def _run(self, work: Callable[[Reader], Coroutine[Any, Any, R]]) -> R:
        purpose = self._purpose or os.environ.get("FAIFO_PURPOSE") or None
        key = (os.getpid(), purpose)  # connections do not survive a fork
        reader = self._readers.get(key)
        if reader is None:
            reader = Reader(self._find, purpose=purpose, patience=self._patience)
            reader = self._readers.setdefault(key, reader)
        try:
            return background.run(work(reader))
        except FaifoError as error:
            raise as_os_error(error) from error

    def _find(self) -> Found:
        url = self._url or (os.environ.get("FAIFO_URL") if not self._directory else None)
        if url is None:
            return find_node(Path(self._directory) if self._directory else None)
        if self._key is not None:
            return Found(url, self._key)
        key_file = self._key_file or os.environ.get("FAIFO_KEY_FILE")
        if key_file is None:
            raise SettingsError(
                what=Phrase("errors.told.node.keyless", url=url),
                expected=Phrase("errors.told.node.key"),
            )
        return Found(url, read_key(Path(key_file)))

    def _at_exit(self, process: int) -> None:
        if process == os.getpid():
            with contextlib.suppress(Exception):
                self.close()


class FaifoFile(AbstractBufferedFile):  # type: ignore[misc]
    """One file, for reading at any place; checked as a whole when it is read in order."""

    def __init__(
        self,
        fs: FaifoFileSystem,
        path: str,
        facts: Facts,
        *,
        block_size: int | str | None = None,
        cache_options: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        self._facts = facts
        self._source = fs._place(path)  # noqa: SLF001 - one of a pair
        self._seen = 0
        self._digest = hashlib.sha256()
        super().__init__(
            fs,
            path,
            mode="rb",
            block_size=block_size or "default",
            cache_options=cache_options,
            size=facts.size,
            **options,
        )

    def _fetch_range(self, start: int, end: int) -> bytes:
        end = min(end, self._facts.size or 0)
        if start >= end:
            return b""
        content: bytes = self.fs._run(  # noqa: SLF001 - one of a pair
            lambda reader: reader.part(self._source, start, end, etag=self._facts.etag)
        )
        self._check(start, content)
        return content

    def _check(self, start: int, content: bytes) -> None:
        """Go on with the digest where `content` goes on with what was read in order."""
        if start <= self._seen < start + len(content):
            self._digest.update(content[self._seen - start :])
            self._seen = start + len(content)
            if self._seen == self._facts.size:
                try:
                    check_sha256(self._facts.sha256, self._digest.digest())
                except NotProvenError as error:
                    raise as_os_error(error) from error


def node_in(provider: str) -> str:
    """Return what the first part of a path names: a DID, a URL, or a name of the trust file."""
    if provider.startswith("did:"):
        return provider
    if provider.lower().startswith("did%3a"):
        return unquote(provider)
    if ":" in provider or "." in provider:
        return f"https://{provider}"
    return unquote(provider)


def as_os_error(error: FaifoError) -> OSError:
    """Return `error` as what programs catch, with the same sentence."""
    kind: type[OSError] = OSError
    if isinstance(error, NotProvenError):
        # Our own check of a digest is about the data; all others are about who may have them.
        ours = getattr(error, "step", "") == "SHA-256"  # what a node told us has no steps
        kind = OSError if ours else PermissionError
    for family, theirs in _AS_OS:
        if isinstance(error, family):
            kind = theirs
    return kind(str(error))


async def _slice(reader: Reader, place: Place, start: int | None, end: int | None) -> bytes:
    """Return a part; like a slice, `start` and `end` may be None or count from the end."""
    facts = await reader.facts(place)
    if facts.size is None:
        return (await reader.whole(place))[slice(start, end)]
    first, last, _ = slice(start, end).indices(facts.size)
    if first >= last:
        return b""
    return await reader.part(place, first, last, etag=facts.etag)
