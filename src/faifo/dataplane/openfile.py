"""Published files on disk, opened so that what is read is what was published.

What may wait for a disk or a network, or takes long, runs in a small pool of threads. What the
system has in its memory is read at once: it tells so of file systems of this machine alone
(`RWF_NOWAIT` of preadv(2)). Of those, descriptors are kept for a while, and serve as long as their
path leads to the same content.

A descriptor is closed only after the read that uses it has ended, also when the request was
cancelled, so a reused number is never read.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import stat
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from faifo import clock
from faifo.bounded import Bounded
from faifo.dataplane.gate import StatSignature
from faifo.errors import Fact
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable

    from faifo.dataplane.gate import File

T = TypeVar("T")

CHUNK = 512 * 1024
_CACHED_FILES = 4096
# A file touched this recently can change again without its times showing it.
_SETTLED_S = 2.0
# What the system reads ahead, and mostly forgets, at once; one byte of it is looked at.
_WINDOW = 128 * 1024
_NOWAIT = getattr(os, "RWF_NOWAIT", 0)
_KEPT_FILES = 64
_KEPT_S = 10.0


class NotServableError(Exception):
    """The file is not what was published. `code` is stable, `detail` names no path."""

    def __init__(self, status: int, code: str, detail: Fact) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail


def changed() -> NotServableError:
    """Return the refusal of a file whose content is not the published one."""
    detail = Phrase("errors.told.data.changed")
    return NotServableError(409, "changed-since-publication", detail)


class OpenFile:
    """An open regular file whose content had the published digest at `signature`."""

    def __init__(self, descriptor: int, signature: StatSignature, pool: ThreadPoolExecutor) -> None:
        self._descriptor = descriptor
        self._to = -1
        self._pool = pool
        self._last: tuple[int, bytes] | None = None
        self._pending: Future[object] | None = None
        self.signature = signature

    async def read(self, start: int, length: int) -> bytes:
        """Return `length` bytes from `start`; fewer only if the file became shorter."""
        job = partial(_read, self._descriptor, start, length)
        return job() if self._at_hand(start, length) else await self._run(job)

    async def read_last(self, start: int, length: int) -> bytes:
        """Return the last bytes of an answer.

        Raises:
            NotServableError: the file changed since it was opened.
        """
        if self._last is not None and (start, length) == (self._last[0], len(self._last[1])):
            return self._last[1]
        job = partial(self._read_last, start, length)
        return job() if self._at_hand(start, length) else await self._run(job)

    def _read_last(self, start: int, length: int) -> bytes:
        chunk = _read(self._descriptor, start, length)
        if len(chunk) != length or StatSignature.of(os.fstat(self._descriptor)) != self.signature:
            raise changed()
        return chunk

    async def send(self, to: int, start: int, length: int, *, last: int) -> int:
        """Send bytes from `start` on to a socket, as many as it takes now; return how many.

        `to` is a descriptor of its own of that socket, which is closed with the file. When all
        are out, what `read_last` gives of the `last` bytes behind them is read at once.

        Raises:
            NotServableError: the file became shorter.
            OSError: the other side has gone.
        """
        self._to = to

        def job() -> int:
            sent = _send(to, self._descriptor, start, length)
            if sent == length:
                # What went out is to be counted first; `read_last` looks again, and tells.
                with contextlib.suppress(NotServableError):
                    self._last = start + length, self._read_last(start + length, last)
            return sent

        return await self._run(job)

    def _at_hand(self, start: int, length: int) -> bool:
        """Tell whether bytes can be had without waiting, as far as looks at some of them tell."""
        places = (*range(start, start + length, _WINDOW), start + length - 1)
        return all(_in_memory(self._descriptor, at) for at in places)

    async def digest(self, start: int, stop: int) -> bytes:
        """Return the SHA-256 of the bytes `[start, stop)`."""
        return await self._run(lambda: _digest(self._descriptor, start, stop))

    async def _run(self, job: Callable[[], T]) -> T:
        future = self._pool.submit(job)
        self._pending = future  # type: ignore[assignment] # only waited for, never read
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        if self._pending is None or self._pending.done():
            self._close()
        else:
            self._pending.add_done_callback(lambda _: self._close())

    def _close(self) -> None:
        os.close(self._descriptor)
        if self._to >= 0:
            os.close(self._to)


class Files:
    """Opens published files and remembers which contents it has hashed."""

    def __init__(self, *, threads: int = 4) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="faifo-files")
        self._known = Bounded[tuple[str, StatSignature], bytes](_CACHED_FILES)
        self._hashing: dict[tuple[str, StatSignature], asyncio.Task[bytes]] = {}
        self._kept: dict[str, tuple[int, StatSignature]] = {}
        self._letting_go: asyncio.TimerHandle | None = None

    async def open(self, file: File) -> OpenFile:
        """Return the published file, open.

        Raises:
            NotServableError: it is gone, unreadable, no regular file, or has other content.
        """
        descriptor, signature = self._again(file.path) or await self._anew(file.path)
        opened = OpenFile(descriptor, signature, self._pool)
        try:
            await self._check(file, signature)
        except BaseException:
            opened.close()
            raise
        return opened

    def _again(self, path: str) -> tuple[int, StatSignature] | None:
        """Return a descriptor that was kept, if `path` still leads to what it had."""
        kept = self._kept.get(path)
        if kept is None:
            return None
        try:
            found = StatSignature.of(os.lstat(path))
            return (os.dup(kept[0]), found) if found == kept[1] else None
        except OSError:
            return None

    async def _anew(self, path: str) -> tuple[int, StatSignature]:
        submitted = self._pool.submit(_open, path)
        try:
            descriptor, signature, local = await asyncio.wrap_future(submitted)
        except asyncio.CancelledError:
            submitted.add_done_callback(_close_orphan)
            raise
        if local:
            with contextlib.suppress(OSError):  # there are no more descriptors
                self._keep(path, descriptor, signature)
        return descriptor, signature

    def _keep(self, path: str, descriptor: int, signature: StatSignature) -> None:
        if len(self._kept) >= _KEPT_FILES:
            self._let_go()
        if path in self._kept:
            os.close(self._kept.pop(path)[0])
        self._kept[path] = os.dup(descriptor), signature
        if self._letting_go is None:
            loop = asyncio.get_running_loop()
            self._letting_go = loop.call_later(_KEPT_S, self._let_go)

    def _let_go(self) -> None:
        """Close what is kept: it holds room of files that others have deleted."""
        if self._letting_go is not None:
            self._letting_go.cancel()
            self._letting_go = None
        for descriptor, _ in self._kept.values():
            os.close(descriptor)
        self._kept.clear()

    async def _check(self, file: File, signature: StatSignature) -> None:
        if signature.size != file.size:
            raise changed()
        if signature != file.stat and await self._digest(file, signature) != file.digest:
            raise changed()

    async def _digest(self, file: File, signature: StatSignature) -> bytes:
        key = (file.path, signature)
        known = self._known.get(key)
        if known is not None:
            self._known[key] = known  # it was used: it is the newest
            return known
        task = self._hashing.get(key)
        if task is None:
            task = asyncio.ensure_future(self._hash(key))
            self._hashing[key] = task
            task.add_done_callback(lambda _: self._hashing.pop(key, None))
        # Others may wait for the same hash; one that leaves must not take it away from them.
        return await asyncio.shield(task)

    async def _hash(self, key: tuple[str, StatSignature]) -> bytes:
        path, signature = key
        digest, settled = await asyncio.wrap_future(self._pool.submit(_hash_path, path, signature))
        if settled:
            self._known[key] = digest
        return digest

    def close(self) -> None:
        """End the threads once their current reads are done."""
        self._let_go()
        self._pool.shutdown(wait=False, cancel_futures=True)


def _open(path: str) -> tuple[int, StatSignature, bool]:
    """Return a descriptor, what is to be known by, and whether the system tells what it has."""
    try:
        # O_NONBLOCK so that a FIFO that took the file's place cannot hold the thread.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        raise NotServableError(410, "file-gone", Phrase("errors.told.data.file-gone")) from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise NotServableError(410, "file-gone", Phrase("errors.told.data.not-regular"))
    return descriptor, StatSignature.of(status), _in_memory(descriptor, 0)


def _in_memory(descriptor: int, at: int) -> bool:
    """Tell whether a byte can be read without waiting; at the end of a file there is none."""
    if not _NOWAIT:
        return False
    try:
        os.preadv(descriptor, (bytearray(1),), at, _NOWAIT)
    except OSError:
        return False
    return True


def _close_orphan(future: Future[tuple[int, StatSignature, bool]]) -> None:
    if not future.cancelled() and future.exception() is None:
        os.close(future.result()[0])


def _read(descriptor: int, start: int, length: int) -> bytes:
    chunk = os.pread(descriptor, length, start)
    while len(chunk) < length:
        more = os.pread(descriptor, length - len(chunk), start + len(chunk))
        if not more:
            break
        chunk += more
    return chunk


def _send(to: int, descriptor: int, start: int, length: int) -> int:
    sent = 0
    while sent < length:
        try:
            now = os.sendfile(to, descriptor, start + sent, length - sent)
        except OSError as error:
            # What went out before the connection ended is counted; the next call says that it did.
            if sent or isinstance(error, BlockingIOError):
                break
            raise
        if not now:
            raise changed()
        sent += now
    return sent


def _digest(descriptor: int, start: int, stop: int) -> bytes:
    hasher = hashlib.sha256()
    while start < stop:
        chunk = os.pread(descriptor, min(CHUNK, stop - start), start)
        if not chunk:
            raise changed()
        hasher.update(chunk)
        start += len(chunk)
    return hasher.digest()


def _hash_path(path: str, signature: StatSignature) -> tuple[bytes, bool]:
    """Return the digest of the content at `signature`, and whether it may be remembered."""
    descriptor, opened, _ = _open(path)
    try:
        digest = _digest(descriptor, 0, opened.size)
        after = StatSignature.of(os.fstat(descriptor))
    finally:
        os.close(descriptor)
    if not opened == after == signature:
        raise changed()
    age = clock.now().timestamp() - max(after.mtime_ns, after.ctime_ns) / 1e9
    return digest, age > _SETTLED_S
