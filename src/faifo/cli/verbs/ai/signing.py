"""Keys of `faifo ai`: to sign with and to prove with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from faifo import clock
from faifo.cli.choices import Choices
from faifo.cli.files import read
from faifo.errors import NotProvenError, SettingsError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from faifo.trust.keys import AnyKey, PublicKey, SigningKey


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
    from faifo.cli.access import node_in
    from faifo.node.custody.current_keys import CurrentKeys
    from faifo.node.custody.keyring import read_keyring
    from faifo.node.settings.model import read_settings

    directory = node_in(choices.directory)
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
