from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from faifo.policy.spelling import IN_FORCE

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
    assert policy["obligation"] == [{"@type": "Duty", "action": "odrl:attribute"}]
    again = tmp_path / "terms.json"
    again.write_text(made, encoding="utf-8")
    plain = tmp_path / "again.yaml"
    plain.write_text(faifo("policy", "odrl", str(again)).out, encoding="utf-8")
    assert json.loads(faifo("policy", "odrl", str(plain)).out) == policy


@pytest.mark.parametrize(
    "written",
    [
        {"uid": "urn:p", "@type": "Set", "permission": {"action": ["use"]}},
        {"odrl:permission": {"odrl:action": {"@id": "odrl:use"}}},
        {"@context": "http://www.w3.org/ns/odrl.jsonld", "permission": [{"action": "use"}]},
        {"@graph": [{"http://www.w3.org/ns/odrl/2/permission": [{"action": "use"}]}]},
    ],
)
def test_odrl_is_read_in_all_its_forms(faifo: Any, tmp_path: Path, written: Any) -> None:
    file = tmp_path / "terms.json"
    file.write_text(json.dumps(written), encoding="utf-8-sig")
    made = faifo("policy", "odrl", str(file))
    assert (made.code, made.out) == (0, "allow:\n- use\n"), made.err


def test_bare_terms_of_odrl_get_their_prefix(faifo: Any, tmp_path: Path) -> None:
    until = {"leftOperand": "dateTime", "operator": "lt", "rightOperand": "2031-01-01T00:00:00Z"}
    force = {**until, "leftOperand": "inForceDate"}
    file = tmp_path / "terms.json"
    parts = {"or": [until, force]}
    file.write_text(json.dumps({"permission": [{"action": "play", "constraint": [parts]}]}))
    (rule,) = json.loads(faifo("policy", "odrl", str(file), "--json").out)["permission"]
    operands = [one["leftOperand"] for one in rule["constraint"][0]["or"]]
    assert (rule["action"], *operands) == ("odrl:play", "odrl:dateTime", IN_FORCE)


def test_what_cannot_be_enforced_is_told_with_its_place(faifo: Any, tmp_path: Path) -> None:
    file = tmp_path / "terms.yaml"
    file.write_text("allow: [{do: use, if: [{elapsedTime: {lteq: P1M}}]}]", encoding="utf-8")
    told = faifo("policy", "odrl", str(file))
    assert told.code == 2
    assert "$.permission[0].constraint[0]" in told.err
