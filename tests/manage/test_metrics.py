"""Prometheus metrics: what is counted, and that no label can grow without bound."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from world import World

from faifo import __version__
from faifo.node.showing import metrics
from faifo.store.records import JournalEntry

pytest.importorskip("prometheus_client", reason="prometheus_client is not installed")

from prometheus_client.parser import text_string_to_metric_families

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _text(there: World) -> str:
    headers = {"Authorization": f"Bearer {there.node.key}"}
    url = f"{there.node.manage_url}/metrics"
    async with there.friend.client.get(url, headers=headers) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        return await answer.text()


def _values(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_requests_events_and_bytes_are_counted(there: World) -> None:
    before = _values(await _text(there))
    await there.node.publish()
    for _ in range(3):
        async with there.friend.client.get(f"{there.node.url}/data/nothing") as answer:
            assert answer.status == 401
    values = _values(await _text(there))

    def gained(name: str, **labels: str) -> float:
        key = (name, frozenset(labels.items()))
        return values[key] - before.get(key, 0)

    assert gained("faifo_events_total", event="access-refused") == 3
    assert ("faifo_data_bytes_total", frozenset({("direction", "served")})) not in values
    assert gained("faifo_events_total", event="dataset-published") == 1
    requests = "faifo_http_requests_total"
    assert gained(requests, face="public", method="GET", status="4xx") == 3
    assert gained(requests, face="manage", method="POST", status="2xx") == 1
    assert gained("faifo_http_request_seconds_count", face="public") == 3
    assert gained("faifo_datasets") == 1
    assert gained("faifo_journal_rows") == 4
    assert values["faifo_info", frozenset({("version", __version__)})] == 1
    assert values["process_resident_memory_bytes", frozenset()] > 10_000_000
    assert values["faifo_database_bytes", frozenset()] > 10_000


async def test_callers_make_no_labels(there: World) -> None:
    client = there.friend.client
    labels = {labels for _, labels in _values(await _text(there))}
    for number in range(20):
        for method, path in (
            ("GET", f"/x{number}"),
            (f"BREW{number}", "/"),
            ("GET", f"/data/{number}"),
        ):
            async with client.request(method, there.node.url + path):
                pass
        await there.friend.call(there.node, "GET", f"/transfers/{number}")
        await there.node.manage("GET", f"/datasets/{number}")
    text = await _text(there)
    after = {labels for _, labels in _values(text)}
    assert len(after - labels) < 8
    for secret in (there.node.key, there.node.did, there.friend.did, "BREW", "/data", "urn:"):
        assert secret not in text
    found = set(re.findall(r'(\w+)="', text))
    assert found <= {"face", "method", "status", "event", "direction", "le", "version"}


async def test_it_wants_a_key_and_is_not_on_the_public_port(there: World) -> None:
    for url, status in ((there.node.manage_url, 401), (there.node.url, 404)):
        async with there.friend.client.get(f"{url}/metrics") as answer:
            assert answer.status == status


async def test_data_are_counted_once_and_in_the_direction_in_which_they_went() -> None:
    found = metrics.Metrics()
    events = [
        ("access-served", 1), ("access-interrupted", 2), ("access-failed", 4),
        ("access-refused", 8), ("push-complete", 16), ("push-broken-off", 32),
        ("fetch-complete", 64), ("fetch-interrupted", 128), ("push-received", 256),
    ]  # fmt: skip
    at = datetime(2026, 1, 2, tzinfo=UTC)
    found.rows(
        [
            (seq, JournalEntry(event=event, at=at, detail={"bytes": size}))
            for seq, (event, size) in enumerate(events)
        ]
    )
    assert found._data == {"served": 7, "fetched": 448}
