from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from faifo import clock
from faifo.errors import (
    MalformedMessageError,
    NotProvenError,
    PeerError,
    RefusedError,
    UnreachableError,
)
from faifo.node.custody.trust_file import TrustedParticipant, TrustFile, write_trust
from faifo.node.membership.authentication import Participant, SelfIssuedAuthenticator, claim, spend
from faifo.store.contract import Store
from faifo.store.records import Proof
from faifo.trust import self_issued
from faifo.trust.did import DidDocument, read_did_document, write_did_document
from faifo.trust.keys import KeyPurpose, SigningKey

US, PEER = "did:web:us.example", "did:web:peer.example"


def _key(number: int = 1) -> SigningKey:
    return SigningKey(
        id=f"{PEER}#token-{number}",
        purpose=KeyPurpose.TOKEN,
        created=clock.now(),
        retired=None,
        private_key=ec.generate_private_key(ec.SECP256R1()),
    )


class Documents:
    """A resolver whose documents the test writes; `failure` is raised instead."""

    def __init__(self, *keys: SigningKey) -> None:
        self.keys = keys
        self.newer: tuple[SigningKey, ...] | None = None
        self.failure: Exception | None = None
        self.asked: list[tuple[str, bool]] = []

    async def resolve(self, did: str, *, fresh: bool = False, since: object = None) -> DidDocument:
        assert since is None
        self.asked.append((did, fresh))
        if self.failure:
            raise self.failure
        keys = self.newer if fresh and self.newer is not None else self.keys
        return read_did_document(write_did_document(did, keys, []), did=did)


@pytest.fixture
def trust(tmp_path: Path) -> TrustFile:
    entry = TrustedParticipant(did=PEER, name="Peer", economy="MY")
    write_trust(tmp_path / "trust.toml", (entry,))
    return TrustFile(tmp_path / "trust.toml")


def _token(key: SigningKey, **changes: Any) -> str:
    now = clock.now()
    given = {"did": PEER, "audience": US, "jti": "j", "now": now, **changes}
    return "Bearer " + self_issued.issue(key=key, **given)


async def test_a_trusted_participant_is_who_it_says(trust: TrustFile) -> None:
    key = _key()
    authenticator = SelfIssuedAuthenticator(did=US, trust=trust, resolver=Documents(key))
    participant = await authenticator.authenticate(_token(key))
    assert participant.did == PEER
    assert participant.key_id == key.id
    assert participant.proof == Proof(
        did=PEER,
        claims={"name": "Peer", "economy": "MY"},
        evidence={"kind": "self-issued token, trust file", "key": key.id},
    )
    assert participant.use is not None
    left = participant.use.expires - clock.now()
    assert left > self_issued.LIFETIME, "kept until it has expired even by our most patient clock"


async def test_a_key_that_was_changed_is_looked_up_again(trust: TrustFile) -> None:
    old, new = _key(1), _key(2)
    documents = Documents(old)
    documents.newer = (new,)
    authenticator = SelfIssuedAuthenticator(did=US, trust=trust, resolver=documents)
    assert (await authenticator.authenticate(_token(new))).key_id == new.id
    assert documents.asked == [(PEER, False), (PEER, True)]


async def test_nobody_is_asked_about_a_stranger_or_a_token_for_another(trust: TrustFile) -> None:
    key, documents = _key(), Documents(_key())
    authenticator = SelfIssuedAuthenticator(did=US, trust=trust, resolver=documents)
    for header in (
        None,
        "",
        "Basic x",
        "Bearer a.b",
        _token(key, audience="did:web:other.example"),
    ):
        with pytest.raises(NotProvenError):
            await authenticator.authenticate(header)
    write_trust(trust._path, ())
    with pytest.raises(NotProvenError) as refused:
        await authenticator.authenticate(_token(key))
    assert str(refused.value) == f"trust: {PEER} is not in this node's trust file"
    assert documents.asked == []


FAILURES: list[Any] = [
    (MalformedMessageError(what="x", expected="y"), NotProvenError),
    (PeerError(who=PEER, status=200, reasons=("too much",)), NotProvenError),
    (RefusedError(what="a call", reasons=("a private address",)), NotProvenError),
    (UnreachableError(who=PEER, reason="no answer"), UnreachableError),
]


@pytest.mark.parametrize(("failure", "expected"), FAILURES)
async def test_only_silence_of_a_did_host_may_be_mended_by_waiting(
    trust: TrustFile, failure: Exception, expected: type[Exception]
) -> None:
    key, documents = _key(), Documents()
    documents.failure = failure
    authenticator = SelfIssuedAuthenticator(did=US, trust=trust, resolver=documents)
    with pytest.raises(expected, match=str(failure)):
        await authenticator.authenticate(_token(key))


@pytest.mark.parametrize("seconds", [60, -400])
async def test_times_that_do_not_fit_name_the_clocks(trust: TrustFile, seconds: int) -> None:
    key = _key()
    authenticator = SelfIssuedAuthenticator(did=US, trust=trust, resolver=Documents(key))
    assert await authenticator.authenticate(_token(key, now=clock.now() + timedelta(seconds=20)))
    with pytest.raises(NotProvenError) as refused:
        await authenticator.authenticate(_token(key, now=clock.now() + timedelta(seconds=seconds)))
    assert str(refused.value).endswith("; compare the clocks of both nodes")


async def test_a_token_is_claimed_once(trust: TrustFile, store: Store) -> None:
    key = _key()
    authenticator = SelfIssuedAuthenticator(did=US, trust=trust, resolver=Documents(key))
    participant = await authenticator.authenticate(_token(key))
    await spend(store, participant)
    for _ in range(2):
        with pytest.raises(NotProvenError) as refused:
            await store.run(lambda tx: claim(tx, participant))
        assert str(refused.value) == ("DCP 1.0 §4.3.3 step 6: the token was used before (jti)")
    nothing_to_use = Participant(did=PEER, proof=Proof(did=PEER))
    await spend(store, nothing_to_use)
    await spend(store, nothing_to_use)
    assert await store.read(lambda tx: tx.tokens.count()) == 1
