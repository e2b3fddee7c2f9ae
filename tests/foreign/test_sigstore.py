"""Sigstore's own client takes the receipt of an agreement, and refuses what was done to it."""

from __future__ import annotations

import base64
import copy
import json
import subprocess
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from faifo.ledger.leaf import Kind, agreement_entry
from faifo.ledger.receipt import read_receipt
from faifo.ledger.sigstore import log_id, sigstore_bundle
from proofs import Log, made_log, opening

PRIVATE = ec.generate_private_key(ec.SECP256R1())
AGREED = opening(1, Kind.AGREEMENT)
ARTIFACT = AGREED.salt + AGREED.record
PLACE = 4


def _public(key: ec.EllipticCurvePublicKey | Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def made(**given: Any) -> tuple[dict[str, Any], Log]:
    signature = PRIVATE.sign(ARTIFACT, ec.ECDSA(SHA256()))
    entry = agreement_entry(AGREED.salt, AGREED.record, PRIVATE.public_key(), signature)
    others = made_log(7).leaves
    log = Log([*others[:PLACE], entry, *others[PLACE:]], **given)
    return sigstore_bundle(read_receipt(log.receipt(PLACE)), log.key), log


def _turned(text: str) -> str:
    raw = bytearray(base64.b64decode(text))
    raw[-1] ^= 1
    return base64.b64encode(raw).decode()


Spoil = Callable[[dict[str, Any]], None]


def _in(path: str, change: Callable[[Any], Any]) -> Spoil:
    def spoil(bundle: dict[str, Any]) -> None:
        *above, last = path.split("/")
        at: Any = bundle
        for step in above:
            at = at[int(step)] if isinstance(at, list) else at[step]
        key: Any = int(last) if isinstance(at, list) else last
        at[key] = change(at[key])

    return spoil


ENTRY = "verificationMaterial/tlogEntries/0"
PROOF = f"{ENTRY}/inclusionProof"


def _strange(bundle: dict[str, Any]) -> None:
    other, _ = made(seed=9)
    bundle.update(other)


def _body(change: Callable[[str], str]) -> Spoil:
    def spoil(text: str) -> str:
        return base64.b64encode(change(base64.b64decode(text).decode()).encode()).decode()

    return _in(f"{ENTRY}/canonicalizedBody", spoil)


# `treeSize` and `rootHash` are not among them: what counts for it is the signed checkpoint.
TAMPERINGS: dict[str, Spoil] = {
    "a bit in the signature": _in("messageSignature/signature", _turned),
    "a bit in the digest": _in("messageSignature/messageDigest/digest", _turned),
    "a bit in the first hash": _in(f"{PROOF}/hashes/0", _turned),
    "a bit in the last hash": _in(f"{PROOF}/hashes/2", _turned),
    "hashes in another order": _in(f"{PROOF}/hashes", lambda one: one[::-1]),
    "a hash too few": _in(f"{PROOF}/hashes", lambda one: one[:-1]),
    "a hash too many": _in(f"{PROOF}/hashes", lambda one: [*one, one[0]]),
    "no hashes": _in(f"{PROOF}/hashes", lambda _: []),
    "the place of a neighbour": _in(f"{PROOF}/logIndex", lambda _: "5"),
    "a place beyond the tree": _in(f"{PROOF}/logIndex", lambda _: "8"),
    "another size in the checkpoint": _in(
        f"{PROOF}/checkpoint/envelope", lambda text: text.replace("\n8\n", "\n9\n")
    ),
    "another root in the checkpoint": _in(
        f"{PROOF}/checkpoint/envelope",
        lambda text: text.replace(text.split("\n")[2], _turned(text.split("\n")[2])),
    ),
    "another origin in the checkpoint": _in(
        f"{PROOF}/checkpoint/envelope", lambda text: text.replace("hanoi", "hano1")
    ),
    "no signature in the checkpoint": _in(
        f"{PROOF}/checkpoint/envelope", lambda text: text.split("\n\n")[0] + "\n\n"
    ),
    "only the witness's signature": _in(
        f"{PROOF}/checkpoint/envelope",
        lambda text: text.split("\n\n")[0] + "\n\n" + text.split("\n\n")[1].split("\n")[1] + "\n",
    ),
    "a log signed by a stranger": _strange,
    "another log's id": _in(f"{ENTRY}/logId/keyId", _turned),
    "another key's hint": _in("verificationMaterial/publicKey/hint", _turned),
    "another kind": _in(f"{ENTRY}/kindVersion/kind", lambda _: "dsse"),
    "another version": _in(f"{ENTRY}/kindVersion/version", lambda _: "0.0.1"),
    "another digest in the entry": _body(lambda text: text.replace('"digest":"', '"digest":"AAAA')),
    "an entry with one more space": _body(lambda text: text.replace('":"0.0.2"', '": "0.0.2"')),
    "an entry that is no JSON": _body(lambda text: text[:-1]),
    "no proof of inclusion": _in(ENTRY, lambda one: {**one, "inclusionProof": None}),
    "no entry": _in("verificationMaterial/tlogEntries", lambda _: []),
}


def test_sigstore_takes_what_we_write_and_refuses_what_was_spoilt(foreign: Any):
    bundle, log = made()
    artifact = base64.b64encode(ARTIFACT).decode()
    cases: dict[str, Any] = {"genuine": {"bundle": bundle, "artifact": artifact}}
    for name, spoil in TAMPERINGS.items():
        other = copy.deepcopy(bundle)
        spoil(other)
        assert other != bundle, name
        cases[name] = {"bundle": other, "artifact": artifact}
    changed = base64.b64encode(ARTIFACT + b" ").decode()
    cases["another agreement"] = {"bundle": bundle, "artifact": changed}
    pem = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    hint = base64.b64encode(sha256(_public(PRIVATE.public_key())).digest()).decode()
    instance = {
        "baseUrl": f"https://{log.origin}",
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": base64.b64encode(
                _public(Ed25519PublicKey.from_public_bytes(log.key.key))
            ).decode(),
            "keyDetails": "PKIX_ED25519",
            "validFor": {"start": "1970-01-01T00:00:00Z"},
        },
        "logId": {"keyId": base64.b64encode(log_id(log.key)).decode()},
    }
    asked = {"log": instance, "keys": {hint: pem.decode()}, "cases": cases}
    ran = subprocess.run(
        ["node", str(foreign("npm/verify.mjs"))], input=json.dumps(asked).encode(), check=True,
        timeout=100, stdout=subprocess.PIPE,
    )  # fmt: skip
    told = json.loads(ran.stdout)
    assert [name for name, said in told.items() if not said] == ["genuine"]
    assert len(told) > 20
    causes = {name: said for name, said in told.items() if said}
    assert causes["another agreement"].startswith("SIGNATURE_ERROR")
    assert causes["a bit in the first hash"].startswith("TLOG_INCLUSION_PROOF_ERROR")
    assert causes["a log signed by a stranger"].startswith("TLOG_INCLUSION_PROOF_ERROR")
    assert causes["another version"].startswith("TLOG_BODY_ERROR")
    assert "no such key" in causes["another key's hint"]
