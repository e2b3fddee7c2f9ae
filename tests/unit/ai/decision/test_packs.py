"""What the five packs say of their texts, by somebody who must apply these: typed by hand."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from faifo.ai.crosswalk import crosswalk
from faifo.ai.decision import explain, judge
from faifo.ai.decision.records import Decision, Presented
from faifo.ai.packs import names, open_pack
from faifo.ai.passport.annex_a import QUESTIONS
from faifo.ai.passport.records import Risk, Tool, Use
from faifo.packs.clause import is_text
from faifo.packs.shelf import EVIDENCE, NUMBERS, TERMS, shipped
from faifo.packs.terms import open_pack as open_terms
from faifo.phrases import LANGUAGES, say

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
LOANS = ("credit-scoring",)
SCORER = Risk(severity=2, probability=2).level


def judged(pack: str, **changed: Any) -> Decision:
    about: dict[str, Any] = {
        "sha256": "0" * 64, "issuer": "did:web:bank.example", "kind": "system", "risk": SCORER,
        "issued": NOW, "expires": NOW + timedelta(days=9), "evidence": (), "economy": "VN",
    }  # fmt: skip
    presented = Presented(**about | changed)
    return judge.decide(open_pack(pack), presented, now=NOW, by="did:web:me.example")


def codes(decision: Decision) -> dict[str, str]:
    return {one.rule.partition("/")[2]: one.code for one in decision.findings}


def articles(pack: str, section: str = "") -> set[str]:
    found = open_pack(pack)
    sections = [getattr(found, section)] if section else list(found.sections())
    return {one.article for each in sections for one in each}


@pytest.mark.parametrize(
    ("pack", "level", "article"),
    [("eu-ai-act", "high risk", "Annex III, point 5(b)"), ("korea", "high impact", "Article 2(4)")],
)
def test_a_loan_scorer_is_high_by_its_use_whatever_its_score(
    pack: str, level: str, article: str
) -> None:
    assert SCORER == "limited"
    decision = judged(pack, uses=LOANS)
    assert decision.person_must_decide
    (found,) = [one for one in decision.findings if one.code == "use"]
    assert article in found.source
    assert level in explain.sentence(found, "en")
    assert codes(judged(pack, uses=("spam-filter",)))["use"] == "use-unlisted"
    unsaid = judged(pack)
    assert (codes(unsaid)["use"], unsaid.person_must_decide) == ("no-use", False)
    assert unsaid.outcome != "accept"
    # Nobody lowers by a use what he has called high himself.
    assert judged(pack, uses=("spam-filter",), risk="high").person_must_decide


def test_viet_nam_knows_three_levels_and_its_own_articles() -> None:
    pack = open_pack("viet-nam")
    called = {text["en"]: text["vi"] for text in pack.levels.values()}
    assert called == {"high": "cao", "medium": "trung bình", "low": "thấp"}
    assert (str(pack.valid_from), pack.by_use, pack.uses) == ("2026-03-01", True, ())
    said = " ".join(articles("viet-nam"))
    for number in (4, 7, 9, 10, 11, 12, 14, 15, 27):
        assert re.search(rf"\b{number}\b", said), number
    assert "134/2025/QH15" in pack.clauses[0].law
    asked = codes(judged("viet-nam", uses=LOANS, risk="limited"))
    for rule in ("classification", "notice", "incidents", "oversight.plan"):
        assert asked[rule] == "no-part"
    assert "documents" not in asked
    assert codes(judged("viet-nam", uses=LOANS, risk="high"))["documents"] == "no-part"


def test_korea_has_its_articles_and_nothing_of_article_34_for_figures() -> None:
    wanted = {2: "(4)", 31: "", 32: "", 33: "", 34: "(1)", 35: "", 36: "", 43: ""}
    assert {f"Article {n}{part}" for n, part in wanted.items()} <= articles("korea")
    found = {one.id: one for one in open_pack("korea").clauses}
    assert found["oversight.plan"].article == "Article 34(1)4"
    assert found["impact"].article == "Article 35"
    assert all(one.method is None for one in found.values())


def test_a_representative_is_asked_of_who_is_abroad() -> None:
    for pack, home in (("korea", "KR"), ("eu-ai-act", "DE")):
        assert "representative" in codes(judged(pack, uses=LOANS, economy="VN"))
        assert "representative" not in codes(judged(pack, uses=LOANS, economy=home))


def test_the_eu_asks_for_records_not_for_same_results_and_for_no_second_party() -> None:
    found = {one.id: one for one in open_pack("eu-ai-act").clauses}
    assert (found["records"].article, found["records"].part) == ("Article 12", "use.records")
    assert (found["oversight.plan"].article, found["oversight.plan"].risks) == (
        "Articles 14 and 26(2)",
        ("high",),
    )
    assert found["assessor.fairness"].where == "a rule of this pack: no text asks for it"
    assert "Article 43" in articles("eu-ai-act", "people")
    refs = {ref for refs in crosswalk().values() for ref in refs}
    assert not refs & {"EU-AI-Act:12", "EU-AI-Act:10(5)", "EU-AI-Act:43"}
    assert "EU-AI-Act:15(5)" in crosswalk()["membership"]


def test_what_the_law_asks_later_is_told_and_stops_nothing_before() -> None:
    decision = judged("eu-ai-act", uses=LOANS)
    found = {one.rule.partition("/")[2]: one for one in decision.findings}
    assert (found["records"].code, found["records"].outcome) == ("not-yet", "accept")
    assert "2027-12-02" in explain.sentence(found["records"], "en")
    assert "Sự kiện được ghi lại" in explain.sentence(found["records"], "vi")
    # Article 50 is in force since August 2026.
    assert (found["notice"].code, found["notice"].outcome) == ("no-part", "need-more")


def test_asean_has_its_own_order_of_principles() -> None:
    names_of = {
        "B.1": "Transparency and explainability", "B.2": "Fairness and equity",
        "B.3": "Security and safety", "B.4": "Human-centricity",
        "B.5": "Privacy and data governance", "B.6": "Accountability and integrity",
        "B.7": "Robustness and reliability",
    }  # fmt: skip
    said = " / ".join(articles("asean"))
    for number, name in names_of.items():
        assert f"section {number} {name}" in said
    asked = " / ".join(articles("asean", "clauses"))
    assert "B.1 " in asked
    assert "B.3 " in asked
    assert "component C.2" in asked
    walk = crosswalk()
    assert walk["robustness"][0] == "ASEAN-Guide:B.7"
    assert {walk[one][0] for one in ("membership", "data-quality")} == {"ASEAN-Guide:B.5"}
    assert walk["process"] == ("ASEAN-Guide:B.6",)
    assert any("Generative AI" in one.law for one in open_pack("asean").people)


def test_what_nobody_answers_of_transparency_and_security_is_asked() -> None:
    unanswered = codes(judged("asean", risk="high"))
    for rule in ("transparency.notice", "transparency.explained", "security.failure"):
        assert unanswered[rule] == "unanswered"
    answered = codes(judged("asean", risk="high", answers={"5.2": "yes"}))
    assert answered["transparency.notice"] == "answered"


def test_the_questions_of_annex_a_are_plain_and_of_their_place() -> None:
    assert len(QUESTIONS) == 39
    for lang in LANGUAGES:
        assert len({say(f"ai.annex-a.{one}", lang) for one in QUESTIONS}) == 39
        assert say("ai.annex-a.numbering", lang)
    spoken_to = {  # which question speaks of what, by the transcriptions
        "3.1": "harm", "4.1": "personal data", "4.5": "complete", "4.14": "training",
        "4.15": "groups", "4.19": "fails", "4.22": "same result", "5.3": "opt out",
    }  # fmt: skip
    for question, words in spoken_to.items():
        assert words in say(f"ai.annex-a.{question}", "en")
    refs = {ref for refs in crosswalk().values() for ref in refs if "AnnexA" in ref}
    assert {ref.partition(":")[2] for ref in refs} == {"4.14", "4.15", "4.19", "4.1", "4.5", "4.22"}


def test_an_agent_can_meet_singapores_four_dimensions() -> None:
    use = Use(
        kinds=("agent",),
        tools=(Tool(name="catalog", may="read it"),),
        checkpoints=("before an order is sent",),
        tests="200 tasks, once a release",
        monitoring="each call is kept for a year",
        responsibility="who starts it answers for the order",
    )
    parts = ("oversight", *(f"use.{name}" for name in use.said()))
    assert judged("singapore-agentic", kind="request", parts=parts).outcome == "accept"
    assert judged("singapore-agentic", kind="request", parts=parts[:-1]).outcome == "need-more"
    said = " ".join(articles("singapore-agentic", "clauses"))
    for dimension in ("first", "second", "third", "fourth"):
        assert f"{dimension} dimension" in said
    assert "version 1.5" in open_pack("singapore-agentic").clauses[0].law


def test_the_limits_are_one_set_that_no_text_has() -> None:
    pack = open_pack("asean")
    assert "set by the authors" in pack.numbers.by["en"]  # type: ignore[union-attr]
    for name in ("eu-ai-act", "korea", "viet-nam"):
        assert open_pack(name).limits == pack.limits
    assert open_pack("singapore-agentic").limits == ()
    one = shipped(EVIDENCE)["asean"] + shipped(NUMBERS)["faifo"]
    from faifo.ai.evidence import digest

    assert pack.sha256 == digest(one)


@pytest.mark.parametrize("name", [*names(), *shipped(TERMS)])
def test_every_pack_speaks_every_language_and_none_was_read(name: str) -> None:
    pack = open_pack(name) if name in names() else open_terms(name)
    texts = [pack.title, pack.note, *(one.text for each in pack.sections() for one in each)]
    texts += getattr(pack, "lawyer", ())
    assert all(text.keys() == set(LANGUAGES) and is_text(text) for text in texts)
    for section in pack.sections():
        for one in section:
            assert one.certainty != "A", f"{one.id}: nobody has read an original text"
            assert bool(one.law) or not one.article
    assert msgspec.to_builtins(pack)["version"] == "2026-11-29"
