"""The receipt of an agreement as Sigstore's clients read it: a bundle v0.3 with a Rekor v2 entry.

What was signed, the artifact for them, is salt || record.
"""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import Any

from faifo.ledger.leaf import read_agreement
from faifo.ledger.note import Key
from faifo.ledger.receipt import Receipt


def sigstore_bundle(receipt: Receipt, log: Key) -> dict[str, Any]:
    """Return the bundle of an agreement's `receipt` in `log`.

    Raises:
        ProofError: it is not of an agreement's entry.
    """
    digest, signature, public = read_agreement(receipt.leaf)
    found, place = receipt.checkpoint, str(receipt.place)
    proof = {
        "logIndex": place,
        "rootHash": _text(found.root),
        "treeSize": str(found.size),
        "hashes": [_text(one) for one in receipt.proof],
        "checkpoint": {"envelope": found.note.raw},
    }
    entry = {
        "logIndex": place,
        "logId": {"keyId": _text(log_id(log))},
        "kindVersion": {"kind": "hashedrekord", "version": "0.0.2"},
        "inclusionProof": proof,
        "canonicalizedBody": _text(receipt.leaf),
    }
    hint = _text(sha256(public).digest())
    return {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": hint}, "tlogEntries": [entry]},
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": _text(digest)},
            "signature": _text(signature),
        },
    }


def log_id(log: Key) -> bytes:
    """Return the id of a log as Rekor v2 makes it: the whole of what a key id begins with."""
    return sha256(f"{log.name}\n".encode() + bytes([log.type]) + log.key).digest()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
