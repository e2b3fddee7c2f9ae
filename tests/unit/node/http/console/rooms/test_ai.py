"""What a judgement on an AI passport says on its page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from faifo.ai.decision.records import Finding
from faifo.node.http.console.rooms.ai import judgement

FACTS = {"figure": "accuracy", "where": "-", "value": "-", "low": "0.7", "high": "1234.5",
         "limit": "0.8"}  # fmt: skip


async def test_a_finding_is_said_as_everywhere_and_one_of_a_newer_faifo_by_its_code() -> None:
    findings = [
        Finding(rule="p/a", outcome="need-more", code="at-least-wide", facts=FACTS),
        Finding(rule="p/b", outcome="accept", code="of-tomorrow"),
    ]

    async def ask(*_: Any) -> Any:
        return SimpleNamespace(decision=SimpleNamespace(findings=findings))

    visit: Any = SimpleNamespace(ask=ask, path=lambda _: "id", lang="vi")
    (wide, said), (_, code) = (await judgement(visit))["findings"]
    assert wide is findings[0]
    assert "“độ chính xác” của mọi dòng" in said
    assert "(0,7 đến 1.234)" in said
    assert "con số của nút này (0,8)" in said
    assert code == "of-tomorrow"
