from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from faifo.errors import NotProvenError
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.custody.keyring import Keyring, make_first_keys, read_keyring, rotate_key
from faifo.node.membership.access import AccessTokens
from faifo.trust import base64url, self_issued
from faifo.trust.dcp.scopes import type_scope
from faifo.trust.jws import write_jws
from faifo.trust.keys import KeyPurpose

DID, VERIFIER = "did:web:authority.example", "did:web:verifier.example"
MEMBERSHIP = type_scope("MembershipCredential")


@pytest.fixture
def tokens(keyring: Keyring) -> AccessTokens:
    return AccessTokens(
        did=DID, keyring=keyring, published=lambda: keyring, types=("MembershipCredential",)
    )


def refusal(tokens: AccessTokens, token: str | None, verifier: str = VERIFIER) -> str:
    with pytest.raises(NotProvenError) as caught:
        tokens.granted(token, verifier=verifier)
    return str(caught.value.reason)


def test_one_is_good_for_its_verifier_and_its_scopes(tokens: AccessTokens):
    assert tokens.granted(tokens.issue(VERIFIER), verifier=VERIFIER) == (MEMBERSHIP,)
    other = (type_scope("AIAssuranceCredential"),)
    assert tokens.granted(tokens.issue(VERIFIER, other), verifier=VERIFIER) == other
    assert refusal(tokens, tokens.issue(VERIFIER), "did:web:other.example") == (
        "it was not given to did:web:other.example"
    )


def test_it_serves_for_half_of_its_life_and_ends(tokens: AccessTokens, time: Any):
    first = tokens.issue(VERIFIER)
    time.passes(299)
    assert tokens.issue(VERIFIER) == first
    time.passes(2)
    assert tokens.issue(VERIFIER) != first
    assert tokens.granted(first, verifier=VERIFIER) == (MEMBERSHIP,)
    time.passes(300)
    assert refusal(tokens, first) == "it has expired"


def test_one_is_believed_while_its_key_is_published(tmp_path: Path, time: Any):
    make_first_keys(tmp_path)

    def started() -> AccessTokens:
        ring = read_keyring(tmp_path, did=DID)
        keys = CurrentKeys(tmp_path, did=DID, started=ring)
        types = ("MembershipCredential",)
        return AccessTokens(did=DID, keyring=ring, published=keys.published, types=types)

    def stolen() -> str:
        payload = {"iss": DID, "sub": VERIFIER, "aud": DID, "scope": str(MEMBERSHIP)}
        payload["exp"] = int(time.now.timestamp()) + 60
        return write_jws(payload, key=old, typ="at+jwt")

    old = read_keyring(tmp_path, did=DID).signing(KeyPurpose.TOKEN)
    before = started()
    rotate_key(tmp_path, KeyPurpose.TOKEN, now=time.now, overlap=timedelta(hours=1))
    running = started()
    time.passes(120)  # the new key signs
    assert running.granted(stolen(), verifier=VERIFIER) == (MEMBERSHIP,)
    assert before.granted(running.issue(VERIFIER), verifier=VERIFIER) == (MEMBERSHIP,)
    time.passes(3600)
    assert refusal(running, stolen()) == "it is not one of this node's"


def test_no_other_token_passes_for_one(tokens: AccessTokens, keyring: Keyring, time: Any):
    key = keyring.signing(KeyPurpose.TOKEN)
    own = self_issued.issue(key=key, did=DID, audience=DID, jti="1", now=time.now)
    payload = {"iss": DID, "sub": VERIFIER, "aud": DID, "exp": int(time.now.timestamp()) + 60}
    scoped = payload | {"scope": str(MEMBERSHIP)}
    wrong_key = keyring.signing(KeyPurpose.PRESENTATION)
    assert refusal(tokens, None) == "the token of the caller carries none"
    for text in (
        own,
        write_jws(scoped, key=wrong_key, typ="at+jwt"),
        write_jws(scoped, key=key, typ="JWT"),
        write_jws(payload, key=key, typ="at+jwt"),
        write_jws(payload | {"scope": "nonsense"}, key=key, typ="at+jwt"),
    ):
        assert refusal(tokens, text) == "it is not one of this node's"


def test_a_changed_one_is_not_believed(tokens: AccessTokens):
    head, payload, signature = tokens.issue(VERIFIER).split(".")
    content = json.loads(base64url.decode(payload)) | {"sub": "did:web:mallory.example"}
    forged = f"{head}.{base64url.encode(json.dumps(content).encode())}.{signature}"
    assert "the signature was not made with the key" in refusal(
        tokens, forged, "did:web:mallory.example"
    )
