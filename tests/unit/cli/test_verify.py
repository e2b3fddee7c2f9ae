"""`faifo verify`: what it says, and with which code it ends."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from faifo.cli import exit_codes
from faifo.cli.proofs import comparison_lines, comparison_record
from faifo.ledger.bundle import About, write_bundle
from faifo.ledger.comparing import Comparison, Entry
from faifo.ledger.leaf import Kind, Opening, Side, commitment, write_opening
from faifo.ledger.refused import Fault
from faifo.node.showing.events import EVENTS
from faifo.phrases import LANGUAGES, say
from proofs import TAMPERINGS, Log, genuine, made_log, opening, spoilt

LOG = made_log()


@pytest.fixture
def room(tmp_path: Path) -> Path:
    (tmp_path / "access.tlog-proof").write_bytes(genuine())
    (tmp_path / "access.opening.json").write_bytes(write_opening(opening(5)))
    (tmp_path / "policy").write_text(LOG.policy)
    return tmp_path


def test_a_page_that_cannot_be_written_is_told(faifo: Any, tmp_path: Path):
    (tmp_path / "file").write_text("")
    page = tmp_path / "file" / "page.html"
    ran = faifo("verify", "--page", "-o", page)
    assert (ran.code, ran.err) == (8, f"faifo: {page} cannot be written: File exists\n")


def test_a_page_goes_into_a_pipe(faifo: Any, tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as reader:
        read = reader.submit(pipe.read_text)
        assert faifo("verify", "--page", "-o", pipe).code == 0
        assert read.result(10).startswith("<!doctype html>")
    assert pipe.is_fifo()


def test_it_says_what_is_proven_and_by_whom(faifo: Any, room: Path):
    files = (room / "access.tlog-proof", room / "access.opening.json")
    ran = faifo("verify", *files, "--key", room / "policy")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"{files[0]}: proven",
        "  What          an access, at place 5 in a log of 7",
        "  Log           hanoi.example/log",
        f"  Signed        by the key {LOG.key.vkey}, which you gave",
        "  Seen by       osaka (2026-11-30T00:53:20Z)",
        '  What it says  {"access":5,"note":"Nguyễn & <b>"}',
    ]
    said = faifo("verify", *files, "--key", LOG.key.vkey, "--lang", "vi").out
    assert "đã chứng minh" in said
    assert "chưa có nhân chứng nào" in said


@pytest.mark.parametrize(
    "name", ["a bit in the first hash", "a bit in the signature", "no cosignature"]
)
def test_each_kind_of_failure_has_its_code(faifo: Any, room: Path, name: str):
    (room / "spoilt.tlog-proof").write_bytes(spoilt(name))
    fault = TAMPERINGS[name][1]
    good = room / "access.tlog-proof"
    ran = faifo("verify", room / "spoilt.tlog-proof", good, "--key", room / "policy")
    assert ran.code == getattr(exit_codes, f"PROOF_{fault.upper()}")
    assert f"{room / 'spoilt.tlog-proof'}: NOT proven" in ran.out
    assert f"{good}: proven" in ran.out
    told = faifo("verify", room / "spoilt.tlog-proof", "--key", room / "policy", "--json").json()
    assert (told["proven"], told["files"][0]["fault"]) == (False, fault)


def test_every_fault_has_an_exit_code_of_its_own():
    codes = [getattr(exit_codes, f"PROOF_{one.name}") for one in Fault]
    assert len(set(codes)) == len(codes)


def test_without_a_key_it_tells_what_is_missing(faifo: Any, room: Path):
    ran = faifo("verify", room / "access.tlog-proof")
    assert ran.code == exit_codes.PROOF_UNSIGNED
    assert "name one with --key" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ((), 2, "what is to be checked: FILES, or --page"),
        (("no-such",), 4, "no file 'no-such' here"),
        (("x", "--key", "frob"), 2, "expected a vkey (NAME+HASH+BASE64), or a file of them"),
    ],
)
def test_a_wrong_command_line(faifo: Any, arguments: Any, code: int, sentence: str):
    ran = faifo("verify", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert sentence in ran.err


def test_what_is_no_receipt_is_refused_as_such(faifo: Any, tmp_path: Path):
    (tmp_path / "x").write_bytes(b"\xff\x00 frob")
    ran = faifo("verify", tmp_path / "x", "--key", LOG.key.vkey)
    assert ran.code in (exit_codes.PROOF_SHAPE, exit_codes.PROOF_OPENING)


def test_what_has_no_end_is_not_read_to_its_end(faifo: Any):
    ran = faifo("verify", "/dev/zero")
    assert (ran.code, "is over the limit of 67108864 bytes" in ran.err) == (1, True)


def test_the_page_is_one_file_that_fetches_nothing(faifo: Any, tmp_path: Path):
    ran = faifo("verify", "--page", "-o", tmp_path / "verify.html")
    text = (tmp_path / "verify.html").read_text("utf-8")
    assert ran.code == 0
    assert faifo("verify", "--page").out == text
    assert "default-src 'none'" in text
    assert "Kiểm tra biên nhận" in text
    assert [
        one for one in ("http:", "https:", "src=", "import(", "fetch(", "innerHTML") if one in text
    ] == []


def _bundle(origin: str, seed: int, terms: str) -> bytes:
    record = {"node": "did:web:x", "event": "agreement-concluded", "agreement": "a", "at": "2026"}
    agreed = Opening(
        Kind.AGREEMENT, Side.PROVIDER, bytes([seed]) * 32,
        json.dumps({**record, "document": terms}).encode(),
    )  # fmt: skip
    log = Log([commitment(agreed)], origin, seed)
    about = About(agreement="a", by=f"did:web:{seed}", peer="p", made="m", keys=(log.key.vkey,))
    name = "receipts/ours/0"
    files = {f"{name}.tlog-proof": log.receipt(0), f"{name}.opening.json": write_opening(agreed)}
    return write_bundle(about, files)


@pytest.mark.parametrize(("terms", "code"), [("t", 0), ("u", exit_codes.PROOF_CONTRADICTION)])
def test_two_sides_bundles_are_compared(faifo: Any, tmp_path: Path, terms: str, code: int):
    (tmp_path / "ours.zip").write_bytes(_bundle("hanoi.example/log", 1, "t"))
    (tmp_path / "theirs.zip").write_bytes(_bundle("osaka.example/log", 2, terms))
    ran = faifo("verify", tmp_path / "ours.zip", tmp_path / "theirs.zip")
    assert ran.code == code
    assert f"{tmp_path / 'ours.zip'}: proven" in ran.out
    assert "which only the bundle itself names" in ran.out
    assert f"Both sides wrote down the same ({int(code == 0)}):" in ran.out
    assert f"Contradictions ({int(code != 0)}):" in ran.out
    told = faifo("verify", tmp_path / "ours.zip", tmp_path / "theirs.zip", "--json").json()
    assert told["proven"] is (code == 0)
    assert len(told["comparison"]["contradictions"]) == int(code != 0)
    for both in told["comparison"]["both"]:
        assert {one["event"] for one in both} == {"agreement-concluded"}
        assert "agreement-concluded" not in ran.out
        assert "2026 an agreement: this node holds that there is an agreement" in ran.out


@pytest.mark.parametrize("lang", LANGUAGES)
def test_events_are_said_in_words_and_named_in_json(lang: str):
    decision = say("proof.kind.decision", lang)
    for event in (*EVENTS, "of-another-version", ""):
        said = {"event": event, "at": "2026-01-02T03:04:05Z"}
        found = Comparison([], [Entry("osaka", "osaka/log", 0, b"", Kind.DECISION, said)], [], [])
        words = say(f"told.event.{event}", lang) if event in EVENTS else event
        line = f"  osaka: 2026-01-02T03:04:05 {decision}{': ' + words if words else ''}"
        assert line in comparison_lines(found, lang)
        assert comparison_record(found)["one_sided"][0]["event"] == event


def test_one_bundle_with_two_heads_of_one_size_proves_a_fork(faifo: Any, tmp_path: Path):
    logs = [made_log(3), Log([commitment(opening(one)) for one in (0, 1, 9)])]
    notes = {f"checkpoints/{at}.note": log.note(3).encode() for at, log in enumerate(logs)}
    about = About(agreement="a", by="b", peer="p", made="m", keys=(LOG.key.vkey,))
    (tmp_path / "b.zip").write_bytes(write_bundle(about, notes))
    ran = faifo("verify", tmp_path / "b.zip")
    assert ran.code == exit_codes.PROOF_FORK
    assert f"one log has two histories: {tmp_path / 'b.zip'} checkpoints/0.note" in ran.out
