from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from faifo.errors import NotFoundError, SettingsError
from faifo.packs.terms import names, open_pack, read_pack, with_packs
from faifo.policy.compile import compiled
from faifo.policy.contradictions import never
from faifo.policy.plain import plain_of, policy_of
from faifo.policy.terms import unenforceable

USE: dict[str, Any] = {"permission": [{"@type": "Permission", "action": "use"}]}
HEAD = """
id = "own"
version = "1"
title = {en = "Own", vi = "Riêng"}
note = {en = "Own", vi = "Riêng"}
valid_from = 2026-01-01
[[clauses]]
id = "one"
text = {en = "One", vi = "Một"}
"""


@pytest.mark.parametrize("name", names())
def test_what_a_pack_adds_can_be_enforced_and_met(name: str) -> None:
    made = with_packs(USE, (open_pack(name),))
    assert unenforceable(made) is None
    assert never(compiled(made)) is None
    assert with_packs(made, (open_pack(name),)) == made
    plain = plain_of(made)
    assert plain is not None
    assert policy_of(plain) == made


def test_a_pack_adds_nothing_before_its_first_day_and_after_its_last() -> None:
    pack = read_pack(HEAD.replace("\n[[", "\nvalid_until = 2026-12-31\n[[", 1).encode())
    for day in (date(2026, 1, 1), date(2026, 12, 31)):
        assert with_packs(USE, (pack,), on=day) == USE
    for day in (date(2025, 12, 31), date(2027, 1, 1)):
        with pytest.raises(SettingsError) as refused:
            with_packs(USE, (pack,), on=day)
        assert str(refused.value) == (
            "the policy pack cannot be used (The policy pack is valid from 2026-01-01 until "
            "2026-12-31.); expected a policy pack"
        )


@pytest.mark.parametrize("name", names())
def test_no_clause_is_surer_than_its_source(name: str) -> None:
    for clause in open_pack(name).clauses:
        # Nobody has read an original text for these packs, so none says so.
        assert clause.certainty != "A"
        assert bool(clause.law) == (clause.certainty != "?")
        assert clause.status != "declared" or clause.terms


def test_what_the_packs_say() -> None:
    transfer = open_pack("viet-nam-transfer")
    assert transfer.dossier == "VN"
    found = {clause.id: clause for clause in transfer.clauses}
    assert "60 days of the first transfer" in found["dossier"].text["en"]
    assert "91/2025/QH15" in found["dossier"].law
    assert str(found["dossier"].in_force) == "2026-01-01"
    research = with_packs(USE, (open_pack("research"),))
    assert "academic-research" in compiled(research).purposes
    both = with_packs(USE, (open_pack("research"), open_pack("internal")))
    assert [one["action"] for one in both["prohibition"]] == [
        "distribute",
        "urn:faifo:odrl:aiTrain",
    ]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ('article = "Article 1"', "only beside a law"),
        ('law = "L"\ncertainty = "A"', "checked_on beside a certainty"),
        ('terms.must = ["attribute"]', "not for people to check"),
        ('status = "declared"\nterms.must = [{when = "x"}]', "$.one.terms.must[0].when"),
        ('status = "proven"', "Invalid enum value"),
        ('colour = "red"', "unknown field"),
    ],
)
def test_a_pack_that_says_too_much_is_refused(more: str, why: str) -> None:
    read_pack(HEAD.encode())
    with pytest.raises(SettingsError) as caught:
        read_pack((HEAD + more).encode())
    assert why in str(caught.value)


def test_a_pack_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(HEAD, encoding="utf-8")
    assert open_pack(str(file)).id == "own"
    with pytest.raises(NotFoundError):
        open_pack("nothing")
