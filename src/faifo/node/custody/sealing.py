"""A secret that only a passphrase opens: Argon2id makes the key, AES-256-GCM keeps the secret.

Argon2id and not scrypt, because its memory is filled in parallel lanes, so the same second costs a
guesser more; `cryptography`, which is here anyway, has it. The figures are those that RFC 9106 §4
recommends where memory is limited: 3 passes, 4 lanes, 64 MiB. Opening proves the passphrase: no
digest of it is kept beside.

Some keyboards write `ế` or `한` in one character, others in several: a passphrase is taken in one
form (NFC, as RFC 8265 §4.2 has it), so that it opens on each of them.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from faifo import ids

_SALT: Final = 16
_NONCE: Final = 12
_PASSES: Final = 3
_LANES: Final = 4
_MEMORY_KIB: Final = 64 * 1024


def seal(secret: bytes, passphrase: str, *, about: bytes) -> bytes:
    """Return `secret` as only `passphrase` opens it again; `about` must be the same then."""
    salt, nonce = ids.new_bytes(_SALT), ids.new_bytes(_NONCE)
    return salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, secret, about)


def unseal(sealed: bytes, passphrase: str, *, about: bytes) -> bytes | None:
    """Return what was sealed; None with another passphrase, or where something was changed."""
    salt, nonce, rest = sealed[:_SALT], sealed[_SALT : _SALT + _NONCE], sealed[_SALT + _NONCE :]
    try:
        return AESGCM(_key(passphrase, salt)).decrypt(nonce, rest, about)
    except (InvalidTag, ValueError):
        return None


def _key(passphrase: str, salt: bytes) -> bytes:
    made = Argon2id(salt=salt, length=32, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY_KIB)
    one = unicodedata.normalize("NFC", passphrase)
    return made.derive(one.encode("utf-8", "surrogatepass"))
