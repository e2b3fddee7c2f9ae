from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

TERMS = "allow: [{do: use, if: [{purpose: {isA: research}}, {recipient: did:web:x.example}]}]\n"


def test_the_packs_are_listed_and_explained(faifo: Any) -> None:
    listed = faifo("policy", "list")
    assert "viet-nam-transfer" in listed.out
    assert "ai/korea" in listed.out
    told = faifo("policy", "explain", "viet-nam-transfer").out
    assert "91/2025/QH15" in told
    assert "not checked against the original text" in told
    assert "declared by the partner; nothing enforces it" in told
    assert "For a lawyer; not written here:" in told
    assert (
        "chưa đối chiếu với văn bản gốc"
        in faifo("policy", "explain", "viet-nam-transfer", "--lang", "vi").out
    )
    assert faifo("policy", "explain", "nothing").code != 0


@pytest.mark.parametrize("name", ["ai/asean", "ai/eu-ai-act", "ai/korea", "ai/viet-nam",
                                  "ai/singapore-agentic"])  # fmt: skip
def test_packs_for_evidence_are_explained_alike(faifo: Any, name: str) -> None:
    told = faifo("policy", "explain", name)
    assert told.code == 0
    assert "not checked against the original text" in told.out


def test_terms_become_odrl_and_come_back(faifo: Any, tmp_path: Path) -> None:
    file = tmp_path / "terms.yaml"
    file.write_text(TERMS, encoding="utf-8")
    made = faifo("policy", "odrl", str(file), "--pack", "creative-works").out
    policy = json.loads(made)
    assert policy["obligation"] == [{"@type": "Duty", "action": "attribute"}]
    again = tmp_path / "terms.json"
    again.write_text(made, encoding="utf-8")
    plain = tmp_path / "again.yaml"
    plain.write_text(faifo("policy", "odrl", str(again)).out, encoding="utf-8")
    assert json.loads(faifo("policy", "odrl", str(plain)).out) == policy


def test_what_cannot_be_enforced_is_told_with_its_place(faifo: Any, tmp_path: Path) -> None:
    file = tmp_path / "terms.yaml"
    file.write_text("allow: [{do: use, if: [{elapsedTime: {lteq: P1M}}]}]", encoding="utf-8")
    told = faifo("policy", "odrl", str(file))
    assert told.code == 2
    assert "$.permission[0].constraint[0]" in told.err
