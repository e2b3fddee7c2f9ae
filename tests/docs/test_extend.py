"""What docs/howto/extend.md says to write is installed and used, as a package of others."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "extend.md"
Run = Callable[..., str]
JUDGED = """
from datetime import UTC, datetime
from faifo.node.rules.standing import by_terms
from faifo.policy.compare import narrows
from faifo.policy.terms import Terms, offer, read_terms
from faifo.store.records import Proof

ours, theirs = "did:web:authority.example", "did:web:other.example"
policy = offer(Terms(authorities=(ours,)))
assert policy["permission"][0]["constraint"][0]["leftOperand"] == "urn:example:odrl:authority"
assert read_terms(policy) == Terms(authorities=(ours,))
assert narrows(policy, offer(Terms(authorities=(ours, theirs)))).permits
assert not narrows(offer(Terms(authorities=(ours, theirs))), policy).permits
for member, lang in ((ours, "en"), (theirs, "en"), (theirs, "vi"), (None, "en")):
    proof = Proof(did="did:web:a", claims={"membership": member} if member else {})
    now = datetime(2026, 1, 1, tzinfo=UTC)
    decision = by_terms(proof, policy, now=now)
    print(decision.permits, *decision.sentences(lang))
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    """Return what runs Python with the page's package installed beside Faifo."""
    project, site = tmp_path / "project", tmp_path / "site"
    project.mkdir()
    blocks = dict(re.findall(r"```(toml|python)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL))
    (project / "pyproject.toml").write_text(blocks["toml"], "utf-8")
    (project / "faifo_authority.py").write_text(blocks["python"], "utf-8")
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "install"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--target", str(site)]
    subprocess.run([*pip, *offline, str(project)], check=True, timeout=60)

    def run(*arguments: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(site), "LANG": "C.UTF-8"}
        command = [sys.executable, *arguments]
        ran = subprocess.run(
            command,
            check=False,
            cwd=tmp_path,
            env=environment,
            text=True,
            timeout=60,
            capture_output=True,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    return run


def test_an_operand_of_a_package_outside_of_faifo(run: Run, tmp_path: Path) -> None:
    assert run("-c", JUDGED).splitlines() == [
        "True The recipient is a member of did:web:authority.example.",
        "False The recipient is a member of did:web:other.example, not of"
        " did:web:authority.example.",
        "False Bên nhận là thành viên của did:web:other.example, không phải của"
        " did:web:authority.example.",
        "False Nothing is known about urn:example:odrl:authority, which the policy asks for.",
    ]
    (tmp_path / "prices.csv").write_text("rice,1\n", "utf-8")
    (tmp_path / "many.csv").write_text("location,id,authorities\nprices.csv,p2,did:web:b\n")
    run("-m", "faifo", "init", "node")
    published = ("-m", "faifo", "publish", "--dir", "node")
    assert "--authority" in run(*published, "--help")
    said = run(*published, "prices.csv", "--authority", "did:web:a", "--lang", "vi")
    assert "chỉ dành cho thành viên của did:web:a" in said
    run(*published, "--manifest", "many.csv")
    shown = run("-m", "faifo", "show", "p2", "--dir", "node")
    assert "only for members of did:web:b" in shown


@pytest.mark.parametrize(
    ("operand", "why"),
    [
        ("raise ValueError('no')", "cannot be loaded: ValueError('no')"),
        ("OPERAND = 1", "is a int"),
        ("from faifo.policy.operands.purpose import OPERAND", "takes a name twice"),
    ],
)
def test_an_operand_that_is_none_stops_the_start_and_is_named(
    run: Run, tmp_path: Path, operand: str, why: str
) -> None:
    (tmp_path / "site" / "faifo_authority.py").write_text(operand)
    caught = (
        "from faifo.errors import SettingsError\nfrom faifo.policy.operands import operands\n"
        "try:\n    operands()\nexcept SettingsError as error:\n    print(error)"
    )
    said = run("-c", caught)
    assert "authority of the package faifo-authority" in said
    assert why in said
