"""The node's private keys, one file each: `keys/<purpose>-<id>.json`, mode 0600.

A key serves one purpose only (design §2). The newest key of a purpose that is not retired signs;
retired ones stay in the DID document as long as their files are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Meta

from faifo import clock
from faifo.errors import SettingsError
from faifo.node.directory import unwritable, write_secret
from faifo.trust.keys import KeyPurpose, SigningKey, key_id

Moment = Annotated[datetime, Meta(tz=True)]


class _KeyFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    purpose: KeyPurpose
    created: Moment
    private_key: str
    retired: Moment | None = None


class Keyring:
    """The keys of one node, read once at start."""

    def __init__(self, keys: list[SigningKey]) -> None:
        self._keys = sorted(keys, key=lambda key: (key.created, key.id))

    def __iter__(self) -> Iterator[SigningKey]:
        return iter(self._keys)

    def signing(self, purpose: KeyPurpose) -> SigningKey:
        """Return the newest key for `purpose` that is not retired."""
        for key in reversed(self._keys):
            if key.purpose is purpose and key.retired is None:
                return key
        raise SettingsError(
            what=f"the node has no {purpose} key", expected="one in its directory's keys/"
        )


def read_keyring(folder: Path, *, did: str) -> Keyring:
    """Return the keys in `folder`, as keys of `did`.

    Raises:
        SettingsError: a file is not a key, or there is none for tokens.
    """
    keys = []
    for path in sorted(folder.glob("*.json")):
        try:
            stored = msgspec.json.decode(path.read_bytes(), type=_KeyFile)
            key = SigningKey.from_pem(
                stored.private_key.encode(),
                id=key_id(did, stored.id),
                purpose=stored.purpose,
                created=stored.created,
                retired=stored.retired,
            )
        except (OSError, ValueError, msgspec.MsgspecError):
            # What the file holds must not reach the error: it may be half a private key.
            raise SettingsError(
                what=f"the key file {path} cannot be read", expected="a key that Faifo wrote"
            ) from None
        keys.append(key)
    ring = Keyring(keys)
    ring.signing(KeyPurpose.TOKEN)
    return ring


def make_key(folder: Path, purpose: KeyPurpose, *, now: datetime) -> None:
    """Make a new key for `purpose` and write it."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from None
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


def make_first_keys(folder: Path) -> None:
    """Make the keys that a new node needs; an authority makes its own when it becomes one."""
    for purpose in (KeyPurpose.TOKEN, KeyPurpose.PRESENTATION):
        make_key(folder, purpose, now=clock.now())


def ensure_key(folder: Path, purpose: KeyPurpose) -> None:
    """Make a key for `purpose` if there is none: a node of before has fewer than today's."""
    if not any(folder.glob(f"{purpose}-*.json")):
        make_key(folder, purpose, now=clock.now())
