"""A partner that wants more than its share is told when to come again; the others go on."""

from __future__ import annotations

from pathlib import Path

from world import world

CATALOG = (
    b'{"@context": ["https://w3id.org/dspace/2025/1/context.jsonld"],'
    b' "@type": "CatalogRequestMessage"}'
)


async def test_beyond_its_rate_a_partner_gets_429_and_a_time(tmp_path: Path) -> None:
    async with world(tmp_path, shares={"requests_per_second": 1}) as there:
        answers = [
            await there.friend.call(there.node, "POST", "/catalog/request", CATALOG)
            for _ in range(3)
        ]
        assert {answer.status for answer in answers[:2]} == {200}
        refused = next(answer for answer in answers if answer.status == 429)
        assert refused.headers["Retry-After"] == "1"
        assert refused.json["code"] == "busy"
        assert refused.json["reason"] == [
            "this node looks at no more than 1 requests of one partner in a second;"
            " come again in 1 s"
        ]
        other = await there.rival.call(there.node, "POST", "/catalog/request", CATALOG)
        assert other.status == 200
