"""A node's directory: which file is where, who may read it, and who holds it.

One process serves a directory at a time, or several where its books are in a database. Files that
hold secrets are made with mode 0600 before anything is written to them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path

import msgspec

from faifo.errors import ConflictError, SettingsError
from faifo.phrases import Phrase

TRIES = 10
TRY_SECONDS = 0.005
_ANOTHER = Phrase("errors.told.node.another-process")


class Running(msgspec.Struct, frozen=True):
    """What a serving node leaves in `running.json`: its process and its management URL."""

    process: int
    manage_url: str


class Directory:
    """The files of one node. Paths only, until something is read or written."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.settings = self.path / "faifo.toml"
        self.database = self.path / "faifo.db"
        self.trust = self.path / "trust.toml"
        self.keys = self.path / "keys"
        self.manage_key = self.path / "manage.key"
        self.webhook_secret = self.path / "webhooks.secret"
        self.running = self.path / "running.json"
        self.shared = self.path / "shared.toml"
        self._lock: int | None = None

    def hold(self, *, shared: bool = False) -> None:
        """Take the directory until `release` or the end of the process, for this process alone.

        `shared`: with others that serve the node's books in a database. What a process that is gone
        left in `running.json` goes, before anybody asks there with the management key.

        Raises:
            ConflictError: another process holds it.
            SettingsError: the directory cannot be written.
        """
        name = self.path / "lock"
        try:
            lock = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise unwritable(name, error) from None
        alone = not shared or _locked(lock, fcntl.LOCK_EX)
        if not _locked(lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX):
            os.close(lock)
            running = self.read_running()
            by = Phrase("errors.told.node.process", number=running.process) if running else _ANOTHER
            raise ConflictError(
                what=Phrase("errors.told.node.served", path=self.path, by=by),
                advice=Phrase("errors.told.node.stop"),
            ) from None
        self._lock = lock
        if alone:
            self.running.unlink(missing_ok=True)

    def release(self) -> None:
        """Give the directory free."""
        if self._lock is not None:
            running = self.read_running()
            if running and running.process == os.getpid():
                self.running.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def write_running(self, manage_url: str) -> None:
        content = msgspec.json.encode(Running(os.getpid(), manage_url))
        write_secret(self.running, content)

    def read_running(self) -> Running | None:
        """Return what the serving process left, if there is any; it may be gone since."""
        try:
            return msgspec.json.decode(self.running.read_bytes(), type=Running)
        except (OSError, msgspec.MsgspecError):
            return None

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


def _locked(lock: int, how: int) -> bool:
    """Take a lock, and tell whether nobody has it; who only looks (`finding.held`) soon has not."""
    for _ in range(TRIES):
        with contextlib.suppress(OSError):
            fcntl.flock(lock, how | fcntl.LOCK_NB)
            return True
        time.sleep(TRY_SECONDS)
    return False


def write_secret(path: Path, content: bytes) -> None:
    """Write `content` to `path` so that at no moment anybody else can read it, nor half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise unwritable(path, error) from None


def unwritable(path: Path, error: OSError) -> SettingsError:
    """Return the error for a file that cannot be written."""
    return SettingsError(
        what=Phrase("errors.told.file.unwritable", path=path, why=_why(error)),
        expected=Phrase("errors.told.node.writable"),
    )


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
