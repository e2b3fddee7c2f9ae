"""A pack judges at the interval's edge, recomputes everything, and says why."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faifo.ai.decision import explain, judge, person
from faifo.ai.decision.pack import read_pack
from faifo.ai.decision.recompute import recompute
from faifo.ai.decision.records import Decision, Presented, Recognition
from faifo.ai.evidence import Artefact, Evidence, Figure, Tool, sealed
from faifo.ai.metrics.groups import written
from faifo.ai.metrics.methods import figures_from, reference
from faifo.ai.packs import names, open_pack
from faifo.errors import SettingsError

from datetime import UTC, datetime, timezone  # isort: skip

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DID = "did:web:bank.example.org"
HEAD = """
id = "test"
version = "1"
title = {en = "T", vi = "T"}
source = "a text"
note = {en = "n", vi = "n"}
valid_from = 2026-01-01
"""
CLAUSE = """
[[clauses]]
id = "impact"
source = "a text, 1"
mapping = "evidence mapped to"
text = {en = "t", vi = "t"}
method = "group-fairness"
figure = "disparate_impact_ratio"
slices = "attributes"
at_least = 0.8
"""
PACK = read_pack((HEAD + CLAUSE).encode())


def evidence(method: str, counts: dict[str, Any], **parameters: Any) -> Evidence:
    figures = figures_from(reference(method), counts, parameters)
    return sealed(
        Evidence(
            family="fairness",
            subjects=(Artefact(name="a", role="predictions", sha256="0" * 64),),
            method=reference(method),
            parameters=parameters,
            n=rows_of(counts),
            minimum=1,
            counts=counts,
            figures=tuple(figures),
            tool=Tool(name="faifo", version="0", sha256="0" * 64),
        )
    )


def rows_of(counts: dict[str, Any]) -> int:
    tables = counts.get("groups", [counts])
    rows = [table.values() if isinstance(table, dict) else table for table in tables]
    return sum(v for row in rows for v in row if isinstance(v, int))


def selection(*groups: tuple[str, int, int]) -> Evidence:
    counts = {"groups": [{"group": n, "selected": a, "rejected": b} for n, a, b in groups]}
    return evidence("group-fairness", counts, attribute="sex", reference=None)


def presented(*found: Evidence, **changed: Any) -> Presented:
    base: dict[str, Any] = {
        "sha256": "0" * 64,
        "issuer": DID,
        "kind": "system",
        "risk": "limited",
        "issued": NOW - timedelta(days=1),
        "expires": NOW + timedelta(days=100),
        "evidence": found,
    }
    return Presented(**(base | changed))


def decided(*found: Evidence, pack: Any = PACK, **changed: Any) -> Decision:
    return judge.decide(pack, presented(*found, **changed), now=NOW, by="did:web:me.example.org")


def codes(decision: Decision) -> list[str]:
    return [f.code for f in decision.findings if f.code != "own-pack"]


FAIR = selection(("sex=f", 5000, 5000), ("sex=m", 5000, 5000))

CASES = {
    "both groups alike, many rows: accepted": (FAIR, "accept", ["at-least-holds"]),
    "half the rate, many rows: refused": (
        selection(("sex=f", 2500, 7500), ("sex=m", 5000, 5000)),
        "refuse",
        ["at-least-fails"],
    ),
    "a good figure with a wide interval: more data": (
        selection(("sex=f", 85, 115), ("sex=m", 100, 100)),
        "need-more",
        ["at-least-wide"],
    ),
    "a bad figure with a wide interval: more data too": (
        selection(("sex=f", 70, 130), ("sex=m", 100, 100)),
        "need-more",
        ["at-least-wide"],
    ),
    "a group under 100: insufficient": (
        selection(("sex=f", 50, 40), ("sex=m", 5000, 5000)),
        "need-more",
        ["insufficient", "no-figure"],
    ),
}


@pytest.mark.parametrize(("found", "outcome", "expected"), CASES.values(), ids=CASES)
def test_a_limit_is_judged_at_the_edge_of_the_interval(found, outcome, expected):
    decision = decided(found)
    assert decision.outcome == outcome
    assert codes(decision)[:1] == expected[:1]


def test_no_evidence_asks_for_more_and_an_empty_scope_refuses():
    assert decided().outcome == "need-more"
    assert codes(decided()) == ["no-evidence"]
    assert decided(FAIR, kind="request").outcome == "refuse"
    assert codes(decided(FAIR, kind="request")) == ["no-clause"]


def tampered(found: Evidence, *, seal: bool = True, **changed: Any) -> Evidence:
    new = msgspec.structs.replace(found, **changed)
    return sealed(new) if seal else new


def test_counts_that_were_changed_refuse_even_when_sealed_again():
    counts = {"groups": [dict(g) for g in FAIR.counts["groups"]]}
    counts["groups"][0]["selected"] = 4000
    decision = decided(tampered(FAIR, counts=counts))
    assert decision.outcome == "refuse"
    assert "mismatch" in codes(decision)
    said = explain.sentences(decision, "en")
    assert said[0] == "Refused under test 1."
    assert any("Figures do not follow from the counts" in line for line in said)


def test_a_figure_that_was_changed_refuses():
    figures = tuple(
        msgspec.structs.replace(f, value=f.value - 1e-6) if f.value else f for f in FAIR.figures
    )
    assert decided(tampered(FAIR, figures=figures)).outcome == "refuse"


def test_a_figure_that_differs_by_rounding_only_is_accepted():
    figures = tuple(
        msgspec.structs.replace(f, value=f.value + 1e-12) if f.value else f for f in FAIR.figures
    )
    assert decided(tampered(FAIR, figures=figures)).outcome == "accept"


@pytest.mark.parametrize("width", [1e-4, 2e-3])
def test_an_interval_that_is_too_good_refuses(width: float):
    wide = selection(("sex=f", 85, 115), ("sex=m", 100, 100))
    figures = tuple(
        msgspec.structs.replace(f, low=f.value - width, high=f.value + width)
        if f.value is not None
        else f
        for f in wide.figures
    )
    decision = decided(tampered(wide, figures=figures))
    assert decision.outcome == "refuse"
    assert any("interval" in f.facts.get("what", "") for f in decision.findings)


def test_a_method_that_cannot_be_made_again_here_is_only_claimed_and_hides_nothing():
    newer = msgspec.structs.replace(FAIR.method, version="99")
    unknown = msgspec.structs.replace(FAIR.method, id="magic")
    for method in (newer, unknown):
        strange = tampered(FAIR, method=method)
        assert decided(strange).outcome == "need-more"
        assert recompute([strange]).claimed == [strange]
        assert decided(strange, FAIR).outcome == "accept"


def test_a_seal_or_formula_of_somebody_else_refuses():
    other = msgspec.structs.replace(FAIR.method, formula="anything")
    for changed in (
        tampered(FAIR, seal=False, n=2),
        tampered(FAIR, method=other),
        tampered(FAIR, counts={}),
        tampered(FAIR, counts={"groups": [{"group": "a", "selected": -1, "rejected": 2}]}),
        tampered(FAIR, figures=(*FAIR.figures, Figure(name="beauty", value=1.0))),
        tampered(FAIR, figures=FAIR.figures[1:]),
    ):
        assert decided(changed).outcome == "refuse"
    assert decided(FAIR).outcome == "accept"


def test_tables_of_the_same_rows_must_add_up():
    whole = evidence("performance", {"tp": 100, "fp": 100, "fn": 100, "tn": 100})
    one = {"group": "sex=f", "tp": 50, "fp": 50, "fn": 50, "tn": 50}
    good = evidence("group-fairness", {"groups": [one, one | {"group": "sex=m"}]}, attribute="sex")
    bad = evidence(
        "group-fairness", {"groups": [one, one | {"group": "sex=m", "tp": 60}]}, attribute="sex"
    )
    assert "mismatch" not in codes(decided(whole, good))
    assert "mismatch" in codes(decided(whole, bad))


def test_what_is_not_proven_or_not_in_time_refuses():
    assert decided(FAIR, problems=("the signature",)).outcome == "refuse"
    assert decided(FAIR, expires=NOW).outcome == "refuse"
    assert decided(FAIR, issued=NOW + timedelta(hours=1)).outcome == "refuse"
    old = decided(FAIR, issued=NOW - timedelta(days=366))
    assert (old.outcome, codes(old)[0]) == ("need-more", "old")


def test_days_of_another_zone_are_told_in_utc():
    zone = timezone(timedelta(hours=7))
    issued, expires = (datetime(2026, 1, month, 3, tzinfo=zone) for month in (3, 5))
    (told,) = [f for f in decided(FAIR, issued=issued, expires=expires).findings
               if f.code == "passport-date"]  # fmt: skip
    assert told.facts == {"from": "2026-01-02", "until": "2026-01-04"}


def test_at_high_risk_a_person_must_decide():
    decision = decided(FAIR, risk="high")
    assert decision.person_must_decide
    assert "The risk is high: a person must decide." in explain.sentences(decision, "en")[1]
    assert "phải do con người quyết định" in explain.sentences(decision, "vi")[1]
    taken = person.with_person(decision, person="A. N.", outcome="accept", reason="seen")
    assert (taken.outcome, taken.person_must_decide) == ("accept", False)


def test_a_person_cannot_lift_a_mismatch():
    broken = decided(tampered(FAIR, figures=FAIR.figures[1:]), risk="high")
    taken = person.with_person(broken, person="A. N.", outcome="accept", reason="hurry")
    assert taken.outcome == "refuse"


def test_failing_where_a_condition_stands_accepts_with_it():
    text = HEAD + CLAUSE + 'on_fail = "conditions"\ncondition = {en = "Look", vi = "Xem"}\n'
    decision = decided(
        selection(("sex=f", 2500, 7500), ("sex=m", 5000, 5000)), pack=read_pack(text.encode())
    )
    assert decision.outcome == "conditions"
    assert explain.sentences(decision, "vi")[-1] == "Điều kiện: Xem"


def test_recognition_raises_the_level_until_its_date():
    pack = read_pack((HEAD + CLAUSE + 'assessor = "second-party"\n').encode())
    record = Recognition(
        id="r",
        recogniser="did:web:me.example.org",
        issuer=DID,
        methods=("group-fairness",),
        counts_as="second-party",
        valid_from=NOW - timedelta(days=1),
        valid_until=NOW + timedelta(days=1),
    )
    late = msgspec.structs.replace(record, valid_until=NOW)
    other = msgspec.structs.replace(record, issuer="did:web:other.example.org")
    own = msgspec.structs.replace(record, recogniser=DID)

    def outcome(*records: Recognition) -> str:
        found = judge.decide(pack, presented(FAIR), now=NOW, by="x", recognitions=records)
        return found.outcome

    found = [outcome(), outcome(record), outcome(late), outcome(other), outcome(own)]
    assert found == ["need-more", "accept", "need-more", "need-more", "need-more"]


@pytest.mark.parametrize("name", names())
def test_every_pack_can_be_read_and_claims_nothing(name: str):
    pack = open_pack(name)
    assert all(clause.mapping == "evidence mapped to" for clause in pack.clauses)
    assert "complian" not in str(msgspec.to_builtins(pack)).lower()


@pytest.mark.parametrize("name", names())
def test_no_text_stands_beside_a_number_that_it_does_not_have(name: str):
    """None of the five texts has a limit in figures: each is this project's own."""
    pack = open_pack(name)
    for clause in pack.clauses:
        assert (clause.figure, clause.at_least, clause.at_most) == (None, None, None)
        assert clause.where
    assert not any(clause.where for clause in pack.limits)


@pytest.mark.parametrize(
    ("name", "in_force"),
    [
        ("asean", "2024-02-01"),
        ("eu-ai-act", "2024-08-01"),
        ("korea", "2026-01-22"),
        ("singapore-agentic", "2026-05-20"),
        ("viet-nam", "2026-03-01"),
    ],
)
def test_no_pack_is_valid_before_its_text(name: str, in_force: str):
    assert str(open_pack(name).valid_from) >= in_force


@pytest.mark.parametrize(
    ("lang", "end"),
    [
        ("en", "under 0.8. [a number of this node (0.8); no text has it]"),
        ("vi", "dưới 0.8. [con số của nút này (0.8); không văn bản nào có]"),
    ],
)
def test_a_limit_of_ones_own_is_called_so_in_every_reason(lang: str, end: str):
    unfair = selection(("sex=f", 2500, 7500), ("sex=m", 5000, 5000))
    found = decided(unfair, pack=open_pack("asean"))
    (impact,) = [one for one in found.findings if one.rule == "asean-2024/fairness.impact"]
    assert impact.source == ""
    assert explain.sentence(impact, lang).endswith(end)
    (plan,) = [one for one in found.findings if one.rule == "asean-2024/data.quality"]
    assert "[" not in explain.sentence(plan, lang).removeprefix("[asean-2024/data.quality]")


BAD_PACKS = {
    "an unknown member": (HEAD + CLAUSE + "surprise = 1\n", "unknown field `surprise`"),
    "a claim of compliance": (
        HEAD + CLAUSE.replace("evidence mapped to", "compliant with"),
        "Invalid enum value",
    ),
    "a figure without a limit": (
        HEAD + CLAUSE.replace("at_least = 0.8", ""),
        "a figure and one limit belong together",
    ),
    "two limits": (HEAD + CLAUSE + "at_most = 1\n", "a figure and one limit belong together"),
    "a method that does not exist": (
        HEAD + CLAUSE.replace("group-fairness", "magic"),
        "no method 'magic'",
    ),
    "a number of the node's own among what a text asks": (
        HEAD + CLAUSE.replace('source = "a text, 1"', ""),
        "none beside a number of the node's own",
    ),
    "numbers that nobody has": ('numbers = "mine"\n' + HEAD + CLAUSE, "no set of numbers 'mine'"),
    "a law beside a number of the node's own": (
        HEAD
        + CLAUSE
        + "[numbers]\nby = {en = 'me', vi = 'tôi'}\n"
        + CLAUSE.replace("[[clauses]]", "[[numbers.limits]]"),
        "none beside a number of the node's own",
    ),
    "one id twice": (HEAD + CLAUSE + CLAUSE, "clauses need ids of their own"),
    "no TOML": ("[", "cannot be used"),
}


@pytest.mark.parametrize(("text", "reason"), BAD_PACKS.values(), ids=BAD_PACKS)
def test_a_pack_with_a_mistake_is_refused(text: str, reason: str):
    with pytest.raises(SettingsError) as refused:
        read_pack(text.encode())
    assert reason in str(refused.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "groups",
                    "group",
                    "tp",
                    "fp",
                    "fn",
                    "tn",
                    "selected",
                    "rejected",
                    "slices",
                    "bins",
                    "n",
                    "positives",
                    "score_sum",
                    "runs",
                    "slice",
                    "flipped",
                    "rows",
                    "columns",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(["groups", "slices", "runs", "rows", "tp", "n"]), JSON))
def test_whatever_counts_come_the_judge_answers(counts: dict[str, Any]):
    for method in ("group-fairness", "calibration", "robustness", "performance", "data-quality"):
        found = msgspec.structs.replace(FAIR, method=reference(method), counts=counts)
        assert decided(found).outcome == "refuse"


def test_a_cell_among_other_counts_is_a_contradiction_and_no_error_of_the_judge():
    counts = {"correct": 60, "wrong": 40}
    for method, more in (("performance", {}), ("multiclass-performance", {"classes": []})):
        found = evidence(method, {**counts, **more})
        assert "mismatch" not in codes(decided(found))
        spoilt = msgspec.structs.replace(found, counts={**found.counts, "tp": 60})
        assert decided(sealed(spoilt)).outcome == "refuse"
    rows = [["f", 60, 40, 60], ["m", 50, 50, 50]]
    counts = {"cells": ["correct", "wrong", "tp"], "groups": rows}
    spoilt = evidence("group-accuracy", counts, attributes=["sex"], reference=None)
    assert "mismatch" in codes(decided(msgspec.structs.replace(sealed(spoilt), n=200)))


ODDS = read_pack(
    (HEAD + CLAUSE.replace("disparate_impact_ratio", "equalized_odds_difference").replace(
        "at_least = 0.8", "at_most = 0.1")).encode()
)  # fmt: skip


def four(**groups: tuple[int, int, int, int]) -> Evidence:
    cells = ("tp", "fp", "fn", "tn")
    counts = written(cells, {(name,): table for name, table in groups.items()}, 1)
    return evidence("group-fairness", counts, attributes=["g"], reference=None)


def test_a_group_without_positives_is_named_and_takes_nothing_from_the_others():
    both = {"a": (400, 100, 100, 400), "b": (410, 100, 90, 400)}
    alone, beside = four(**both), four(**both, c=(0, 20, 0, 480))

    def figure(found: Evidence, name: str) -> Figure:
        return next(f for f in found.figures if (f.name, f.slice) == (name, "g"))

    name = "equal_opportunity_difference"
    assert figure(beside, name).value == figure(alone, name).value
    assert "smallest g=a, largest g=b, without g=c; " in figure(beside, name).note
    assert "without" not in figure(beside, "false_positive_difference").note
    assert decided(alone, pack=ODDS).outcome == "accept"
    decision = decided(beside, pack=ODDS)
    out = [f for f in decision.findings if f.code == "out"]
    assert [f.facts["group"] for f in out] == ["g=c"]
    assert (decision.outcome, "at-most-fails" in codes(decision)) == ("refuse", True)
    said = explain.sentences(decision, "en")
    assert any("No rate of g=c can be made" in line for line in said)
    fair = four(**both, c=(0, 100, 0, 400))
    assert (decided(fair, pack=ODDS).outcome, codes(decided(fair, pack=ODDS))) == (
        "need-more",
        ["out", "at-most-holds"],
    )


def test_the_largest_of_many_gaps_refuses_only_beyond_chance():
    rng = random.Random(1)

    def drawn(share: float) -> tuple[int, int, int, int]:
        tp = sum(rng.random() < share for _ in range(30))
        return tp, 100, 30 - tp, 100

    alike = four(**{f"d{i}": drawn(0.5) for i in range(60)})
    gap = next(f for f in alike.figures if f.name == "equal_opportunity_difference")
    assert gap.low is not None
    assert gap.low > 0
    assert "chance alone may explain it" in gap.note
    assert codes(decided(alike, pack=ODDS)) == ["at-most-chance"]
    apart = four(**{f"d{i}": drawn(0.2 + 0.6 * (i % 2)) for i in range(60)})
    assert codes(decided(apart, pack=ODDS)) == ["at-most-fails"]


def test_what_is_crossed_is_asked_for_alone_too():
    counts = written(
        ("selected", "rejected"), {("f", "x"): (5000, 5000), ("m", "x"): (5000, 5000)}, 2
    )
    crossed = evidence("group-fairness", counts, attributes=["sex", "town"], reference=None)
    assert codes(decided(crossed)) == ["no-figure", "no-figure"]
    assert codes(decided(crossed, FAIR)) == ["at-least-holds", "no-figure"]
