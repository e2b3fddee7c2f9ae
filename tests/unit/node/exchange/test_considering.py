"""What is large is judged before the unit of work, and in it there is nothing left to judge."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from faifo.node.exchange.considering import consider
from faifo.policy import compare
from faifo.policy.compare import narrows
from faifo.policy.terms import Terms, offer
from faifo.store.contract import Store
from faifo.store.records import Dataset, SourceKind, StoredSource

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize("by", ["target", "offer"])
async def test_it_is_compared_once(store: Store, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    names = tuple(f"{by}-{number}" for number in range(300))
    source = StoredSource(kind=SourceKind.HTTP, location="http://h")
    policy = offer(Terms(purposes=names))
    dataset = Dataset(
        id="d", title="", offer_id="o", policy=policy, source=source, media_type="", published=NOW
    )
    await store.run(lambda tx: tx.datasets.put(dataset))
    asked: dict[str, Any] = {**offer(Terms(purposes=names[:150])), "@id": "o"}
    asked |= {"target": "d"} if by == "target" else {}
    compared: list[int] = []
    compare_ = compare._compare

    def counted(*both: Any) -> Any:
        compared.append(1)
        return compare_(*both)

    monkeypatch.setattr(compare, "_compare", counted)
    await store.read(lambda tx: consider(tx, SimpleNamespace(offer=asked), None))
    assert compared == [1]
    assert narrows(asked, {**policy, "@id": "o"}).permits
    assert compared == [1]
    # What names nothing that is known is judged by nobody.
    unknown = SimpleNamespace(offer={**asked, "@id": "x", "target": "x"}, agreement=1)
    await store.read(lambda tx: consider(tx, unknown, "pid"))
    assert compared == [1]
