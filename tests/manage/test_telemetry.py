"""One exchange as one trace over both nodes, at a collector that speaks OTLP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.conftest import MakeNode, Pair, free_port

CANARY = "canary-purpose-83e1"


class Span:
    """What a collector knows of a span."""

    def __init__(self, node: str, one: object) -> None:
        self.node = node
        self.name: str = one.name  # type: ignore[attr-defined]
        self.trace: bytes = one.trace_id  # type: ignore[attr-defined]
        self.id: bytes = one.span_id  # type: ignore[attr-defined]
        self.parent: bytes = one.parent_span_id  # type: ignore[attr-defined]
        self.took: int = one.end_time_unix_nano - one.start_time_unix_nano  # type: ignore[attr-defined]


class Collector:
    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.raw = b""
        self.metrics: dict[str, dict[str, object]] = {}
        self._came = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.raw += body
        async with self._came:
            for part in ExportTraceServiceRequest.FromString(body).resource_spans:
                facts = {one.key: one.value.string_value for one in part.resource.attributes}
                for scope in part.scope_spans:
                    node = facts["service.instance.id"]
                    self.spans += [Span(node, one) for one in scope.spans]
            self._came.notify_all()
        return web.Response()

    async def measure(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.raw += body
        for part in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            facts = {one.key: one.value.string_value for one in part.resource.attributes}
            for scope in part.scope_metrics:
                seen = {one.name: one for one in scope.metrics}
                self.metrics.setdefault(facts["service.instance.id"], {}).update(seen)
        return web.Response()

    async def until(self, wanted: str | bytes) -> Span:
        """Return the span of that name or id, once it is here."""
        async with asyncio.timeout(60), self._came:
            while True:
                for span in self.spans:
                    if wanted in {span.name, span.id}:
                        return span
                await self._came.wait()


@pytest.fixture
async def collector() -> AsyncIterator[tuple[Collector, str]]:
    made, port = Collector(), free_port()
    app = web.Application()
    app.router.add_post("/v1/traces", made.take)
    app.router.add_post("/v1/metrics", made.measure)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield made, f"http://127.0.0.1:{port}"
    await runner.cleanup()


async def test_one_exchange_is_one_trace(
    make_node: MakeNode, collector: tuple[Collector, str]
) -> None:
    seen, endpoint = collector
    extra = f'[telemetry]\nendpoint = "{endpoint}"\n'
    pair = Pair(make_node("provider", extra=extra), make_node("consumer", extra=extra))
    await asyncio.gather(pair.provider.start(), pair.consumer.start())
    dataset = await pair.publish(purposes=[CANARY])
    await pair.agreement(dataset, purpose=CANARY)
    asked = await seen.until("POST /manage/v1/negotiations")
    ended = await seen.until("POST /dsp/2025-1/negotiations/{pid}/events")
    assert (asked.node, ended.node) == (pair.consumer.did, pair.consumer.did)
    assert ended.trace == asked.trace
    way = [ended]
    while way[-1].parent:
        way.append(await seen.until(way[-1].parent))
    # From the last message back to what the user asked for: each by the one that caused it.
    assert way[-1] is asked
    assert {one.node for one in way} == {pair.provider.did, pair.consumer.did}
    assert len(way) >= 8
    assert all(one.took > 0 for one in way)
    assert CANARY.encode() not in seen.raw


async def test_a_collector_that_is_not_there_delays_nothing(make_node: MakeNode) -> None:
    extra = f'[telemetry]\nendpoint = "http://127.0.0.1:{free_port()}"\n'
    pair = Pair(make_node("provider", extra=extra), make_node("consumer"))
    await asyncio.gather(pair.provider.start(), pair.consumer.start())
    assert await pair.agreement(await pair.publish())


async def test_metrics_are_those_of_the_page(
    make_node: MakeNode, collector: tuple[Collector, str]
) -> None:
    seen, endpoint = collector
    node = make_node("provider", extra=f'[telemetry]\nendpoint = "{endpoint}"\n')
    await node.start()
    assert (await node.raw("GET", "/node"))[0] == 200
    await node.stop()  # what was not sent yet is sent at the end
    found = seen.metrics[node.did]
    [timers] = found["faifo_timers"].gauge.data_points  # type: ignore[attr-defined]
    assert timers.as_double >= 0
    requests = found["faifo_http_requests"].sum  # type: ignore[attr-defined]
    assert requests.is_monotonic
    labels = [
        {one.key: one.value.string_value for one in point.attributes}
        for point in requests.data_points
    ]
    assert {"face": "manage", "method": "GET", "status": "2xx"} in labels
    [took] = [
        point for point in found["faifo_http_request_seconds"].histogram.data_points  # type: ignore[attr-defined]
        if point.attributes[0].value.string_value == "manage"
    ]  # fmt: skip
    assert sum(took.bucket_counts) == took.count >= 1
    assert len(took.bucket_counts) == len(took.explicit_bounds) + 1
    assert took.sum > 0
