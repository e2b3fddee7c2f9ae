from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from wallet import (
    HOLDER,
    ISSUER,
    LIST,
    MALLORY,
    NOON,
    SCHEMA,
    VERIFIER,
    Wallet,
    resigned,
)  # fmt: skip

from faifo.errors import NotProvenError
from faifo.trust.dcp.credential import read_credential
from faifo.trust.dcp.presentation import (
    STEPS,
    Stage,
    check_stage,
    read_presentation,
    verify,
    verify_by,
)  # fmt: skip
from faifo.trust.dcp.profiles import Profile
from faifo.trust.dcp.recognition import Believed, Issuer
from faifo.trust.dcp.status_list import StatusRules, read_status_list

TIME = "it is 2026-11-22T12:00:00Z"


@pytest.fixture(params=list(Profile), ids=lambda profile: profile.name)
def wallet(make_key: Any, request: Any):
    return Wallet(make_key, request.param)


def refused(attempt: Any) -> str:
    with pytest.raises(NotProvenError) as caught:
        verify(attempt)
    return str(caught.value)


def vp(wallet: Any, *, key: Any = None, header: Any = None, **payload: Any):
    text = wallet.presentation()
    return resigned(text, key or wallet.presentation_key, header=header, payload=payload)


def vc(wallet: Any, /, *, key: Any = None, header: Any = None, **payload: Any):
    """A presentation of a credential that differs in what a test says."""
    text = resigned(
        wallet.credential(), key or wallet.credential_key, header=header, payload=payload
    )
    return wallet.presentation(text)


def lists(wallet: Any, **change: Any):
    return {LIST: read_status_list(wallet.list_text(**change).encode(), url=LIST)}


def revoked(wallet: Any):
    wallet.bits[0] = 1
    return wallet.attempt()


def unlisted(did: str, relationship: str):
    def attack(wallet: Any) -> Any:
        change = lambda plain: plain.update({relationship: []})  # noqa: E731
        found = wallet.with_document(did, change)
        lists = {LIST: read_status_list(wallet.list_text().encode(), url=LIST)}
        return wallet.attempt(documents=found, lists=lists)

    return attack


def signed_by_agreement_key(wallet: Any):
    """The issuer's agreement key is in its document, but not for credentials."""
    return wallet.attempt(vc(wallet, key=wallet.agreement_key,
                             header={"kid": wallet.agreement_key.id}))  # fmt: skip


def signed_by_token_key(wallet: Any):
    return wallet.attempt(vp(wallet, key=wallet.token_key, header={"kid": wallet.token_key.id}))


def foreign_presenter(wallet: Any):
    return wallet.attempt(vp(wallet, iss=MALLORY, sub=MALLORY))


def by_mallory(wallet: Any):
    """Mallory signs a credential in the name of the authority, with a key of his own."""
    text = vc(wallet, key=wallet.mallorys, header={"kid": wallet.mallorys.id})
    return wallet.attempt(text)


def presented_by_mallory(wallet: Any):
    """Mallory's key under the holder's name, and the holder's document says it is good."""
    mallorys = wallet.mallorys

    def change(plain: Any) -> None:
        method = {"id": mallorys.id, "type": "JsonWebKey2020", "controller": HOLDER,
                  "publicKeyJwk": mallorys.public_jwk()}  # fmt: skip
        plain["verificationMethod"].append(method)
        plain["authentication"].append(mallorys.id)

    text = vp(wallet, key=mallorys, header={"kid": mallorys.id})
    documents = wallet.with_document(HOLDER, change)
    plain = msgspec.structs.replace(documents[HOLDER], id=MALLORY)
    return wallet.attempt(text, documents=documents | {MALLORY: plain})


def untyped(wallet: Any):
    types = {"type": ["MembershipCredential"]}
    if wallet.profile is Profile.VC20:
        return wallet.attempt(vc(wallet, **types))
    payload = read_presentation(wallet.presentation()).credentials[0].jws.payload
    return wallet.attempt(vc(wallet, vc=payload["vc"] | types))


def short_list(wallet: Any):
    wallet.bits = wallet.bits[:2048]
    return wallet.attempt()


def without_list_signature(wallet: Any):
    found = lists(wallet)[LIST]
    return wallet.attempt(lists={LIST: msgspec.structs.replace(found, jws=None)})


S = "DCP 1.0 §5.4.3"
# One attack per step: what is done, and the exact refusal.
ATTACKS = {
    "holds_credentials": (
        lambda w: w.attempt(presentations=(), asked=()),
        f"{S} step 1: there are 0 presentations; expected 1 to 8",
    ),
    "answers_what_was_asked": (
        lambda w: w.attempt(asked=("DataProtectionCredential",)),
        f"{S} step 1: {HOLDER} presented no DataProtectionCredential",
    ),
    "presentation_header_is_plain": (
        lambda w: w.attempt(vp(w, header={"jwk": w.mallorys.public_jwk()})),
        f"{S} step 2: the header holds jwk, which is not allowed",
    ),
    "presentation_key_is_the_holders": (
        presented_by_mallory,
        f"{S} step 2: kid is '{MALLORY}#vc'; expected a key of {HOLDER}",
    ),
    "presentation_signature_fits": (
        lambda w: w.attempt(vp(w, key=w.mallorys)),
        f"{S} step 2: the signature was not made with the key {HOLDER}#vp",
    ),
    "presentation_key_is_listed": (
        signed_by_token_key,
        f"{S} step 3: the DID document of {HOLDER} does not list the key {HOLDER}#token"
        " in authentication",
    ),
    "presenter_is_the_holder": (
        lambda w: w.attempt(vp(w, sub=MALLORY)),
        f"{S} holder: the presentation is by '{MALLORY}'; expected '{HOLDER}'",
    ),
    "presentation_is_for_us": (
        lambda w: w.attempt(w.presentation(audience=MALLORY)),
        f"{S} audience: aud is '{MALLORY}'; expected '{VERIFIER}'",
    ),
    "presentation_is_in_time": (
        lambda w: w.attempt(vp(w, exp=int(NOON.timestamp()) - 60)),
        f"{S} step 7: the presentation expired at 2026-11-22T11:59:00Z; {TIME}",
    ),
    "credential_key_is_the_issuers": (
        by_mallory,
        f"{S} step 4: kid is '{MALLORY}#vc'; expected a key of the issuer {ISSUER}",
    ),
    "issuer_is_recognised": (
        lambda w: w.attempt(recognition=Believed(
            issuers=(Issuer(did=ISSUER, types=("AIAssuranceCredential",)),))),
        f"{S} issuer: {ISSUER} may issue AIAssuranceCredential here, not MembershipCredential",
    ),
    "holder_is_the_subject": (
        lambda w: w.attempt(w.presentation(
            w.credential(subject={"id": MALLORY, "economy": "VN"}))),
        f"{S} holder: MembershipCredential is about '{MALLORY}'; expected '{HOLDER}'",
    ),
    "credential_is_in_time": (
        lambda w: w.attempt(w.presentation(w.credential(valid_until=NOON - timedelta(minutes=1)))),
        f"{S} step 7: the MembershipCredential expired at 2026-11-22T11:59:00Z; {TIME}",
    ),
    "credential_is_typed": (
        untyped,
        f"{S} step 5: the type of the credential is MembershipCredential,"
        " without VerifiableCredential",
    ),
    "sub_is_the_subject": (
        lambda w: w.attempt(vc(w, sub=MALLORY)),
        f"{S} step 5: sub of the MembershipCredential is '{MALLORY}',"
        " which is not its subject's id",
    ),
    "credential_header_is_plain": (
        lambda w: w.attempt(vc(w, header={"x5u": "https://mallory.example/key"})),
        f"{S} step 5: the header holds x5u, which is not allowed",
    ),
    "credential_key_is_listed": (
        signed_by_agreement_key,
        f"{S} step 5: the DID document of {ISSUER} does not list the key {ISSUER}#agreement"
        " in assertionMethod",
    ),
    "credential_signature_fits": (
        lambda w: w.attempt(vc(w, key=w.mallorys)),
        f"{S} step 5: the signature was not made with the key {ISSUER}#vc",
    ),
    "lists_are_the_issuers": (
        without_list_signature,
        f"{S} step 6: the status list {LIST} is not signed",
    ),
    "lists_fit": (
        short_list,
        f"{S} step 6: the status list {LIST} has 16384 bits; expected at least 131072",
    ),
    "nothing_is_withdrawn": (
        revoked,
        f"{S} step 6: MembershipCredential by {ISSUER} is revoked",
    ),
    "schema_fits": (
        lambda w: w.attempt(schemas={SCHEMA: {"required": ["scheme"]}}),
        f"{S} schema: MembershipCredential does not fit its schema: there is no scheme at $",
    ),
}  # fmt: skip


def test_what_is_genuine_is_proven(wallet: Any):
    proven = verify(wallet.attempt())
    assert proven.holder == HOLDER
    assert [credential.types for credential in proven.credentials] == [("MembershipCredential",)]
    assert proven.valid_until == NOON + timedelta(hours=1)  # the status list ends first
    for stage in Stage:
        check_stage(wallet.attempt(), stage)


def test_every_step_has_its_attack():
    assert [step.check.__name__ for step in STEPS] == list(ATTACKS)


def test_steps_are_sorted_by_stage():
    stages = [step.stage for step in STEPS]
    assert stages == sorted(stages)


@pytest.mark.parametrize("step", STEPS, ids=[step.check.__name__ for step in STEPS])
def test_each_step_alone_stops_its_attack(wallet: Any, step: Any):
    attack, sentence = ATTACKS[step.check.__name__]
    assert verify(wallet.attempt()).holder == HOLDER
    attempt = attack(wallet)
    assert refused(attempt) == sentence
    # Without this one step nothing else stops the attack: so the step is what stopped it.
    without = tuple(other for other in STEPS if other is not step)
    assert verify_by(without, attempt).holder == HOLDER


OTHERS = {
    "algorithm none": (
        lambda w: w.attempt(vp(w, header={"alg": "none"})),
        f"{S} step 2: alg is 'none'; expected ES256 or EdDSA",
    ),
    "algorithm confusion": (
        lambda w: w.attempt(vp(w, header={"alg": "HS256"})),
        f"{S} step 2: alg is 'HS256'; expected ES256 or EdDSA",
    ),
    "another algorithm than the key's": (
        lambda w: w.attempt(vc(w, header={"alg": "EdDSA"})),
        f"{S} step 5: alg is 'EdDSA'; the key {ISSUER}#vc signs with ES256",
    ),
    "key by jku": (
        lambda w: w.attempt(vp(w, header={"jku": "https://mallory.example/keys"})),
        f"{S} step 2: the header holds jku, which is not allowed",
    ),
    "certificate by its address": (
        lambda w: w.attempt(vc(w, header={"x5u": "https://mallory.example/chain"})),
        f"{S} step 5: the header holds x5u, which is not allowed",
    ),
    "no kid": (
        lambda w: w.attempt(vp(w, header={"kid": None})),
        f"{S} step 2: kid is None; expected a key of {HOLDER}",
    ),
    "kid that is no DID URL": (
        lambda w: w.attempt(vp(w, header={"kid": HOLDER})),
        f"{S} step 2: kid is '{HOLDER}'; expected a key of {HOLDER}",
    ),
    "kid of no method": (
        lambda w: w.attempt(vp(w, header={"kid": f"{HOLDER}#gone"})),
        f"{S} step 2: the DID document of {HOLDER} has no method '{HOLDER}#gone'",
    ),
    "relationship emptied": (
        unlisted(HOLDER, "authentication"),
        f"{S} step 3: the DID document of {HOLDER} does not list the key {HOLDER}#vp"
        " in authentication",
    ),
    "audience of two": (
        lambda w: w.attempt(vp(w, aud=[VERIFIER, MALLORY])),
        f"{S} audience: aud is ['{VERIFIER}', '{MALLORY}']; expected '{VERIFIER}'",
    ),
    "presentation of the future": (
        lambda w: w.attempt(vp(w, nbf=int(NOON.timestamp()) + 60)),
        f"{S} step 7: the presentation is not valid before 2026-11-22T12:01:00Z; {TIME}",
    ),
    "presentation without end": (
        lambda w: w.attempt(vp(w, exp=None)),
        f"{S} step 7: the presentation has no exp",
    ),
    "credential of the future": (
        lambda w: w.attempt(w.presentation(w.credential(valid_from=NOON + timedelta(minutes=1)))),
        f"{S} step 7: the MembershipCredential is not valid before 2026-11-22T12:01:00Z; {TIME}",
    ),
    "issuer that nobody recognises": (
        lambda w: w.attempt(recognition=Believed()),
        f"{S} issuer: {ISSUER} is not an issuer that this node recognises",
    ),
    "list of another issuer": (
        lambda w: w.attempt(lists={LIST: msgspec.structs.replace(lists(w)[LIST], issuer=MALLORY)}),
        f"{S} step 6: the status list {LIST} is by {MALLORY}; not {ISSUER}",
    ),
    "list that ended": (
        lambda w: w.attempt(lists=lists(w, now=NOON - timedelta(hours=1))),
        f"{S} step 6: the status list {LIST} ended at 2026-11-22T12:00:00Z",
    ),
    "list of another purpose": (
        lambda w: w.attempt(lists=lists(w, purpose="suspension")),
        f"{S} step 6: the status list {LIST} is not one of revocation",
    ),
    "no list at hand": (
        lambda w: w.attempt(lists={}),
        f"{S} step 6: the status list {LIST} is not at hand",
    ),
    "index beyond the list": (
        lambda w: w.attempt(w.presentation(w.credential(entries=(w.entry(index=131072),)))),
        f"{S} step 6: the status index 131072 is beyond the list {LIST}",
    ),
    "schema not at hand": (
        lambda w: w.attempt(schemas={}),
        f"{S} schema: the schema {SCHEMA} is not at hand",
    ),
    "document not at hand": (
        lambda w: w.attempt(documents={HOLDER: w.documents[HOLDER]}),
        f"DID resolution: the DID document of {ISSUER} is not at hand",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_other_presentations_that_do_not_prove(wallet: Any, name: str):
    attack, sentence = OTHERS[name]
    assert refused(attack(wallet)) == sentence


def test_one_failure_refuses_everything(wallet: Any):
    good, bad = wallet.presentation(), wallet.presentation(wallet.credential(id="urn:uuid:2"))
    assert len(verify(wallet.attempt(good, bad)).credentials) == 2
    bad = wallet.presentation(
        wallet.credential(valid_until=NOON - timedelta(minutes=1)), wallet.credential()
    )
    assert "step 7" in refused(wallet.attempt(good, bad))


def test_an_unsigned_and_short_list_passes_only_where_the_rules_say_so(wallet: Any):
    wallet.bits = wallet.bits[:2048]
    found = {LIST: msgspec.structs.replace(lists(wallet)[LIST], jws=None)}
    lenient = StatusRules(signed=False, minimum_bits=0)
    attempt = wallet.attempt(lists=found)
    rules = msgspec.structs.replace(attempt.rules, status=lenient)
    assert verify(msgspec.structs.replace(attempt, rules=rules)).holder == HOLDER
    assert "is not signed" in refused(attempt)


def test_a_status_entry_of_the_other_profile_is_refused(make_key: Any):
    wallet = Wallet(make_key, Profile.VC11)
    entry = wallet.entry(type="BitstringStatusListEntry")
    text = wallet.presentation(wallet.credential(entries=(entry,)))
    assert refused(wallet.attempt(text)) == (
        f"{S} step 6: a credential of vc11-sl2021/jwt has a status entry BitstringStatusListEntry"
    )


def test_a_presentation_holds_credentials_of_one_profile(make_key: Any):
    old, new = Wallet(make_key, Profile.VC11), Wallet(make_key, Profile.VC20)
    payload = {"vp": {"type": "VerifiablePresentation", "verifiableCredential": [new.credential()]}}
    text = resigned(old.presentation(), old.presentation_key, payload=payload)
    with pytest.raises(NotProvenError) as caught:
        read_presentation(text)
    assert str(caught.value) == (
        f"{S} step 2: a presentation of vc11-sl2021/jwt holds a credential of vc20-bssl/jwt"
    )


WHOLE = {
    "type": "object",
    "required": ["type", "issuer", "credentialSubject"],
    "properties": {"credentialSubject": {"type": "object", "required": ["id", "economy"]}},
    "additionalProperties": True,
}
OTHER: dict[str, Any] = {"properties": {"credentialSubject": {"required": ["scheme"]}}}


def test_a_schema_may_be_of_the_whole_credential(wallet: Any):
    assert verify(wallet.attempt(schemas={SCHEMA: WHOLE})).holder == HOLDER
    assert refused(wallet.attempt(schemas={SCHEMA: OTHER})) == (
        f"{S} schema: MembershipCredential does not fit its schema: "
        "there is no scheme at $.credentialSubject"
    )
    members = read_credential(wallet.credential()).document
    assert not {"iss", "sub", "exp", "nbf", "jti"} & members.keys()
    assert members["credentialSubject"] == {"id": HOLDER, "economy": "VN"}
