"""The node's keys as they stand in its directory now, not only as they stood at start.

A key made while the node runs is published at once, so that what it signs can be proven without a
restart. What the node itself signs messages with stays as it was at start. A folder that cannot be
read leaves what was known.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from faifo import clock
from faifo.errors import SettingsError
from faifo.node.custody.keyring import Keyring, make_key, read_keyring
from faifo.trust.keys import KeyPurpose, SigningKey

log = logging.getLogger("faifo.keys")

# A key can also retire by the clock alone, without any file changing.
MEMORY_SECONDS = 60.0
READ_EACH = {KeyPurpose.PASSPORT, KeyPurpose.BADGE}

_State = tuple[tuple[str, int, int], ...]


class CurrentKeys:
    """The keys in a folder; they are read again when a file of it has changed."""

    def __init__(self, folder: Path, *, did: str, started: Keyring) -> None:
        self._folder = folder
        self._did = did
        self._started = started
        self._ring = started
        self._state: _State | None = None
        self._until = 0.0
        self._making = threading.Lock()

    def ring(self) -> Keyring:
        """Return the keys as they stand in the folder."""
        state = tuple(self._look())
        if state != self._state or clock.monotonic() >= self._until:
            try:
                # A key is published as soon as it is there: it need not wait to sign.
                self._ring = read_keyring(self._folder, did=self._did, published_first=timedelta())
            except SettingsError as error:
                log.warning("the keys are not read again: %s", error)
            self._state, self._until = state, clock.monotonic() + MEMORY_SECONDS
        return self._ring

    def published(self) -> list[SigningKey]:
        """Return the keys for the DID document.

        Beside those in the folder, what this process still signs with: it is proven with them until
        the node starts again. Keys of passports and badges are read at every use, so those count as
        they stand.
        """
        now = self.ring()
        found = {key.id: key for key in now if key.retired is None}
        for purpose in {key.purpose for key in self._started if key.retired is None} - READ_EACH:
            key = self._started.signing(purpose)
            found.setdefault(key.id, key)
        return sorted(found.values(), key=lambda key: (key.created, key.id))

    def passport(self) -> SigningKey:
        """Return the key for passports and decisions; it is made when it is first needed.

        Raises:
            SettingsError: it cannot be written.
        """
        return self._made(KeyPurpose.PASSPORT)

    def badge(self) -> SigningKey:
        """Return the Ed25519 key for badges, as `passport`."""
        return self._made(KeyPurpose.BADGE)

    def _made(self, purpose: KeyPurpose) -> SigningKey:
        def usable(key: SigningKey) -> bool:
            return key.purpose is purpose and key.retired is None

        with self._making:
            if not any(usable(key) for key in self.ring()):
                # Most nodes never sign a passport, a decision or a badge.
                make_key(self._folder, purpose, now=clock.now())
            return self.ring().signing(purpose)

    def _look(self) -> Iterator[tuple[str, int, int]]:
        try:
            entries = sorted(os.scandir(self._folder), key=lambda entry: entry.name)
            for entry in entries:
                if entry.name.endswith(".json"):
                    status = entry.stat()
                    yield entry.name, status.st_mtime_ns, status.st_size
        except OSError as error:
            log.warning("%s cannot be read: %s", self._folder, error.strerror)
