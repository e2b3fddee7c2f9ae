"""A pair of economies requires a pack: what falls short is refused, with the clause."""

from __future__ import annotations

from typing import Any

import pytest

from faifo.errors import NotFoundError, SettingsError
from faifo.node.offering.requiring import Requirements
from faifo.node.settings.model import PublishPair
from faifo.packs.terms import lacking, open_pack, with_packs
from faifo.policy.plain import policy_of
from faifo.policy.plain_text import read_plain

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
        required(RESEARCH).check(policy, named)
        return
    with pytest.raises(SettingsError) as caught:
        required(RESEARCH).check(policy, named)
    assert f"the pack research: {clause}, “" in str(caught.value)
    required(RESEARCH, economy="KR").check(policy, named)


def test_a_pack_with_a_dossier_must_be_named_too() -> None:
    policy = said("allow: [use]", TRANSFER)
    required(TRANSFER).check(policy, (TRANSFER,))
    with pytest.raises(SettingsError, match="dossier"):
        required(TRANSFER).check(policy, ())


def test_a_named_pack_stands_in_the_policy() -> None:
    with pytest.raises(SettingsError, match="no-passing"):
        Requirements().check(said("allow: [use]"), (TRANSFER,))
    Requirements().check(said("allow: [use]"), ("a-file-of-the-publishers.toml",))


def test_a_pair_that_names_no_pack_is_told_at_once() -> None:
    with pytest.raises(NotFoundError):
        required("nothing")


def test_what_a_pack_allows_the_terms_must_allow() -> None:
    pack = open_pack("ai-training-allowed")
    assert lacking(said("allow: [use]", "ai-training-allowed"), pack) is None
    with pytest.raises(SettingsError, match="allowed"):
        said("allow: [read]", "ai-training-allowed")
