"""A receipt is proven, or refused for the right reason; the good ones beside it stay proven."""

from __future__ import annotations

from typing import Any

import pytest

from faifo.ledger.leaf import write_opening
from faifo.ledger.refused import ProofError
from faifo.ledger.trust_policy import parse_policy
from faifo.ledger.verifying import judge
from proofs import TAMPERINGS, genuine, made_log, opening, spoilt

LOG = made_log()
POLICY = parse_policy(LOG.policy)


@pytest.mark.parametrize("name", TAMPERINGS)
def test_every_tampering_is_refused_for_its_reason_and_hides_nothing_beside_it(name: str):
    good, bad = judge({"good": genuine(), "bad": spoilt(name)}, POLICY)
    if good.file == "bad":
        good, bad = bad, good
    assert good.fault is None
    assert bad.fault is not None
    assert bad.fault.fault.value in TAMPERINGS[name][1].split()


def test_there_are_enough_kinds_of_tampering():
    assert len(TAMPERINGS) >= 20


@pytest.mark.parametrize(("leaves", "index"), [(1, 0), (2, 1), (3, 2), (256, 255), (300, 257)])
def test_receipts_of_trees_of_other_sizes_are_proven(leaves: int, index: int):
    (found,) = judge({"r": made_log(leaves).receipt(index)}, POLICY)
    assert (found.fault, found.cosigned) == (None, {"osaka": 1_796_000_000})


def test_an_opening_goes_to_the_receipt_that_it_opens():
    files = {
        "3": LOG.receipt(3), "5": LOG.receipt(5),
        "open": write_opening(opening(5)), "other": write_opening(opening(99)),
    }  # fmt: skip
    found = {one.file: one for one in judge(files, POLICY)}
    assert found["5"].opening == opening(5)
    assert found["3"].opening is None
    assert found["other"].record()["fault"] == "opening"
    assert "open" not in found


@pytest.mark.parametrize(
    ("policy", "fault"),
    [
        ("quorum none", "unsigned"),
        (made_log(origin="other.example/log").key.vkey, "origin"),
        (made_log(seed=3).key.vkey, "unsigned"),
    ],
)
def test_without_the_right_key_nobody_knows_who_signed(policy: str, fault: str):
    (found,) = judge({"r": genuine()}, parse_policy(policy))
    assert found.record()["fault"] == fault


KEY, ONE = LOG.key.vkey, LOG.witness.vkey
TWO = made_log(witness_seed=7).witness.vkey


@pytest.mark.parametrize(
    ("policy", "proven"),
    [
        (KEY, True),
        (f"{KEY}\n{ONE}", True),
        (f"# ours\n\tlog {KEY} https://hanoi.example/log\nquorum none\n", True),
        (f"log {KEY}\nwitness a {ONE}\nwitness b {TWO}\ngroup g any a b\nquorum g", True),
        (f"log {KEY}\nwitness a {ONE}\nwitness b {TWO}\ngroup g 1 a b\nquorum g", True),
        (f"log {KEY}\nwitness a {ONE}\nwitness b {TWO}\ngroup g all a b\nquorum g", False),
        (f"log {KEY}\nwitness b {TWO}\nquorum b", False),
    ],
)
def test_a_policy_says_whose_word_is_enough(policy: str, proven: bool):
    (found,) = judge({"r": genuine()}, parse_policy(policy))
    assert (found.fault is None) is proven
    assert proven or found.record()["fault"] == "cosignatures"


@pytest.mark.parametrize(
    "policy",
    [
        "frob", f"log {ONE}", f"witness a {KEY}", f"witness none {ONE}", "quorum a",
        "quorum none\nquorum none", f"log {KEY}\nlog {KEY}",
        f"witness a {ONE}\nwitness a {TWO}", f"witness a {ONE}\ngroup g 2 a",
        f"witness a {ONE}\ngroup g 0 a", f"witness a {ONE}\ngroup g any a a",
        f"witness a {ONE}\ngroup g any b", f"witness a {ONE}\ngroup g any",
        f"witness a {ONE}\ngroup g any a\ngroup h any a", KEY[:-4], KEY.replace("+", "-", 1),
        KEY.replace("hanoi", "saigon"), "\n" * 300,
    ],
)  # fmt: skip
def test_a_policy_that_says_nothing_known_is_refused(policy: str):
    with pytest.raises(ProofError):
        parse_policy(policy)


def test_what_a_verdict_tells_programs_is_the_same_in_each_language():
    (found,) = judge({"r": genuine(), "o": write_opening(opening(5))}, POLICY)
    told: Any = found.record()
    assert told == {
        "file": "r", "proven": True, "fault": None, "kind": "access", "origin": LOG.origin,
        "index": 5, "size": 7, "key": KEY, "key_from": "given",
        "cosigned": {"osaka": 1_796_000_000},
        "record": opening(5).record.decode(),
    }  # fmt: skip
