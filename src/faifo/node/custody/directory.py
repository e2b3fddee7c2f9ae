"""A node's directory: which file is where, who may read it, and who holds it.

One process serves a directory at a time, or several where its books are in a database. Files that
hold secrets are made with mode 0600 before anything is written to them.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import msgspec

from faifo.errors import ConflictError, SettingsError
from faifo.phrases import Phrase
from faifo.running import LOCK, RUNNING, Running, running, take

_ANOTHER = Phrase("errors.told.node.another-process")


class Directory:
    """The files of one node. Paths only, until something is read or written."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.settings = self.path / "faifo.toml"
        self.database = self.path / "faifo.db"
        self.trust = self.path / "trust.toml"
        self.keys = self.path / "keys"
        self.manage_key = self.path / "manage.key"
        self.manage_keys = self.path / "manage-keys"
        self.webhook_secret = self.path / "webhooks.secret"
        self.shared = self.path / "shared.toml"
        self._lock: int | None = None
        self._told: int | None = None

    def hold(self, *, shared: bool = False) -> None:
        """Take the directory until `release` or the end of the process, for this process alone.

        `shared`: with others that serve the node's books in a database.

        Raises:
            ConflictError: another process holds it.
            SettingsError: the directory cannot be written.
        """
        name = self.path / LOCK
        try:
            lock = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise unwritable(name, error) from None
        if not take(lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX):
            os.close(lock)
            other = running(self.path)
            by = Phrase("errors.told.node.process", number=other.process) if other else _ANOTHER
            raise ConflictError(
                what=Phrase("errors.told.node.served", path=self.path, by=by),
                advice=Phrase("errors.told.node.stop"),
            ) from None
        self._lock = lock

    def tell(self, manage_url: str) -> None:
        """Write down that this process answers at `manage_url`, unless one that shares does so.

        Raises:
            SettingsError: the directory cannot be written.
        """
        if running(self.path) is None:
            self._tell_no_more()
            content = msgspec.json.encode(Running(os.getpid(), manage_url))
            self._told = _written(self.path / RUNNING, content, locked=True)

    def _tell_no_more(self) -> None:
        if self._told is not None:
            found = running(self.path)
            if found and found.process == os.getpid():
                (self.path / RUNNING).unlink(missing_ok=True)
            os.close(self._told)
            self._told = None

    def release(self) -> None:
        """Give the directory free."""
        self._tell_no_more()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def read_manage_key(self) -> str:
        """Return the management key.

        Raises:
            SettingsError: there is none.
        """
        try:
            return self.manage_key.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                what=Phrase(
                    "errors.told.key-file.unreadable-own", path=self.manage_key, why=_why(error)
                ),
                expected=Phrase("errors.told.key-file.init"),
                advice=Phrase("errors.told.key-file.user"),
            ) from None


def write_secret(path: Path, content: bytes) -> None:
    """Write `content` to `path` so that at no moment anybody else can read it, nor half of it.

    Raises:
        SettingsError: it cannot be written.
    """
    os.close(_written(path, content))


def _written(path: Path, content: bytes, *, locked: bool = False) -> int:
    """Write a secret, and return its file; `locked`: it is so before anybody sees it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
        try:
            if locked:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            with os.fdopen(descriptor, "wb", closefd=False) as file:
                file.write(content)
            os.fsync(descriptor)
            temporary.replace(path)
        except OSError:
            os.close(descriptor)
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise unwritable(path, error) from None
    return descriptor


def sync(path: Path) -> None:
    """Have what was written at `path`, a file or a folder, be durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unwritable(path: Path, error: OSError) -> SettingsError:
    """Return the error for a file that cannot be written."""
    return SettingsError(
        what=Phrase("errors.told.file.unwritable", path=path, why=_why(error)),
        expected=Phrase("errors.told.node.writable"),
    )


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
