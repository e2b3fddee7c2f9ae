"""From a dataset's name to a whole and proven file.

An agreement in force is used again. What has arrived is kept in FILE.part and gone on with; the
file gets its name only after its SHA-256 is the one that the provider promised, and the provider
learns of the completion only after that.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from faifo.api.catalog import OfferedDataset
from faifo.api.problems import RENEWABLE, problem_code
from faifo.api.processes import Negotiation, Process, Transfer
from faifo.client.beginning import agreement_of, started
from faifo.client.client import PATIENCE, Client
from faifo.client.digests import mismatch, promised
from faifo.client.filenames import from_disposition, safe_name
from faifo.client.partfile import PartFile, Remembered, check_folder, there
from faifo.client.transport import Answer, BrokenOffError
from faifo.errors import (
    ConflictError,
    FaifoError,
    NotFoundError,
    NotProvenError,
    PeerError,
    StorageError,
)
from faifo.phrases import Phrase

ATTEMPTS_WITHOUT_PROGRESS = 3

Progress = Callable[[int, int | None], None]
"""Takes the bytes that are here and, if known, how many there will be."""

Take = Callable[[AsyncIterator[bytes]], Awaitable[None]]
"""Takes what comes. If that raises, it is not what was promised, or broke off."""


class Downloaded(msgspec.Struct, frozen=True, kw_only=True):
    """What a download came to. `path` is None for a stream; `proven` tells of a digest."""

    path: Path | None
    size: int
    sha256: str
    proven: bool
    agreement: str
    transfer: str
    resumed_at: int = 0


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What to bring, and how long to wait for a decision.

    `kept` is told, after a failure, which file to go on with and how much of it is there. With
    `push` the provider pushes into this node's inbox first.
    """

    node: str
    dataset: str
    purpose: str | None = None
    offer: str | None = None
    accept_terms: tuple[str, ...] = ()
    push: bool = False
    patience: float = PATIENCE
    overwrite: bool = False
    watch: Callable[[Process], None] = lambda _: None
    progress: Progress = lambda _done, _total: None
    kept: Callable[[Path, int], None] = lambda _path, _size: None


def place(output: Path | str | None) -> tuple[Path | None, Path]:
    """Return the file, if `output` names one, and its folder."""
    if output is None:
        return None, Path.cwd()
    path = Path(output).absolute()
    if str(output).endswith("/") or path.is_dir():
        return None, path
    return path, path.parent


async def download(client: Client, wanted: Wanted, target: Path | None, folder: Path) -> Downloaded:
    """Bring a dataset to `target`, or into `folder` under the provider's name for it.

    Raises:
        RefusedError: the rules say no.
        NotProvenError: what came is not what was promised; it is put aside.
        StorageError: the disk is full or not to be written; what has arrived is kept.
        ConflictError: a file of the name is there, and `wanted` is not to overwrite it.
    """
    if target is None:
        check_folder(folder)
    else:
        PartFile(target).check()
        _look(target, wanted)
    session = await _begin(client, wanted)
    if target is None:
        target = folder / await session.name()
        try:
            _look(target, wanted)
        except ConflictError:
            await session.give_up(f"{target.name} is there already")
            raise
    part = PartFile(target, overwrite=wanted.overwrite)
    part.check()
    return await session.bring(part)


def _look(target: Path, wanted: Wanted) -> None:
    if target.exists() and not wanted.overwrite:
        raise there(target)


async def pushed(
    client: Client,
    wanted: Wanted,
    to: str,
    authorization: str | None = None,
    method: Literal["POST", "PUT"] = "POST",
) -> Transfer:
    """Have a dataset pushed to an address, and return the transfer, COMPLETED.

    Raises:
        RefusedError: the rules say no, or the address did not take it.
    """
    negotiation = await _negotiated(client, wanted)
    start = partial(
        client.push,
        to=to,
        authorization=authorization,
        method=method,
        patience=wanted.patience,
        watch=wanted.watch,
    )
    again = partial(_negotiated, client, wanted)
    return await started(agreement_of(negotiation), again, start)


async def stream(client: Client, wanted: Wanted, take: Take) -> Downloaded:
    """Hand a dataset's bytes to `take`; nothing is kept, so a break is the end.

    Raises:
        NotProvenError: what came is not what was promised; `take` gets it before the end comes.
    """
    session = await _begin(client, wanted)
    flow = _Flow()
    try:
        # Closed also where `take` breaks off: at the end of the loop it would be too late.
        async with contextlib.aclosing(flow.chunks(client, session)) as coming:
            await take(coming)
    except (FaifoError, OSError) as error:
        await session.give_up(str(error))
        raise
    await session.complete()
    return session.result(None, flow.size, flow.hash.digest(), flow.expected)


def written(sink: BinaryIO) -> Take:
    """Return what writes to `sink` as it comes."""

    async def take(coming: AsyncIterator[bytes]) -> None:
        async for chunk in coming:
            await asyncio.to_thread(_write, sink, chunk)

    return take


class _Flow:
    """The bytes of a dataset on their way, counted and hashed."""

    def __init__(self) -> None:
        self.hash = hashlib.sha256()
        self.size = 0
        self.expected: bytes | None = None

    async def chunks(self, client: Client, session: _Session) -> AsyncGenerator[bytes, None]:
        async with client.fetch(await session.transfer()) as answer:
            if answer.status != 200:
                raise await answer.problem(session.peer)
            total = answer.length
            async for chunk in answer.chunks():
                self.hash.update(chunk)
                self.size += len(chunk)
                yield chunk
                session.wanted.progress(self.size, total)
            self.expected = promised(answer.headers, whole=True)
        if self.expected is None and (offered := await session.offered()) and offered.sha256:
            self.expected = bytes.fromhex(offered.sha256)
        if why := mismatch(self.expected, self.hash.digest()):
            raise NotProvenError(step="SHA-256", reason=why)


def _write(sink: BinaryIO, chunk: bytes) -> None:
    try:
        sink.write(chunk)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StorageError(what=Phrase("errors.told.file.output", why=error.strerror)) from None


async def _begin(client: Client, wanted: Wanted) -> _Session:
    negotiation = await _negotiated(client, wanted)
    return _Session(client, wanted, negotiation)


async def _negotiated(client: Client, wanted: Wanted) -> Negotiation:
    return await client.negotiate(
        wanted.node,
        wanted.dataset,
        purpose=wanted.purpose,
        offer=wanted.offer,
        accept_terms=wanted.accept_terms,
        patience=wanted.patience,
        watch=wanted.watch,
    )


class _Session:
    """One download under one agreement; the transfer is begun when it is first needed."""

    def __init__(self, client: Client, wanted: Wanted, negotiation: Negotiation) -> None:
        self._client = client
        self.wanted = wanted
        self.agreement = agreement_of(negotiation)
        self.peer = negotiation.peer
        self._transfer: str | None = None
        self._offered: OfferedDataset | None = None
        self._asked = False
        self._etag: str | None = None

    async def transfer(self) -> str:
        if self._transfer is None:
            start = partial(
                self._client.push if self.wanted.push else self._client.start_transfer,
                patience=self.wanted.patience,
                watch=self.wanted.watch,
            )
            again = partial(_negotiated, self._client, self.wanted)
            begun: Transfer = await started(self.agreement, again, start)
            self._transfer, self.agreement = begun.pid, begun.agreement or self.agreement
        return self._transfer

    async def offered(self) -> OfferedDataset | None:
        """Return what the provider's catalog says of the dataset, if it says anything."""
        if not self._asked:
            self._asked = True
            try:
                catalog = await self._client.catalog(self.wanted.node)
            except FaifoError:
                return None
            found = (one for one in catalog.datasets if one.id == self.wanted.dataset)
            self._offered = next(found, None)
        return self._offered

    async def name(self) -> str:
        """Return a safe file name: the provider's, else the dataset's title or id."""
        async with self._client.call(await self.transfer(), "HEAD") as answer:
            named = from_disposition(answer.headers.get("Content-Disposition"))
        offered = None if named else await self.offered()
        title = safe_name(offered.title or "") if offered else ""
        return named or title or safe_name(self.wanted.dataset) or "data"

    async def bring(self, part: PartFile) -> Downloaded:
        part.open()
        try:
            resumed_at = await self._take_up(part)
            expected = await self._fill(part)
            digest = part.digest()
            if expected is None and (offered := await self.offered()) and offered.sha256:
                expected = bytes.fromhex(offered.sha256)
            if why := mismatch(expected, digest):
                aside = part.reject()
                await self.give_up(f"SHA-256: {why}")
                raise NotProvenError(
                    step="SHA-256",
                    reason=Phrase("errors.told.download.aside", why=why, aside=aside),
                )
            await asyncio.to_thread(part.finish)
        except FaifoError as error:
            if part.size == 0:
                # There is nothing to go on with, so nobody would come back to this transfer.
                await self.give_up(str(error))
            elif not isinstance(error, NotProvenError | StorageError):
                self.wanted.kept(part.path, part.size)
            raise
        finally:
            part.close()
        await self.complete()
        done = self.result(part.target, part.size, digest, expected)
        return msgspec.structs.replace(done, resumed_at=resumed_at)

    async def _take_up(self, part: PartFile) -> int:
        """Go on with what is there, if it is of this dataset; return how much it is."""
        memory = part.remembered()
        if memory is None or (memory.provider, memory.dataset) != (self.peer, self.wanted.dataset):
            if part.size:
                part.restart()
            return 0
        self._etag = memory.etag
        await self._take_transfer(memory.transfer)
        return part.size

    async def _take_transfer(self, pid: str) -> None:
        """Go on with the transfer of the last attempt, or end it if there is another now."""
        try:
            known = await self._client.get_transfer(pid)
        except NotFoundError:
            return
        if known.state != ("COMPLETED" if self.wanted.push else "STARTED"):
            return
        if self._transfer is None and known.agreement == self.agreement:
            self._transfer = known.pid
        elif self._transfer != known.pid:
            with contextlib.suppress(ConflictError):
                await self._client.terminate(known.pid, str(Phrase("reason.another-transfer")))

    async def _fill(self, part: PartFile) -> bytes | None:
        """Bring all that is missing; return the digest that the provider promised."""
        renewed, idle = False, 0
        while True:
            before = part.size
            try:
                return await self._read(part)
            except BrokenOffError:
                idle = 0 if part.size > before else idle + 1
                if idle >= ATTEMPTS_WITHOUT_PROGRESS:
                    raise
            except FaifoError as error:
                ended = problem_code(error) in RENEWABLE or await self._ended()
                if renewed or not ended or isinstance(error, StorageError):
                    raise
                renewed, self._transfer = True, None
            if self._etag is None and part.size:
                # Without a strong tag nobody can tell that the rest is of the same content.
                part.restart()

    async def _ended(self) -> bool:
        if self._transfer is None:
            return False
        return (await self._client.get_transfer(self._transfer)).state != "STARTED"

    async def _read(self, part: PartFile) -> bytes | None:
        start = part.size
        transfer = await self.transfer()
        async with self._client.fetch(transfer, first_byte=start, if_range=self._etag) as answer:
            if answer.status == 416 and _size_in_range(answer) == start and self._same(answer):
                return promised(answer.headers, whole=False) or _digest_of_tag(self._etag)
            if answer.status == 206:
                self._check_range(answer, start)
                total = _size_in_range(answer)
            elif answer.status in {200, 416}:
                part.restart()
                self._etag = None
                if answer.status == 416:
                    raise BrokenOffError(
                        who=self.peer, reason=Phrase("errors.told.download.shorter")
                    )
                total = answer.length
            else:
                raise await answer.problem(self.peer)
            self._remember(part, answer, transfer)
            async for chunk in answer.chunks():
                await asyncio.to_thread(part.write, chunk)
                self.wanted.progress(part.size, total)
            if total is not None and part.size < total:
                raise BrokenOffError(
                    who=self.peer,
                    reason=Phrase("errors.told.download.part", size=part.size, total=total),
                )
            return promised(answer.headers, whole=start == 0)

    def _remember(self, part: PartFile, answer: Answer, transfer: str) -> None:
        etag = answer.headers.get("ETag", "")
        if etag.startswith('"'):
            self._etag = etag
            memory = Remembered(
                provider=self.peer, dataset=self.wanted.dataset, etag=etag, transfer=transfer
            )
            part.remember(memory)

    def _check_range(self, answer: Answer, start: int) -> None:
        span = answer.headers.get("Content-Range", "")
        if not span.startswith(f"bytes {start}-") or not self._same(answer):
            asked = f"bytes={start}- ({self._etag})"
            reason = Phrase("errors.told.download.range", asked=asked, got=span or "-")
            raise PeerError(who=self.peer, status=206, reasons=(reason,))

    def _same(self, answer: Answer) -> bool:
        return answer.headers.get("ETag", self._etag) == self._etag

    async def give_up(self, why: str) -> None:
        """End the transfer with the reason, so that the provider learns of it."""
        if self._transfer is not None:
            with contextlib.suppress(FaifoError):
                ended = await self._client.terminate(self._transfer, why[:500])
                await self._client.settle(ended)

    async def complete(self) -> None:
        if self._transfer is not None:
            # The file is judged already; that the other side has ended first changes nothing.
            with contextlib.suppress(ConflictError):
                await self._client.settle(await self._client.complete(self._transfer))

    def result(
        self, path: Path | None, size: int, digest: bytes, expected: bytes | None
    ) -> Downloaded:
        return Downloaded(
            path=path,
            size=size,
            sha256=digest.hex(),
            proven=expected is not None,
            agreement=self.agreement,
            transfer=self._transfer or "",
        )


def _size_in_range(answer: Answer) -> int | None:
    text = answer.headers.get("Content-Range", "").rpartition("/")[2]
    return int(text) if text.isdigit() else None


def _digest_of_tag(etag: str | None) -> bytes | None:
    """Return the digest that a Faifo node writes into its entity tags."""
    text = (etag or "").strip('"').removeprefix("sha256:")
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        return None
    return digest if len(digest) == 32 else None
