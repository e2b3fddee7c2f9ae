from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from faifo.errors import NotProvenError
from faifo.trust import base64url
from faifo.trust.did import read_did_document, write_did_document
from faifo.trust.keys import KeyPurpose
from faifo.trust.self_issued import (
    LEEWAY,
    STEPS,
    Attempt,
    _verify_by,
    check_unresolved,
    issue,
    read,
    verify,
)

ALICE, MALLORY, US = "did:web:alice.example", "did:web:mallory.example", "did:web:us.example"


class Scene:
    """Alice's key and document, and tokens that differ from a good one in what a test says."""

    def __init__(self, make_key: Any, now: Any) -> None:
        self.key, self.other, self.now = make_key(ALICE), make_key(ALICE, "k2"), now
        self.presentation = make_key(ALICE, "vp", KeyPurpose.PRESENTATION)
        self.document = self.document_of(ALICE, [self.key])

    def document_of(self, did: Any, keys: Any, change: Any = None):
        document = json.loads(write_did_document(did, keys, []))
        if change:
            change(document)
        return read_did_document(json.dumps(document).encode(), did=document["id"])

    def token(self, *, header: Any = None, key: Any = None, **claims: Any):
        seconds = int(self.now.timestamp())
        good = {"iss": ALICE, "sub": ALICE, "aud": US, "jti": "j1", "iat": seconds,
                "exp": seconds + 300}  # fmt: skip
        key = key or self.key
        return signed(key, {"alg": "ES256", "kid": key.id} | (header or {}), good | claims)


def signed(key: Any, header: Any, claims: Any):
    kept = [{k: v for k, v in part.items() if v is not None} for part in (header, claims)]
    text = ".".join(base64url.encode(json.dumps(part).encode()) for part in kept)
    return f"{text}.{base64url.encode(key.sign(text.encode()))}"


@pytest.fixture
def scene(make_key: Any, now: Any):
    return Scene(make_key, now)


def prove(scene: Any, token: Any, document: Any = None, **options: Any):
    return verify(read(token), document or scene.document, audience=US, now=scene.now, **options)


def test_what_is_issued_is_proven(scene: Any):
    token = issue(key=scene.key, did=ALICE, audience=US, jti="j7", now=scene.now, access_token="s")
    proven = prove(scene, token)
    assert (proven.did, proven.key_id, proven.jti) == (ALICE, f"{ALICE}#k1", "j7")
    assert proven.expires - proven.issued_at == timedelta(seconds=300)
    assert proven.access_token == "s"


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({}, id="plain"),
        pytest.param({"aud": [US]}, id="audience as an array of one"),
        pytest.param({"nbf": 0, "iat": 1795348800.5}, id="fractions of seconds"),
        pytest.param({"jti": "x" * 256}, id="longest jti"),
    ],
)
def test_tokens_that_prove(scene: Any, claims: Any):
    assert prove(scene, scene.token(**claims)).did == ALICE


def test_without_kid_the_only_method_is_taken(scene: Any):
    assert prove(scene, scene.token(header={"kid": None})).key_id == f"{ALICE}#k1"


def test_clocks_may_differ_by_the_leeway(scene: Any):
    seconds, leeway = int(scene.now.timestamp()), int(LEEWAY.total_seconds())
    assert prove(scene, scene.token(iat=seconds - 300, exp=seconds - leeway + 1))
    assert prove(scene, scene.token(iat=seconds + leeway, nbf=seconds + leeway))
    with pytest.raises(NotProvenError, match="step 5: the token expired"):
        prove(scene, scene.token(iat=seconds - 300, exp=seconds - leeway))
    with pytest.raises(NotProvenError, match="step 5: the token was issued"):
        prove(scene, scene.token(iat=seconds + leeway + 1))


# One attack per step: (function of the step, the attack, number and sentence).
NOON = 1795348800
ATTACKS = {
    "issuer_is_subject": (
        lambda s: (s.token(iss=MALLORY), None),
        f"1: iss is '{MALLORY}' and sub is '{ALICE}'; expected the same",
    ),
    "audience_is_us": (
        lambda s: (s.token(aud=MALLORY), None),
        f"2: aud is '{MALLORY}'; expected '{US}'",
    ),
    "header_chooses_nothing": (
        lambda s: (s.token(header={"jwk": {}}), None),
        "3: the header holds jwk, which is not allowed",
    ),
    "algorithm_is_allowed": (
        lambda s: (s.token(header={"alg": "none"}), None),
        "3: alg is 'none'; expected ES256 or EdDSA",
    ),
    "kid_belongs_to_subject": (
        lambda s: (
            s.token(header={"kid": f"{MALLORY}#k1"}),
            s.document_of(ALICE, [s.key], lambda d: (
                d["verificationMethod"][0].update(id=f"{MALLORY}#k1"),
                d.update(capabilityInvocation=[f"{MALLORY}#k1"]),
            )),
        ),
        f"3: kid is '{MALLORY}#k1'; expected a key of {ALICE}",
    ),
    "key_is_for_tokens": (
        lambda s: (s.token(key=s.presentation), s.document_of(ALICE, [s.key, s.presentation])),
        f"3: the DID document of {ALICE} does not list the key {ALICE}#vp in capabilityInvocation",
    ),
    "algorithm_is_the_keys": (
        lambda s: (s.token(header={"alg": "EdDSA"}), None),
        f"3: alg is 'EdDSA'; the key {ALICE}#k1 signs with ES256",
    ),
    "signature_fits": (
        lambda s: (s.token(key=s.other, header={"kid": s.key.id}), None),
        f"3: the signature was not made with the key {ALICE}#k1",
    ),
    "document_is_of_subject": (
        lambda s: (
            s.token(),
            s.document_of(ALICE, [s.key], lambda d: d.update(id=MALLORY)),
        ),
        f"4: the DID document is of '{MALLORY}' and sub is '{ALICE}'",
    ),
    "valid_already": (
        lambda s: (s.token(nbf=NOON + 60), None),
        "5: the token is not valid before 2026-11-22T12:01:00Z; it is 2026-11-22T12:00:00Z",
    ),
    "not_expired": (
        lambda s: (s.token(iat=NOON - 300, exp=NOON - 60), None),
        "5: the token expired at 2026-11-22T11:59:00Z; it is 2026-11-22T12:00:00Z",
    ),
    "issued_in_the_past": (
        lambda s: (s.token(iat=NOON + 60), None),
        "5: the token was issued at 2026-11-22T12:01:00Z; it is 2026-11-22T12:00:00Z",
    ),
    "lives_shortly": (
        lambda s: (s.token(exp=NOON + 3601), None),
        "5: the token is valid for 1:00:01; expected at most 1:00:00",
    ),
    "jti_is_storable": (
        lambda s: (s.token(jti="x" * 257), None),
        "6: jti is '" + "x" * 116 + "...; expected 1 to 256 printable characters",
    ),
}  # fmt: skip


def test_every_step_has_its_attack():
    assert [step.check.__name__ for step in STEPS] == list(ATTACKS)


def test_steps_that_need_no_document_run_before_one_is_fetched(scene: Any):
    check_unresolved(read(scene.token()), audience=US, now=scene.now)
    for step in STEPS:
        if not step.needs_document:
            attack, sentence = ATTACKS[step.check.__name__]
            with pytest.raises(NotProvenError) as caught:
                check_unresolved(read(attack(scene)[0]), audience=US, now=scene.now)
            assert str(caught.value) == f"DCP 1.0 §4.3.3 step {sentence}"


@pytest.mark.parametrize("step", STEPS, ids=[step.check.__name__ for step in STEPS])
def test_each_step_alone_stops_its_attack(scene: Any, step: Any):
    attack, sentence = ATTACKS[step.check.__name__]
    token, document = attack(scene)
    attempt = Attempt(
        token=read(token), document=document or scene.document, audience=US, now=scene.now
    )
    with pytest.raises(NotProvenError) as caught:
        _verify_by(STEPS, attempt)
    assert str(caught.value) == f"DCP 1.0 §4.3.3 step {sentence}"
    assert int(sentence[0]) == step.number
    # Without this one step nothing else stops the attack: so the step is what stopped it.
    without = tuple(other for other in STEPS if other is not step)
    assert _verify_by(without, attempt).did == ALICE


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"aud": None}, f"2: aud is None; expected '{US}'"),
        ({"aud": [US, MALLORY]}, f"2: aud is ['{US}', '{MALLORY}']; expected '{US}'"),
        ({"header": {"jku": "https://x"}}, "3: the header holds jku, which is not allowed"),
        ({"header": {"x5u": "https://x"}}, "3: the header holds x5u, which is not allowed"),
        ({"header": {"crit": ["b64"]}}, "3: the header holds crit, which is not allowed"),
        ({"header": {"alg": "HS256"}}, "3: alg is 'HS256'; expected ES256 or EdDSA"),
        ({"header": {"alg": ["ES256"]}}, "3: alg is ['ES256']; expected ES256 or EdDSA"),
        ({"header": {"alg": None}}, "3: alg is None; expected ES256 or EdDSA"),
        ({"header": {"kid": "k1"}}, f"3: kid is 'k1'; expected a key of {ALICE}"),
        (
            {"header": {"kid": f"{ALICE}#gone"}},
            f"3: the DID document of {ALICE} has no method '{ALICE}#gone'",
        ),
        ({"exp": None}, "5: exp is None; expected seconds since 1970"),
        ({"exp": "1795348900"}, "5: exp is '1795348900'; expected seconds since 1970"),
        ({"exp": True}, "5: exp is True; expected seconds since 1970"),
        ({"exp": 10**30}, f"5: exp is {10**30}; expected seconds since 1970"),
        ({"iat": None}, "5: iat is None; expected seconds since 1970"),
        ({"iat": -1}, "5: iat is -1; expected seconds since 1970"),
        ({"nbf": []}, "5: nbf is []; expected seconds since 1970"),
        ({"jti": None}, "6: jti is None; expected 1 to 256 printable characters"),
        ({"jti": ""}, "6: jti is ''; expected 1 to 256 printable characters"),
        ({"jti": "a\0"}, "6: jti is 'a\\x00'; expected 1 to 256 printable characters"),
    ],
)
def test_other_tokens_that_do_not_prove(scene: Any, change: Any, sentence: Any):
    with pytest.raises(NotProvenError) as caught:
        prove(scene, scene.token(**change))
    assert str(caught.value) == f"DCP 1.0 §4.3.3 step {sentence}"


def test_without_kid_two_methods_are_ambiguous(scene: Any):
    document = scene.document_of(ALICE, [scene.key, scene.other])
    with pytest.raises(NotProvenError) as caught:
        prove(scene, scene.token(header={"kid": None}), document)
    assert str(caught.value) == (
        "DCP 1.0 §4.3.3 step 3: the header has no kid and the DID document has 2 methods;"
        " expected a kid, or exactly one method"
    )


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(scene: Any):
    import hashlib
    import hmac

    x = scene.key.public_jwk()["x"].encode()
    head, body, _ = scene.token(header={"alg": "HS256"}).split(".")
    mac = hmac.new(x, f"{head}.{body}".encode(), hashlib.sha256).digest()
    attempt = Attempt(
        token=read(f"{head}.{body}.{base64url.encode(mac)}"),
        document=scene.document, audience=US, now=scene.now,
    )  # fmt: skip
    without = tuple(step for step in STEPS if step.check.__name__ != "algorithm_is_allowed")
    for steps in (STEPS, without):
        with pytest.raises(NotProvenError):
            _verify_by(steps, attempt)


def test_unlisted_keys_are_taken_only_when_nothing_is_listed(scene: Any):
    none = scene.document_of(ALICE, [scene.key], lambda d: d.pop("capabilityInvocation"))
    empty = scene.document_of(ALICE, [scene.key], lambda d: d.update(capabilityInvocation=[]))
    other = scene.document_of(
        ALICE, [scene.key], lambda d: d.update(capabilityInvocation=[f"{ALICE}#another"])
    )
    for document in (none, empty):
        assert prove(scene, scene.token(), document, unlisted_keys=True).did == ALICE
    for document, option in ((none, False), (empty, False), (other, True)):
        with pytest.raises(NotProvenError, match="does not list the key"):
            prove(scene, scene.token(), document, unlisted_keys=option)


def test_a_key_of_an_unread_kind_says_so(scene: Any):
    document = scene.document_of(
        ALICE, [scene.key], lambda d: d["verificationMethod"][0].pop("publicKeyJwk")
    )
    with pytest.raises(NotProvenError, match="neither a publicKeyJwk nor a publicKeyMultibase"):
        prove(scene, scene.token(), document)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        pytest.param(lambda t: t + "A" * 8192, "the token is longer than 8192 bytes", id="size"),
        pytest.param(lambda _: "ạ" * 3000, "the token is longer than 8192 bytes", id="size, UTF-8"),
        pytest.param(lambda t: t + ".",
            "the token has 4 parts between dots; expected 3", id="parts"),
        pytest.param(lambda _: "", "the token has 1 parts between dots; expected 3", id="empty"),
        pytest.param(lambda t: t + "=",
            "the signature of the token cannot be read: it is not base64url without padding",
            id="padding"),
        pytest.param(lambda t: " " + t,
            "the header of the token cannot be read: it is not base64url without padding",
            id="space"),
        pytest.param(lambda _: "e30." + base64url.encode(b"[]") + ".",
            "the payload of the token cannot be read: JSON that is not an object", id="array"),
        pytest.param(lambda _: base64url.encode(b'{"alg":"none","alg":"ES256"}') + ".e30.",
            "the header of the token cannot be read: the member 'alg' twice in one object",
            id="twice"),
    ],
)  # fmt: skip
def test_texts_that_are_no_token(scene: Any, damage: Any, sentence: Any):
    token = scene.token()
    with pytest.raises(NotProvenError) as caught:
        read(damage(token))
    assert str(caught.value) == f"RFC 7519 §7.2: {sentence}"
    assert token[:20] not in str(caught.value)


@pytest.mark.parametrize(
    ("sub", "sentence"),
    [
        (None, "sub is None; expected a DID"),
        (
            "did:web:127.0.0.1",
            (
                "sub cannot be resolved: 'did:web:127.0.0.1' names an IP address; expected"
                " did:web:HOST[%3APORT][:PATH]... with a host name"
            ),
        ),
    ],
)
def test_subjects_that_cannot_be_resolved(scene: Any, sub: Any, sentence: Any):
    with pytest.raises(NotProvenError) as caught:
        read(scene.token(sub=sub))
    assert str(caught.value) == f"DCP 1.0 §4.3.3 step 3: {sentence}"


def test_an_access_token_is_a_text(scene: Any):
    with pytest.raises(NotProvenError, match="the claim token is not a text"):
        read(scene.token(token=5))


def test_issue_takes_only_a_token_key_of_the_sender(scene: Any):
    for key, did in ((scene.presentation, ALICE), (scene.key, MALLORY)):
        with pytest.raises(ValueError, match="is not a token key of"):
            issue(key=key, did=did, audience=US, jti="j", now=scene.now)
    with pytest.raises(ValueError, match="a token lives longer than 0 and at most 1:00:00"):
        issue(key=scene.key, did=ALICE, audience=US, jti="j", now=scene.now,
              lifetime=timedelta(hours=2))  # fmt: skip
