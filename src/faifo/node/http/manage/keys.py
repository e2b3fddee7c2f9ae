"""Who may use the management API: one key, or several with names, and their rotation.

`manage.key` is the key named "manage"; each file in `manage-keys/` is another, named after the file
without its ending. Those may do everything; what lies in `manage-keys/ROLE/` may what that role of
a person may, see `faifo.api.roles`. A new file counts within a second, a removed one no longer: so
a key is rotated by adding the new one, telling its users, and removing the old one.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from faifo import clock
from faifo.errors import NotProvenError
from faifo.node.custody.directory import Directory
from faifo.node.watching import tracing
from faifo.phrases import Phrase
from faifo.store.records import PersonRole

log = logging.getLogger("faifo.manage")

FIRST = "manage"
MEMORY_SECONDS = 1.0
SHORTEST = 20
ROLES = frozenset(PersonRole)


class Holder(NamedTuple):
    """Who calls: the name of a key, or of a person; without a role, everything is allowed."""

    name: str = ""
    role: PersonRole | None = None


class ManageKeys:
    """The keys as they stand in the directory now; only their digests stay in memory."""

    def __init__(self, directory: Directory) -> None:
        directory.read_manage_key()  # a node without any key is a mistake: said at start
        self._directory = directory
        self._digests: list[tuple[Holder, bytes]] = []
        self._until = 0.0
        self._complained: set[str] = set()

    def holder(self, authorization: str | None) -> Holder:
        """Return whose key is in an Authorization header.

        Raises:
            NotProvenError: it holds no key of this node.
        """
        scheme, _, given = (authorization or "").partition(" ")
        digest = hashlib.sha256(given.encode("utf-8", "surrogateescape")).digest()
        found = None
        for holder, known in self._known():
            if hmac.compare_digest(digest, known):
                found = holder
        if found is None or scheme.lower() != "bearer":
            raise NotProvenError(
                step="management key", reason=Phrase("errors.told.key-file.header")
            )
        tracing.note(key=found.name)
        return found

    def digest(self, holder: Holder) -> bytes | None:
        """Return the SHA-256 of the key, or keys, that a holder has now; None without one."""
        return b"".join(known for one, known in self._known() if one == holder) or None

    def _known(self) -> list[tuple[Holder, bytes]]:
        if clock.monotonic() >= self._until:
            self._digests = list(self._read())
            self._until = clock.monotonic() + MEMORY_SECONDS
        return self._digests

    def _read(self) -> Iterator[tuple[Holder, bytes]]:
        folder = self._directory.manage_keys
        places = [(Holder(FIRST), self._directory.manage_key)]
        places += [(Holder(one.stem), one) for one in _inside(folder) if one.name not in ROLES]
        for role in PersonRole:
            places += [(Holder(f"{role}/{one.stem}", role), one) for one in _inside(folder / role)]
        for holder, path in places:
            key = self._key(path)
            if key:
                yield holder, hashlib.sha256(key.encode()).digest()

    def _key(self, path: Path) -> str | None:
        try:
            key = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            self._complain(path, "it cannot be read")
            return None
        if len(key) < SHORTEST:
            self._complain(path, f"it has fewer than {SHORTEST} characters")
            return None
        return key

    def _complain(self, path: Path, why: str) -> None:
        """Say once that a key is not used."""
        if path.name not in self._complained:
            self._complained.add(path.name)
            log.warning("the management key %s is not used: %s", path, why)


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.name[0] != ".")
    except OSError:
        return []
