"""The node's private keys, one file each: `keys/<purpose>-<id>.json`, mode 0600.

A key serves one purpose only (design §2). The newest key of a purpose that is not retired signs.
A key whose `retired` is still to come stays in the DID document, so that what it has signed can be
proven. Beside such a one, a newer key is published for a while before it signs: partners keep
documents for some time.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Meta

from faifo import clock
from faifo.errors import SettingsError
from faifo.node.custody.directory import unwritable, write_secret
from faifo.phrases import Phrase
from faifo.trust.keys import ON_ED25519, KeyPurpose, SigningKey, key_id

PUBLISHED_FIRST = timedelta(seconds=90)
BOOKS = (KeyPurpose.AGREEMENT, KeyPurpose.LOG, KeyPurpose.WITNESS)
"""What every node signs with in its own books, whatever its roles."""

Moment = Annotated[datetime, Meta(tz=True)]


class _KeyFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    purpose: KeyPurpose
    created: Moment
    private_key: str
    retired: Moment | None = None


class Keyring:
    """The keys of one node, read once at start; those of `leaving` sign until `since`."""

    def __init__(
        self,
        keys: list[SigningKey],
        *,
        leaving: frozenset[str] = frozenset(),
        since: datetime | None = None,
    ) -> None:
        self._keys = sorted(keys, key=lambda key: (key.created, key.id))
        self._leaving = leaving
        self._since = since

    def __iter__(self) -> Iterator[SigningKey]:
        return iter(self._keys)

    def signing(self, purpose: KeyPurpose) -> SigningKey:
        """Return the newest key for `purpose` that is not retired and has been published."""
        usable = [key for key in self._keys if key.purpose is purpose and key.retired is None]
        if usable:
            early = self._since is not None and clock.now() < self._since
            known = [key for key in usable if key.id in self._leaving] if early else []
            return (known or usable)[-1]
        raise SettingsError(
            what=Phrase("errors.told.keys.lacking", purpose=purpose),
            expected=Phrase("errors.told.keys.in-directory"),
        )


def read_keyring(
    folder: Path, *, did: str, published_first: timedelta = PUBLISHED_FIRST
) -> Keyring:
    """Return the keys in `folder`, as keys of `did`.

    A new key signs when it has been published for `published_first`, if an older one still may.

    Raises:
        SettingsError: a file is not a key, or there is none for tokens.
    """
    keys, now = [], clock.now()
    leaving: set[str] = set()
    for path in sorted(folder.glob("*.json")):
        stored = _read(path)
        try:
            key = SigningKey.from_pem(
                stored.private_key.encode(),
                id=key_id(did, stored.id),
                purpose=stored.purpose,
                created=stored.created,
                # Not yet over: it is a key like the others, and older than the one that signs.
                retired=stored.retired if stored.retired and stored.retired <= now else None,
            )
        except ValueError:
            raise _unreadable(path) from None
        keys.append(key)
        if stored.retired is not None and key.retired is None:
            leaving.add(key.id)
    ring = Keyring(keys, leaving=frozenset(leaving), since=now + published_first)
    ring.signing(KeyPurpose.TOKEN)
    return ring


def _read(path: Path) -> _KeyFile:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_KeyFile)
    except (OSError, ValueError, msgspec.MsgspecError):
        raise _unreadable(path) from None


def _unreadable(path: Path) -> SettingsError:
    # What the file holds must not reach the error: it may be half a private key.
    return SettingsError(
        what=Phrase("errors.told.keys.unreadable", path=path),
        expected=Phrase("errors.told.keys.written"),
    )


class KeyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What may be told of a key. `state`: signing, overlap (still published) or retired."""

    id: str
    purpose: KeyPurpose
    created: datetime
    retired: datetime | None
    state: str


def list_keys(folder: Path, *, now: datetime) -> list[KeyFacts]:
    """Return what may be told of the keys in `folder`, by purpose, the newest first.

    Raises:
        SettingsError: a file is not a key.
    """
    found = [_read(path) for path in sorted(folder.glob("*.json"))]
    found.sort(key=lambda key: (key.created, key.id), reverse=True)
    listed: list[KeyFacts] = []
    signing: set[KeyPurpose] = set()
    for key in found:
        over = key.retired is not None and key.retired <= now
        state = "retired" if over else "overlap" if key.purpose in signing else "signing"
        if not over:
            signing.add(key.purpose)
        listed.append(
            KeyFacts(
                id=key.id,
                purpose=key.purpose,
                created=key.created,
                retired=key.retired,
                state=state,
            )
        )
    return sorted(listed, key=lambda key: key.purpose)


def rotate_key(folder: Path, purpose: KeyPurpose, *, now: datetime, overlap: timedelta) -> str:
    """Make a new key for `purpose`, retire the others after `overlap`, and return its name.

    The new one is written first: at no moment is there none that signs. A node takes it up when it
    starts the next time.
    """
    made = make_key(folder, purpose, now=now)
    for path in sorted(folder.glob("*.json")):
        key = _read(path)
        if key.purpose is not purpose or key.id == made:
            continue
        end = now + overlap
        if key.retired is None or key.retired > end:
            write_secret(path, msgspec.json.encode(msgspec.structs.replace(key, retired=end)))
    return made


def make_key(folder: Path, purpose: KeyPurpose, *, now: datetime) -> str:
    """Make a new key for `purpose`, write it, and return its name."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from None
    private: ec.EllipticCurvePrivateKey | Ed25519PrivateKey
    if purpose in ON_ED25519:
        private = Ed25519PrivateKey.generate()
    else:
        private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    number = 1
    while (folder / f"{purpose}-{number}.json").exists():
        number += 1
    key = _KeyFile(id=f"{purpose}-{number}", purpose=purpose, created=now, private_key=pem.decode())
    write_secret(folder / f"{key.id}.json", msgspec.json.encode(key))
    return key.id


def make_first_keys(folder: Path) -> None:
    """Make the keys that a new node needs; an authority makes its own when it becomes one.

    All of them, so that copies of a directory that was never served have the same.
    """
    for purpose in (KeyPurpose.TOKEN, KeyPurpose.PRESENTATION, *BOOKS):
        make_key(folder, purpose, now=clock.now())


def ensure_key(folder: Path, purpose: KeyPurpose) -> None:
    """Make a key for `purpose` if there is none: a node of before has fewer than today's.

    Of several processes that start at once over one directory, one makes it.
    """
    if any(folder.glob(f"{purpose}-*.json")):
        return
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not any(folder.glob(f"{purpose}-*.json")):
            make_key(folder, purpose, now=clock.now())
    finally:
        os.close(lock)
