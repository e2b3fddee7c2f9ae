"""Files of `faifo ai`: written whole or not at all; keys to sign with and to prove with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from faifo import clock
from faifo.cli.choices import Choices
from faifo.errors import NotFoundError, NotProvenError, SettingsError, StorageError, TooLargeError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from faifo.trust.keys import AnyKey, PublicKey, SigningKey

MAX_BYTES = 64 * 2**20
FILE = click.Path(path_type=Path, dir_okay=False)


def read(path: Path, noun: str, limit: int = MAX_BYTES) -> bytes:
    """Return a file of at most `limit` bytes; `noun` is what it should hold."""
    what = Phrase(f"errors.noun.{noun}")
    if not path.is_file():
        raise NotFoundError(what=what, name=str(path))
    if path.stat().st_size > limit:
        raise TooLargeError(
            what=Phrase("errors.told.file.of", what=what, name=path.name), limit=limit
        )
    return path.read_bytes()


def write(path: Path, body: bytes | str) -> None:
    """Write a file so that a reader sees the old or the new one, never a part."""
    write_all([(path, body)])


def write_all(files: Iterable[tuple[Path, bytes | str]], *, mode: int = 0o666) -> None:
    """Write all files beside their places first, and only then put them there.

    A device or a pipe is written to, and keeps its name.
    """
    parts: list[tuple[Path, Path]] = []
    path = Path()
    try:
        for path, body in files:
            content = body.encode() if isinstance(body, str) else body
            if path.exists() and not path.is_file():
                path.write_bytes(content)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.{os.getpid()}.part")
            parts.append((part, path))
            with open(part, "wb", opener=partial(os.open, mode=mode)) as file:
                file.write(content)
        for part, path in parts:
            part.replace(path)
    except OSError as error:
        raise StorageError(
            what=Phrase("errors.told.file.unwritable", path=str(path), why=error.strerror)
        ) from None
    finally:
        for part, _ in parts:
            part.unlink(missing_ok=True)


def signing_key(choices: Choices, pem: Path | None, key_id: str | None) -> SigningKey:
    """Return the key for passports: from a file, or the chosen node's own.

    Raises:
        SettingsError: neither is there.
    """
    from faifo.trust.keys import KeyPurpose, SigningKey

    if pem is not None:
        if not key_id or "#" not in key_id:
            raise SettingsError(
                what=Phrase("errors.told.signing.without"), expected="--key-id did:web:…#name"
            )
        return SigningKey.from_pem(
            read(pem, "key"), id=key_id, purpose=KeyPurpose.PASSPORT, created=clock.now()
        )
    return _node_key(choices)


def _node_key(choices: Choices) -> SigningKey:
    from faifo.cli.access import no_node
    from faifo.node.custody.current_keys import CurrentKeys
    from faifo.node.custody.directory import Directory
    from faifo.node.custody.keyring import read_keyring
    from faifo.node.settings.model import read_settings

    directory = Directory(choices.directory)
    if not directory.settings.exists():
        raise no_node(directory.path)
    did = read_settings(directory.settings).did
    ring = read_keyring(directory.keys, did=did)
    return CurrentKeys(directory.keys, did=did, started=ring).passport()


def key_finder(documents: Iterable[Path]) -> Callable[[str], PublicKey | AnyKey]:
    """Return a function from key id to key, for the DID documents that a person vouches for."""
    from faifo.messages import strict_json
    from faifo.trust.did_document import ASSERTION_METHOD, DidDocument, read_did_document
    from faifo.trust.keys import AnyKey

    known: dict[str, DidDocument] = {}
    for path in documents:
        body = read(path, "did-document", 2**20)
        did = str(strict_json.parse_object(body).get("id", ""))
        known[did] = read_did_document(body, did=did)

    def find(key_id: str) -> PublicKey | AnyKey:
        if not key_id:
            listed = [document.listed(ASSERTION_METHOD) for document in known.values()]
            return AnyKey(key for keys in listed for key in keys.keys)
        document = known.get(key_id.partition("#")[0])
        if document is None:
            raise NotProvenError(
                step="issuer", reason=Phrase("errors.told.file.no-document", key=key_id[:200])
            )
        return document.method(key_id, ASSERTION_METHOD)

    return find
