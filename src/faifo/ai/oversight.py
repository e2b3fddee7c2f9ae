"""What a person decided, signed by that person and countersigned by the node. Pure.

Two signatures stand on one DSSE envelope: of the person's own Ed25519 key, and of the node's key
for passports. The person's public key is part of what both sign, so who believes the node's DID
document can prove the person's signature, too; the key itself never stands in that document, where
it could sign for the node. What the person saw stands in it by its SHA-256 alone: it may hold what
is private.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Meta

from faifo.ai.evidence import Artefact
from faifo.ai.passport import dsse, statement
from faifo.ai.passport.verify import KeyOf
from faifo.ai.signatory import Signatory
from faifo.errors import NotProvenError
from faifo.phrases import Phrase
from faifo.trust import base64url
from faifo.trust.keys import PublicKey, public_key_from_jwk

HUMAN_DECISION: Final = "urn:faifo:human-decision:1"
REVERSAL: Final = "urn:faifo:reversal:1"

Moment = Annotated[datetime, Meta(tz=True)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Name = Annotated[str, Meta(min_length=1, max_length=2048)]


class HumanDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's decision on what waited: `shown_sha256` is of the text that was shown."""

    format: Literal["faifo-human-decision-1"] = "faifo-human-decision-1"
    id: str
    kind: str
    subject: str
    outcome: Literal["uphold", "reject"]
    reason: str
    shown_sha256: Sha256
    shown_lang: str
    person: Signatory
    decided_by: str
    decided_at: Moment


class Reversal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A deployer tells an AI's provider that a person reversed what was decided with it.

    Nothing in it names the person whom it is about, or who decided: `figures_sha256` and
    `answer_sha256` are of what the provider has seen itself.
    """

    format: Literal["faifo-reversal-1"] = "faifo-reversal-1"
    id: Name
    decision: Name
    agreement: Name
    dataset: Name
    passport: Sha256 | None
    figures_sha256: Sha256
    answer_sha256: Sha256
    decided_at: Moment
    reversed_by: Name
    reversed_at: Moment


class PersonKey(NamedTuple):
    """A person's key while the passphrase is at hand; see `dsse.Signer`."""

    id: str
    key: Ed25519PrivateKey

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data)


def sign_together(record: HumanDecision, person: PersonKey, node: dsse.Signer) -> bytes:
    """Return the statement about `record.shown_sha256`, signed by the person, then the node."""
    subject = Artefact(name="shown", role="review", sha256=record.shown_sha256)
    payload = statement.write_statement(HUMAN_DECISION, [subject], record)
    return dsse.sign_all(payload, (person, node))


def sign_reversal(record: Reversal, node: dsse.Signer) -> bytes:
    """Return the statement about the figures that the reversed decision was made with."""
    subject = Artefact(name="figures", role="decision", sha256=record.figures_sha256)
    return dsse.sign(statement.write_statement(REVERSAL, [subject], record), node)


def with_person(key_of: KeyOf, person: Signatory) -> KeyOf:
    """Return `key_of`, that knows the key of the person whom the signed record names, too."""

    def find(key_id: str) -> dsse.Verifier:
        return public_key(person) if key_id == person.key_id else key_of(key_id)

    return find


def public_key(person: Signatory) -> PublicKey:
    """Return a person's key.

    Raises:
        NotProvenError: it is none.
    """
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": person.public_key}
    try:
        return public_key_from_jwk(jwk, id=person.key_id)
    except ValueError as error:
        raise NotProvenError(step="person's key", reason=str(error)) from None


def verify_together(body: bytes, key_of: KeyOf) -> HumanDecision:
    """Return a person's decision if both have signed it: the person, and the node it names.

    Raises:
        NotProvenError: a signature is missing or does not hold.
        MalformedMessageError: it is no such statement.
    """
    payload = dsse.read(body).payload
    found, subjects = statement.read_statement(payload, HUMAN_DECISION, HumanDecision)
    verify_both(body, found.person, found.decided_by, key_of)
    if found.shown_sha256 not in {sha256 for _, sha256 in subjects}:
        raise NotProvenError(step="subjects", reason=Phrase("errors.told.oversight.about"))
    return found


def verify_both(body: bytes, person: Signatory, node: str, key_of: KeyOf) -> None:
    """Return if both have signed: `person`, and the node with the DID `node`.

    Raises:
        NotProvenError: a signature is missing or does not hold.
    """
    envelope = dsse.read(body)
    signers = {key_id for key_id, _ in envelope.signatures}
    of_node = {one for one in signers if one.startswith(f"{node}#")} - {person.key_id}
    if person.key_id not in signers or not of_node:
        raise NotProvenError(step="DSSE signatures", reason=Phrase("errors.told.oversight.both"))
    dsse.verify(envelope, with_person(key_of, person))


def public_text(key: Ed25519PrivateKey) -> str:
    """Return the public half in base64url."""
    return base64url.encode(key.public_key().public_bytes_raw())


# As in `decision.records`: a type is learned before two threads can do so at once.
for _learned in (HumanDecision, Reversal):
    msgspec.json.Decoder(_learned)
