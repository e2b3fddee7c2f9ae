"""A pair of economies requires a pack: what falls short is refused, with the clause."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from faifo.errors import NotFoundError, SettingsError
from faifo.node.offering.requiring import Requirements
from faifo.node.settings.model import PublishPair
from faifo.packs.shelf import TERMS, shipped
from faifo.packs.terms import lacking, open_pack, with_packs
from faifo.policy.plain import policy_of
from faifo.policy.plain_text import read_plain

DAY = date(2026, 11, 30)
TRANSFER, RESEARCH = "viet-nam-transfer", "research"


def said(text: str, *packs: str) -> dict[str, Any]:
    return with_packs(policy_of(read_plain(text)), tuple(map(open_pack, packs)))


def required(pack: str, *, economy: str = "VN") -> Requirements:
    return Requirements(economy, [PublishPair(economies=("VN", "JP"), pack=pack)])


@pytest.mark.parametrize(
    ("policy", "named", "clause"),
    [
        (said("allow: [use]"), (), "purpose"),
        (said("allow: [{do: use, if: [{purpose: marketing}]}]"), (), "purpose"),
        (said("allow: [{do: use, if: [{purpose: academic-research}]}]"), (), "no-passing"),
        (said("allow: [use]\nforbid: [distribute]", RESEARCH), (), None),
        (said("allow: [{do: read, if: [{purpose: academic-research}]}]", RESEARCH), (), None),
        # Not for the other of the two.
        (said("terms: {economies: [KR]}"), (), None),
        (said("allow: [{do: use, if: [{economy: {isNoneOf: [JP, KR]}}]}]"), (), None),
        (said("terms: {economies: [KR, JP]}"), (), "purpose"),
        (said("allow: [{do: use, if: [{economy: {isPartOf: ASEAN}}]}]"), (), None),
        (said("allow: [{do: use, if: [{economy: KR}]}, read]"), (), "purpose"),
    ],
)
def test_what_falls_short_is_refused_with_the_clause(
    policy: dict[str, Any], named: tuple[str, ...], clause: str | None
) -> None:
    if clause is None:
        required(RESEARCH).check(policy, named, on=DAY)
        return
    with pytest.raises(SettingsError) as caught:
        required(RESEARCH).check(policy, named, on=DAY)
    assert f"the pack research: {clause}, “" in str(caught.value)
    required(RESEARCH, economy="KR").check(policy, named, on=DAY)


def test_a_pack_with_a_dossier_must_be_named_too() -> None:
    policy = said("allow: [use]", TRANSFER)
    required(TRANSFER).check(policy, (TRANSFER,), on=DAY)
    with pytest.raises(SettingsError, match="dossier"):
        required(TRANSFER).check(policy, (), on=DAY)


def test_a_named_pack_stands_in_the_policy() -> None:
    with pytest.raises(SettingsError, match="no-passing"):
        Requirements().check(said("allow: [use]"), (TRANSFER,), on=DAY)
    Requirements().check(said("allow: [use]"), ("a-file-of-the-publishers.toml",), on=DAY)


def test_a_pair_that_names_no_pack_is_told_at_once() -> None:
    with pytest.raises(NotFoundError):
        required("nothing")


def test_what_a_pack_allows_the_terms_must_allow() -> None:
    pack = open_pack("ai-training-allowed")
    assert lacking(said("allow: [use]", "ai-training-allowed"), pack) is None
    with pytest.raises(SettingsError, match="allowed"):
        said("allow: [read]", "ai-training-allowed")


@pytest.mark.parametrize(("pack", "named"), [(RESEARCH, ()), (TRANSFER, ())])
def test_a_pair_requires_its_pack_only_while_it_holds(
    tmp_path: Path, pack: str, named: tuple[str, ...]
) -> None:
    text = shipped(TERMS)[pack].decode()
    begin = open_pack(pack).valid_from
    line = f"valid_from = {begin}\n"
    assert text.count(line) == 1
    own = tmp_path / "own.toml"
    own.write_text(text.replace(line, f"{line}valid_until = {DAY}\n"))
    rules, policy = required(str(own)), said("allow: [use]")
    with pytest.raises(SettingsError):
        rules.check(policy, named, on=DAY)
    for day in (DAY + timedelta(days=1), begin - timedelta(days=1)):
        rules.check(policy, named, on=day)
