from __future__ import annotations

import ast
from pathlib import Path

import pytest

import faifo.demo
from faifo.demo.checks import UntrueError, ensure
from faifo.phrases.catalogue import catalogue


def test_what_holds_goes_on():
    assert ensure(True, "started", got="STARTED", lang="en") is None


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("en", "it does not hold that the transfer is STARTED; found: REQUESTED"),
        ("vi", "điều sau không đúng: phiên truyền ở trạng thái STARTED; thấy được: REQUESTED"),
    ],
)
def test_what_does_not_hold_is_told_with_what_was_found(lang: str, sentence: str):
    with pytest.raises(UntrueError) as caught:
        ensure(False, "started", got="REQUESTED", lang=lang)
    assert str(caught.value) == sentence


def test_every_claim_is_checked_somewhere_and_every_check_has_a_claim():
    folder = Path(faifo.demo.__file__).parent
    checked = set()
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            called = getattr(node, "func", None)
            name = getattr(called, "attr", None) or getattr(called, "id", None)
            if isinstance(node, ast.Call) and name == "ensure":
                claim = node.args[1]
                if isinstance(claim, ast.Constant):
                    checked.add(claim.value)
    told = {
        key.removeprefix("demo.claim.") for key in catalogue("en") if key.startswith("demo.claim.")
    }
    assert checked == told
