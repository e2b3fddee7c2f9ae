"""FILE.part: what has arrived so far, and beside it in FILE.part.json what it is part of.

The final name appears only by `finish`, after everything is on the disk. Every failure of the disk
is a StorageError that says how to go on.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from faifo.errors import ConflictError, StorageError
from faifo.phrases import Phrase

CHUNK = 1024 * 1024


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """What FILE.part is part of: a dataset of a provider, at one entity tag."""

    provider: str
    dataset: str
    etag: str
    transfer: str


class PartFile:
    """The unfinished copy of `target`, held by one process at a time."""

    def __init__(self, target: Path, *, overwrite: bool = False) -> None:
        self.target = target
        self._overwrite = overwrite
        self.path = target.with_name(target.name + ".part")
        self._memory = target.with_name(target.name + ".part.json")
        self._file: BinaryIO | None = None
        self._digest = hashlib.sha256()
        self.size = 0

    def check(self) -> None:
        """Fail now, and not after a negotiation, where the target cannot be written."""
        check_folder(self.target.parent)
        if self.target.is_dir():
            raise StorageError(
                what=Phrase("errors.told.file.a-folder", target=self.target),
                advice=Phrase("errors.told.file.in-folder"),
            )
        if self.target.exists() and not self.target.is_file():
            # A device or a pipe would lose its name to the file.
            raise StorageError(
                what=Phrase("errors.told.file.no-file", target=self.target),
                advice=Phrase("errors.told.file.lead"),
            )

    def remembered(self) -> Remembered | None:
        """Return what an unfinished copy is part of, or None if there is none to go on with."""
        try:
            found = msgspec.json.decode(self._memory.read_bytes(), type=Remembered)
            return found if found.etag and self.path.stat().st_size else None
        except (OSError, msgspec.MsgspecError):
            return None

    def remember(self, memory: Remembered) -> None:
        with self._storing():
            self._memory.write_bytes(msgspec.json.encode(memory))

    def open(self) -> None:
        """Open for going on: reads what is there, for its digest.

        Raises:
            ConflictError: another process is writing it.
        """
        import fcntl

        with self._storing():
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            self._file = os.fdopen(descriptor, "r+b", buffering=0)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._file.close()
                self._file = None
                raise ConflictError(
                    what=Phrase("errors.told.file.busy", path=str(self.path)),
                    advice=Phrase("errors.told.file.wait"),
                ) from None
            while chunk := self._file.read(CHUNK):
                self._digest.update(chunk)
                self.size += len(chunk)

    def write(self, chunk: bytes) -> None:
        file = self._opened()
        with self._storing():
            left = memoryview(chunk)
            while left:
                count = file.write(left)
                self._digest.update(left[:count])
                self.size += count
                left = left[count:]

    def restart(self) -> None:
        """Forget what has arrived: it is part of something else."""
        file = self._opened()
        with self._storing():
            file.seek(0)
            file.truncate()
        self._digest = hashlib.sha256()
        self.size = 0

    def digest(self) -> bytes:
        """Return the SHA-256 of all that has arrived."""
        return self._digest.digest()

    def finish(self) -> None:
        """Give the whole file its name, once it is on the disk.

        Raises:
            ConflictError: a file of that name has come meanwhile; the part is kept.
        """
        file = self._opened()
        with self._storing():
            os.fsync(file.fileno())
            if self._overwrite:
                self.path.replace(self.target)
            else:
                self._name_anew()
            self._sync_folder()
            self._memory.unlink(missing_ok=True)

    def _name_anew(self) -> None:
        try:
            os.link(self.path, self.target)
        except FileExistsError:
            raise there(self.target) from None
        except OSError:  # a file system without hard links
            if self.target.exists():
                raise there(self.target) from None
            self.path.replace(self.target)
            return
        self.path.unlink()

    def reject(self) -> Path:
        """Put what has arrived aside and return where it is: it is not what was promised."""
        aside = self.target.with_name(self.target.name + ".not-proven")
        with self._storing():
            self.path.replace(aside)
            self._memory.unlink(missing_ok=True)
        return aside

    def close(self) -> None:
        """Close; an empty part is taken away."""
        if self._file is None:
            return
        with contextlib.suppress(OSError):
            if self.size == 0 and os.path.samestat(os.fstat(self._file.fileno()), self.path.stat()):
                self.path.unlink()
                self._memory.unlink(missing_ok=True)
        self._file.close()
        self._file = None

    def _opened(self) -> BinaryIO:
        if self._file is None:
            raise RuntimeError("the part file is not open")
        return self._file

    def _sync_folder(self) -> None:
        descriptor = os.open(self.target.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _storing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            kept = Phrase("errors.told.file.kept", size=self.size) if self.size else ""
            raise StorageError(
                what=Phrase(
                    "errors.told.file.part",
                    path=self.path,
                    why=error.strerror,
                    kept=kept,
                ),
                advice=Phrase("errors.told.file.room"),
            ) from None


def check_folder(folder: Path) -> None:
    """Fail where no file can be made in `folder`.

    Raises:
        StorageError: there is no such folder, or it cannot be written.
    """
    if not folder.is_dir():
        raise StorageError(
            what=Phrase("errors.told.file.no-folder", folder=folder),
            advice=Phrase("errors.told.file.make-folder"),
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StorageError(
            what=Phrase("errors.told.file.folder-unwritable", folder=folder),
            advice=Phrase("errors.told.file.elsewhere"),
        )


def there(target: Path) -> ConflictError:
    """Return the error for a file that would be overwritten."""
    return ConflictError(
        what=Phrase("errors.told.file.there", target=str(target)),
        advice=Phrase("errors.told.file.another-or-over"),
    )
