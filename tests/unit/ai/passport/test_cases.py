"""Signed records and tables that somebody has made up to be believed: ../shared/cases/ai."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("polars", reason="needs faifo[ai]")

from cryptography.hazmat.primitives import serialization

from faifo import clock
from faifo.ai.passport import build
from faifo.ai.passport.detached import EXCHANGED
from faifo.cli.main import run as run_command
from faifo.trust.did_document import write_did_document

CASES = Path(__file__).parents[4].parent / "shared" / "cases" / "ai"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="needs ../shared/cases/ai")
EXPECTED: dict[str, Any] = (
    json.loads((CASES / "expected.json").read_bytes()) if CASES.is_dir() else {}
)


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def clock_of_the_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def faifo(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: object) -> Ran:
        code = run_command([str(word) for word in words])
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
def check(faifo: Any) -> Any:
    def run(folder: str, name: str, *more: object) -> Ran:
        did = CASES / folder / "bank.did.json"
        return faifo("ai", "passport", "check", CASES / folder / name, "--did-document", did, *more)

    return run


@pytest.fixture
def signer(tmp_path: Path, passport_key: Any) -> tuple[object, ...]:
    """The options that sign, and the DID document of who does."""
    pem = tmp_path / "key.pem"
    pem.write_bytes(
        passport_key.private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    did = passport_key.id.partition("#")[0]
    (tmp_path / "did.json").write_bytes(write_did_document(did, [passport_key], []))
    return ("--signing-key", pem, "--key-id", passport_key.id)


def names(folder: str, part: str) -> list[str]:
    return list(EXPECTED[folder][part] if part else EXPECTED[folder]) if EXPECTED else []


@pytest.mark.parametrize("name", names("01-withdrawal", "with_withdrawal"))
def test_what_is_withdrawn_is_what_was_signed_however_it_is_spelt(check, name):
    ran = check("01-withdrawal", name)
    assert (ran.code, ran.out.startswith("proven: signed by")) == (0, True), ran.err
    withdrawal = CASES / "01-withdrawal" / "withdrawal.json"
    ran = check("01-withdrawal", name, "--withdrawal", withdrawal)
    assert (ran.code, "withdrawn by its issuer" in ran.err) == (6, True)


def test_a_new_withdrawal_of_one_spelling_ends_all(faifo, signer, tmp_path):
    made = assessed(faifo, tmp_path, "01-withdrawal/answers.csv", ("--group", "sex"))
    passport = make(faifo, tmp_path, made, CASES / "02-kind" / "system.toml", signer)
    spelt = tmp_path / "spelt.json"
    spelt.write_text(json.dumps(json.loads(passport.read_bytes()), indent=3))
    gone = tmp_path / "gone.json"
    ran = faifo("ai", "passport", "withdraw", spelt, "--reason", "r", *signer, "--out", gone)
    assert ran.code == 0, ran.err
    did = tmp_path / "did.json"
    where = ("--did-document", did, "--withdrawal", gone)
    ran = faifo("ai", "passport", "check", passport, *where)
    assert (ran.code, "withdrawn by its issuer" in ran.err) == (6, True)
    ran = faifo("ai", "decide", passport, *where)
    assert (ran.code, "withdrawn by its issuer" in ran.out) == (3, True)


@pytest.mark.parametrize("name", names("09-totals", ""))
def test_counts_of_the_same_rows_agree_in_all_evidence(check, faifo, name):
    ran = check("09-totals", f"{name}.json")
    did = CASES / "09-totals" / "bank.did.json"
    decided = faifo("ai", "decide", CASES / "09-totals" / f"{name}.json", "--did-document", did)
    if EXPECTED["09-totals"][name] == "proven":
        assert (ran.code, "every figure follows" in ran.out) == (0, True), ran.err
        assert "contradict" not in decided.out
    else:
        assert (ran.code, "contradicts itself" in ran.err) == (6, True), ran.out
        assert (decided.code, "do not follow from the counts" in decided.out) == (3, True)


@pytest.mark.parametrize("name", ["added-to-subjects.json", "subjects-inside-differ.json"])
def test_no_file_is_proven_that_no_evidence_is_about(check, name):
    other = CASES / "10-another-model" / "other.onnx"
    ran = check("10-another-model", name, "--artefact", other)
    assert (ran.code, "subjects:" in ran.err) == (6, True)


def test_a_passport_of_a_hundred_years_is_refused(check, faifo):
    ran = check("18-dates", "a-hundred-years.json")
    assert (ran.code, "longer than 1830 days" in ran.err) == (6, True)
    did = CASES / "18-dates" / "bank.did.json"
    ran = faifo("ai", "decide", CASES / "18-dates/a-hundred-years.json", "--did-document", did)
    assert (ran.code, "longer than 1830 days" in ran.out) == (3, True)


def assessed(faifo: Any, folder: Path, table: str, options: tuple[str, ...]) -> Path:
    out = folder / "evidence"
    answers = ("--label", "y", "--score", "p") if "--label" not in options else ()
    ran = faifo("ai", "assess", CASES / table, *answers, *options, "--out", out)
    assert ran.code == 0, ran.err
    return out


def make(faifo: Any, folder: Path, evidence: Path, about: Path, signer: Any) -> Path:
    out = folder / "made.passport.json"
    words = ("--describe", about, "--evidence", evidence, *signer, "--out", out)
    ran = faifo("ai", "passport", "make", *words)
    assert ran.code == 0, ran.err
    return out


def test_a_model_is_not_judged_by_the_clauses_for_data_sets(faifo, signer, tmp_path):
    made = assessed(faifo, tmp_path, "02-kind/answers.csv", ("--group", "sex"))
    passport = make(faifo, tmp_path, made, CASES / "02-kind" / "system.toml", signer)
    ran = faifo("ai", "decide", passport, "--did-document", tmp_path / "did.json")
    assert (ran.code, "“disparate impact ratio” of sex (f, m) is 0.396" in ran.out) == (3, True)
    ran = faifo(
        "ai", "passport", "make", "--describe", CASES / "02-kind" / "dataset.toml",
        "--evidence", made, *signer, "--out", tmp_path / "dataset.json",
    )  # fmt: skip
    assert (ran.code, "evidence about predictions or a model" in ran.err) == (2, True)


def test_each_single_column_is_judged_whatever_its_name(faifo, signer, tmp_path):
    groups = ("--group", "age & sex", "--group", "sex")
    made = assessed(faifo, tmp_path, "03-column-names/answers.csv", groups)
    passport = make(faifo, tmp_path, made, CASES / "02-kind" / "system.toml", signer)
    where = ("--pack", CASES / "03-column-names" / "fair.toml", "--did-document")
    ran = faifo("ai", "decide", passport, *where, tmp_path / "did.json")
    assert ran.code == 3
    ratio = EXPECTED["03-column-names"]["disparate_impact_ratio"]["age & sex"]
    assert 'of "age & sex" (' in ran.out
    assert f"is {ratio:.4g} (" in ran.out
    assert "Refused under fair 1." in ran.out


def test_a_pack_of_the_same_name_is_told_from_the_one_that_comes_with_the_program(
    faifo, signer, tmp_path
):
    made = assessed(faifo, tmp_path, "02-kind/answers.csv", ("--group", "sex"))
    passport = make(faifo, tmp_path, made, CASES / "02-kind" / "system.toml", signer)
    lenient = CASES / "17-pack-of-the-same-name" / "lenient.toml"
    where, page = ("--did-document", tmp_path / "did.json"), tmp_path / "page.html"
    ours = faifo("ai", "decide", passport, "--pack", "asean", *where)
    theirs = faifo("ai", "decide", passport, "--pack", lenient, *where, "--html", page)
    said = "This pack is none of those that come with Faifo"
    assert said not in ours.out
    assert said in theirs.out
    assert said in page.read_text()


def test_63_provinces_by_sex_by_age_can_be_published(faifo, signer, tmp_path):
    groups = ("--group", "province", "--group", "sex", "--group", "age")
    made = assessed(faifo, tmp_path, "14-many-groups/answers.parquet", groups)
    about, did = CASES / "02-kind" / "system.toml", tmp_path / "did.json"
    passport = make(faifo, tmp_path, made, about, signer)
    assert passport.stat().st_size < EXCHANGED
    shown = faifo("ai", "passport", "show", passport, "--lang", "vi").out
    for said in ("rủi ro thấp", "con người theo dõi và có thể can thiệp", "Tự công bố."):
        assert said in shown, shown
    assert faifo("ai", "passport", "check", passport, "--did-document", did).code == 0


def test_what_the_exchange_cannot_carry_is_told_and_its_counts_go_into_a_file(
    faifo, signer, tmp_path, monkeypatch
):
    made = assessed(faifo, tmp_path, "14-many-groups/answers.parquet", ("--group", "province"))
    about, did = CASES / "02-kind" / "system.toml", tmp_path / "did.json"
    out, counts = tmp_path / "p.json", tmp_path / "p.counts.json"
    words = ("ai", "passport", "make", "--describe", about, "--evidence", made, *signer)
    monkeypatch.setattr(build, "EXCHANGED", 70_000)
    ran = faifo(*words, "--out", out)
    assert (ran.code, "--counts FILE puts the counts into a file" in ran.err) == (2, True)
    assert not out.exists()
    ran = faifo(*words, "--out", out, "--counts", counts)
    assert ran.code == 0, ran.err
    check = ("ai", "passport", "check", out, "--did-document", did)
    ran = faifo(*check)
    assert "cannot be made again here: calibration" in ran.out
    assert "and the counts agree with each other (performance, ranking, group-fairness" in ran.out
    ran = faifo(*check, "--counts", counts)
    assert (ran.code, "cannot be made again here" in ran.out) == (0, False)
    decide = ("ai", "decide", out, "--did-document", did)
    said = "The counts of calibration stand in a file of their own"
    assert said in faifo(*decide).out
    assert said not in faifo(*decide, "--counts", counts).out
    for body in (b"{}", counts.read_bytes().replace(b"brier_sum", b"brier_sun")):
        other = tmp_path / "other.json"
        other.write_bytes(body)
        ran = faifo(*check, "--counts", other)
        assert (ran.code, "is none that evidence names" in ran.err) == (6, True)
