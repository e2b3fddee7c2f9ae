"""Bundles of evidence: bounded, whole, and compared with the other side's."""

from __future__ import annotations

import io
import json
import struct
import warnings
import zipfile
from typing import Any

import msgspec
import pytest

from faifo.ledger.bundle import MOST_FILE, About, judge_bundle, read_bundle, write_bundle
from faifo.ledger.comparing import Entry, compare, entries_of, forks
from faifo.ledger.leaf import Kind, Opening, Side, commitment, write_opening
from faifo.ledger.refused import ProofError
from faifo.ledger.trust_policy import Policy, parse_policy
from proofs import Log

AGREEMENT = "urn:uuid:01a22460-f1f9-7ec6-bd90-cba449174f51"
OURS, THEIRS = "hanoi.example/log", "osaka.example/log"


def said(kind: Kind, number: int, **told: Any) -> Opening:
    record = {"node": "did:web:x", "event": kind.name.lower(), "agreement": AGREEMENT, **told}
    side = Side.CONSUMER if told.get("consumer") else Side.PROVIDER
    return Opening(kind, side, bytes([number]) * 32, json.dumps(record).encode())


def access(number: int, digest: str, *, consumer: bool = False, size: int = 7) -> Opening:
    detail = {"bytes": size, "response_sha256": digest}
    return said(Kind.ACCESS, number, detail=detail, consumer=consumer)


def agreed(number: int, terms: str = "research") -> Opening:
    return said(Kind.AGREEMENT, number, document={"permission": terms})


def side(origin: str, openings: list[Opening], seed: int) -> tuple[Log, dict[str, bytes]]:
    log = Log([commitment(one) for one in openings], origin, seed)
    files = {}
    for place, one in enumerate(openings):
        files[f"receipts/ours/{place}.tlog-proof"] = log.receipt(place)
        files[f"receipts/ours/{place}.opening.json"] = write_opening(one)
    return log, files


def about(*logs: Log) -> About:
    return About(
        agreement=AGREEMENT, by="did:web:hanoi", peer="did:web:osaka", made="2026-11-29T00:00:00Z",
        keys=tuple(one.key.vkey for one in logs),
    )  # fmt: skip


MINE, FILES = side(OURS, [agreed(1), access(2, "aa"), access(3, "bb")], 1)
WHOLE = write_bundle(about(MINE), {**FILES, "agreement.json": b"{}"})


def test_a_bundle_is_proven_by_given_keys_or_by_its_own_and_says_which():
    given = judge_bundle("b", WHOLE, parse_policy(MINE.key.vkey))
    own = judge_bundle("b", WHOLE, Policy())
    for found, theirs in ((given, False), (own, True)):
        assert found.fault is None
        assert {one.own for one in found.verdicts} == {theirs}
        assert len(entries_of(found.verdicts)) == 3
    other = judge_bundle("b", WHOLE, parse_policy(Log([], OURS, 5).key.vkey))
    assert [one.fault.fault for one in other.verdicts if one.fault] == ["unsigned"] * 3
    assert other.fault is not None


@pytest.mark.parametrize("name", ["agreement.json", "receipts/ours/0.opening.json"])
def test_a_bundle_without_a_receipt_proves_nothing(name: str):
    raw = write_bundle(about(MINE), {name: FILES.get(name, b"{}")})
    assert judge_bundle("b", raw, Policy()).fault is not None


def test_a_bundle_with_a_policy_that_is_none_is_refused():
    keys = (f"witness w {MINE.witness.vkey}", f"group g {'9' * 5000} w")
    raw = write_bundle(msgspec.structs.replace(about(MINE), keys=keys), FILES)
    told = judge_bundle("b", raw, Policy())
    assert told.fault is not None
    assert told.fault.fault == "shape"


def test_the_same_content_makes_the_same_bundle():
    assert write_bundle(about(MINE), {**FILES, "agreement.json": b"{}"}) == WHOLE


def rezipped(change: Any) -> bytes:
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return zipped(change(files) or files)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return room.getvalue()


def twice() -> bytes:
    room = io.BytesIO(WHOLE)
    with warnings.catch_warnings(), zipfile.ZipFile(room, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("agreement.json", b"{}")
    return room.getvalue()


def far_away() -> bytes:
    """One file, that begins where no file is so long (ZIP64)."""
    raw = bytearray(zipped({"bundle.json": b"{}"}))
    central, end = raw.rindex(b"PK\x01\x02"), raw.rindex(b"PK\x05\x06")
    extra = struct.pack("<HHQ", 1, 8, 2**63 + 5)
    raw[end + 12 : end + 16] = struct.pack("<I", end - central + len(extra))
    raw[end:end] = extra
    raw[central + 30 : central + 32] = struct.pack("<H", len(extra))
    raw[central + 42 : central + 46] = b"\xff" * 4
    return bytes(raw)


SPOILT = {
    "no zip": (b"PK\x03\x04frob", "bundle"),
    "nothing": (b"", "bundle"),
    "cut": (WHOLE[: len(WHOLE) // 2], "bundle"),
    "no list": (zipped({"agreement.json": b"{}"}), "bundle"),
    "a list that is none": (zipped({"bundle.json": b"[]"}), "bundle"),
    "another form": (
        rezipped(lambda f: f.update({"bundle.json": f["bundle.json"].replace(b"/v1", b"/v2")})),
        "bundle",
    ),
    "a file too few": (rezipped(lambda f: f.pop("agreement.json") and None), "missing"),
    "a file too many": (rezipped(lambda f: f.update(extra=b"")), "changed"),
    "a changed file": (rezipped(lambda f: f.update({"agreement.json": b"[]"})), "changed"),
    "a name twice": (twice(), "bundle"),
    "another method": (zipped({"bundle.json": b"{}"}, zipfile.ZIP_LZMA), "bundle"),
    "a beginning beyond all files": (far_away(), "bundle"),
    "a bomb": (zipped({"bundle.json": bytes(MOST_FILE + 1)}), "size"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_no_whole_bundle_is_refused(name: str):
    raw, fault = SPOILT[name]
    with pytest.raises(ProofError) as caught:
        read_bundle(raw)
    assert caught.value.fault == fault
    assert judge_bundle("b", raw, Policy()).fault is not None


@pytest.mark.parametrize("at", range(0, len(WHOLE), 97))
def test_a_bit_anywhere_ends_in_a_verdict(at: int):
    raw = bytearray(WHOLE)
    raw[at] ^= 0x10
    judge_bundle("b", bytes(raw), Policy())  # a fault or not: never an error of the program


def test_bombs_in_many_files_are_bounded(monkeypatch: Any):
    monkeypatch.setattr("faifo.ledger.bundle.MOST_BUNDLE", 3 * 1024 * 1024)
    many = zipped({str(one): bytes(1024 * 1024) for one in range(5)})
    with pytest.raises(ProofError) as caught:
        read_bundle(many)
    assert caught.value.fault == "size"


def compared(theirs: list[Opening], mine: dict[str, bytes] = FILES) -> Any:
    log, files = side(THEIRS, theirs, 2)
    bundles = [write_bundle(about(MINE), mine), write_bundle(about(log), files)]
    judged = [judge_bundle(str(at), raw, Policy()) for at, raw in enumerate(bundles)]
    return compare(entries_of(one for each in judged for one in each.verdicts))


def test_two_honest_sides_prove_the_same():
    theirs = [access(8, "bb", consumer=True), agreed(9), access(7, "aa", consumer=True)]
    found = compared(theirs)
    assert (len(found.both), found.one_sided, found.contradictions) == (3, [], [])


def test_what_one_side_wrote_down_alone_is_its_claim():
    found = compared([agreed(9), access(7, "aa", consumer=True), access(6, "cc", consumer=True)])
    assert len(found.both) == 2
    assert {(one.side, one.said["detail"]["response_sha256"]) for one in found.one_sided} == {
        ("hanoi.example", "bb"), ("osaka.example", "cc"),
    }  # fmt: skip


def test_another_number_of_bytes_is_not_the_same():
    found = compared([access(7, "aa", consumer=True, size=8)])
    assert len(found.both) == 0


def test_another_text_of_the_agreement_contradicts():
    found = compared([agreed(9, "marketing")])
    assert [one.what for one in found.contradictions] == ["agreement"]


def test_two_entries_at_one_place_of_a_log_contradict():
    _, forged = side(OURS, [agreed(1), access(2, "aa"), access(3, "zz")], 1)
    judged = [
        judge_bundle(str(at), write_bundle(about(MINE), files), Policy())
        for at, files in enumerate((FILES, forged))
    ]
    verdicts = [one for each in judged for one in each.verdicts]
    assert [one.fault for one in verdicts if one.fault] == []
    assert "fork" in {one.what for one in forks(head for each in judged for head in each.heads)}
    assert [one.what for one in compare(entries_of(verdicts)).contradictions] == ["place"]


def test_of_many_equal_accesses_those_that_follow_one_another_are_the_same():
    def said(side: str, place: int, second: int) -> Entry:
        at, detail = f"2026-11-30T00:00:{second:02}Z", {"response_sha256": "aa", "bytes": 2}
        record = {"agreement": "a", "at": at, "detail": detail}
        return Entry(side, f"{side}/log", place, bytes((place,)), Kind.ACCESS, record)

    # The second of the provider's broke off, so the consumer has written down two of three.
    served = [said("b", place, second) for place, second in enumerate((1, 11, 21))]
    fetched = [said("c", place, second) for place, second in enumerate((2, 22))]
    for one in ([*served, *fetched], [*fetched, *served]):
        found = compare(one)
        assert found.both == [(served[0], fetched[0]), (served[2], fetched[1])]
        assert found.one_sided == [served[1]]


def test_one_log_cannot_speak_for_both_sides():
    _, files = side(OURS, [access(2, "aa"), access(4, "aa", consumer=True)], 1)
    judged = judge_bundle("b", write_bundle(about(MINE), files), Policy())
    found = compare(entries_of(judged.verdicts))
    assert (len(found.both), len(found.one_sided)) == (0, 2)


def test_two_signed_heads_of_one_size_are_the_proof_of_a_fork():
    other = side(OURS, [agreed(1), access(2, "aa"), access(3, "zz")], 1)[0]
    notes = {
        "checkpoints/a.note": MINE.note(3).encode(),
        "checkpoints/b.note": other.note(3).encode(),
    }
    judged = judge_bundle("b", write_bundle(about(MINE), {**FILES, **notes}), Policy())
    assert judged.fault is None
    assert [one.what for one in forks(judged.heads)] == ["fork"]
    # A head that a stranger signed proves nothing, and is not passed over.
    strange = Log(MINE.leaves, OURS, 9).note(3).encode()
    judged = judge_bundle(
        "b", write_bundle(about(MINE), {**FILES, "checkpoints/a.note": strange}), Policy()
    )
    assert judged.fault is not None
    assert judged.fault.fault == "unsigned"
