"""The how-to's commands, in its order, as a newcomer would type them."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

pytest.importorskip("polars", reason="needs faifo[ai]")
pytest.importorskip("matplotlib", reason="needs faifo[ai]")

from faifo.cli.main import run
from faifo.trust.did_document import write_did_document
from faifo.trust.keys import KeyPurpose, SigningKey

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "assess-a-model.md"
BLOCK = re.compile(r"<!-- test: (?P<name>[^ ]+) -->\n```\w+\n(?P<body>.*?)```", re.S)


def blocks() -> dict[str, str]:
    return {m["name"]: m["body"] for m in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))}


def write_key(pem: Path, did: str, document: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    pem.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    key = SigningKey(
        id=f"{did}#passport-1",
        purpose=KeyPurpose.PASSPORT,
        created=datetime.now(UTC),
        private_key=private,
    )
    document.write_bytes(write_did_document(did, [key], []))


def write_answers(path: Path) -> None:
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(4)
    n = 20_000
    sex = rng.choice(["female", "male"], n)
    score = rng.random(n)
    approved = (rng.random(n) < score).astype(int)
    pl.DataFrame({"sex": sex, "score": score, "approved": approved}).write_csv(path)


def commands(block: str) -> list[list[str]]:
    return [shlex.split(line)[1:] for line in block.splitlines() if line.startswith("faifo ")]


def test_the_page_holds_the_blocks_that_are_run() -> None:
    assert list(blocks()) == ["assess", "loan.toml", "make", "decide", "withdraw"]


def test_a_newcomer_gets_through_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_answers(tmp_path / "answers.csv")
    write_key(tmp_path / "key.pem", "did:web:bank.example.org", tmp_path / "bank.did.json")
    write_key(tmp_path / "mine.pem", "did:web:authority.example.org", tmp_path / "mine.did.json")
    page = blocks()
    (tmp_path / "loan.toml").write_text(page["loan.toml"], encoding="utf-8")
    for step in ("assess", "make"):
        for command in commands(page[step]):
            assert run(command) == 0, capsys.readouterr().err
    for name in ("evidence.json", "run.json", "figures.csv", "report.en.html", "report.vi.html"):
        assert (tmp_path / "evidence" / name).stat().st_size > 100
    assert "<svg" in (tmp_path / "loan.html").read_text(encoding="utf-8")
    check, decide = commands(page["decide"])
    assert run(check) == 0, capsys.readouterr().err
    # Only answers were given: what needs the model is asked for.
    assert run(decide) == 3
    said = capsys.readouterr().out
    assert "More is needed under asean-2024" in said
    assert "[asean-2024/reliability.noise] There is no evidence robustness." in said
    assert "[asean-2024/fairness.impact] “disparate impact ratio” of sex is" in said
    assert (tmp_path / "loan.decision.json").stat().st_size > 100
    assert "Decision" in (tmp_path / "decision.html").read_text(encoding="utf-8")
    (withdraw,) = commands(page["withdraw"])
    assert run(withdraw) == 0
    assert run([*check, "--withdrawal", "loan.withdrawal.json"]) == 6
    assert "withdrawn by its issuer" in capsys.readouterr().err
    assert run([*decide, "--withdrawal", "loan.withdrawal.json"]) == 3
    assert "It is not proven: status: withdrawn" in capsys.readouterr().out
