from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from wallet import ISSUER, MALLORY, NOON, document, resigned  # type: ignore[import-not-found]

from faifo.errors import NotProvenError
from faifo.trust.dcp.recognition import (
    Believed,
    Issuer,
    Recognised,
    read_recognition,
    write_recognition,
)  # fmt: skip
from faifo.trust.keys import KeyPurpose

OWN, FOREIGN = ISSUER, "did:web:authority.jp.example"
MEMBER = "MembershipCredential"
YEAR = timedelta(days=365)


@pytest.fixture
def desk(make_key: Any):
    return make_key(OWN, "vc", KeyPurpose.CREDENTIAL)


def signed(desk: Any, *, until: Any = NOON + YEAR, entry_until: Any = NOON + YEAR, **header: Any):
    entries = [Recognised(did=FOREIGN, types=(MEMBER,), until=entry_until)]
    text = write_recognition(entries, by=OWN, key=desk, now=NOON, until=until)
    return resigned(text, desk, header=header) if header else text


def read(desk: Any, text: str, now: Any = NOON):
    return read_recognition(text, by=OWN, document=document(OWN, [desk]), now=now)


def recognition(desk: Any, *, types: Any = (MEMBER,), recognises: bool = True, **change: Any):
    own = Issuer(did=OWN, types=types, recognises=recognises)
    return Believed(issuers=(own,), lists=(read(desk, signed(desk, **change)),))


def test_who_is_recognised_by_our_authority_is_believed(desk: Any):
    believed = recognition(desk)
    assert believed.refusal(OWN, MEMBER, now=NOON) is None
    assert believed.refusal(FOREIGN, MEMBER, now=NOON) is None


@pytest.mark.parametrize(
    ("make", "name", "reason"),
    [
        pytest.param(recognition, "AIAssuranceCredential",
            f"{FOREIGN} is not an issuer that this node recognises", id="outside our types"),
        pytest.param(lambda d: recognition(d, types=("*",)), "AIAssuranceCredential",
            f"{OWN} recognises {FOREIGN} for {MEMBER} only", id="outside its types"),
        pytest.param(lambda d: recognition(d, entry_until=NOON), MEMBER,
            f"{OWN} recognised {FOREIGN} until 2026-11-22T12:00:00Z only", id="entry out of date"),
        pytest.param(lambda d: recognition(d, recognises=False), MEMBER,
            f"{FOREIGN} is not an issuer that this node recognises", id="not asked to recognise"),
    ],
)  # fmt: skip
def test_recognition_has_bounds(desk: Any, make: Any, name: str, reason: str):
    assert str(make(desk).refusal(FOREIGN, name, now=NOON)) == reason


def test_a_list_read_in_time_binds_no_longer_than_its_date(desk: Any):
    believed = recognition(desk, until=NOON + timedelta(hours=1))
    assert believed.refusal(FOREIGN, MEMBER, now=NOON) is None
    assert str(believed.refusal(FOREIGN, MEMBER, now=NOON + timedelta(hours=1))) == (
        f"{OWN} recognised {FOREIGN} until 2026-11-22T13:00:00Z only"
    )


def test_a_recognition_list_out_of_date_is_refused(desk: Any):
    text = signed(desk)
    assert read(desk, text).entries[0].did == FOREIGN
    with pytest.raises(NotProvenError) as caught:
        read(desk, text, now=NOON + YEAR)
    assert str(caught.value) == (
        f"recognition: the recognition list of {OWN} ended at 2027-11-22T12:00:00Z"
    )


def test_lists_that_prove_nothing(desk: Any, make_key: Any):
    mallory = make_key(MALLORY, "vc", KeyPurpose.CREDENTIAL)
    other = make_key(OWN, "vc", KeyPurpose.AGREEMENT)
    text = signed(desk)
    for damaged, reason in [
        (resigned(text, other), f"the signature was not made with the key {OWN}#vc"),
        (
            resigned(text, mallory, header={"kid": mallory.id}),
            f"the recognition list of {OWN} is signed by {MALLORY}#vc".replace("#vc", ""),
        ),
        (signed(desk, typ="JWT"), "typ is 'JWT'; expected 'recognition+jwt'"),
        (signed(desk, alg="none"), "alg is 'none'; expected ES256 or EdDSA"),
        (resigned(text, desk, payload={"exp": None}), f"the recognition list of {OWN} has no end"),
    ]:
        with pytest.raises(NotProvenError) as caught:
            read(desk, damaged)
        assert str(caught.value) == f"recognition: {reason}"
