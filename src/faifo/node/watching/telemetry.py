"""Traces and metrics for OpenTelemetry: what each request and each delivery took, over both nodes.

A span is made of what `tracing` knows anyway, so the ids in the log, in the messages to other nodes
and at the collector are the same. No span holds a query, a token, a body or an address of a caller.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from faifo import __version__, clock
from faifo.errors import SettingsError
from faifo.node.watching import otlp, tracing
from faifo.phrases import Phrase

log = logging.getLogger("faifo.telemetry")


EVERY_SECONDS = 30.0
_TIMEOUT = 5


@asynccontextmanager
async def telemetry(
    endpoint: str, *, did: str, measured: Callable[[], Awaitable[list[Any]]]
) -> AsyncIterator[None]:
    """Send spans and metrics to the collector at `endpoint` (OTLP over HTTP) meanwhile; "": none.

    `measured` gives the metrics, as the Prometheus library has them.

    What the collector does not take is given up after its time: a node waits for no collector.

    Raises:
        SettingsError: the packages of the extra `otel` are not installed.
    """
    if not endpoint:
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise SettingsError(
            what=Phrase("errors.told.telemetry.missing"),
            expected=Phrase("errors.told.telemetry.install"),
        ) from None
    place = endpoint.rstrip("/")
    exporter = OTLPSpanExporter(endpoint=f"{place}/v1/traces", timeout=_TIMEOUT)
    meter = OTLPMetricExporter(endpoint=f"{place}/v1/metrics", timeout=_TIMEOUT)
    processor = BatchSpanProcessor(exporter, max_queue_size=4096, schedule_delay_millis=1000)
    facts = {"service.name": "faifo", "service.version": __version__, "service.instance.id": did}
    resource = Resource(facts)
    began = _nanoseconds()

    async def measure() -> None:
        data = otlp.written(await measured(), resource, began=began, now=_nanoseconds())
        await asyncio.to_thread(meter.export, data)

    async def again() -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await measure()

    with tracing.recorded_by(lambda span: processor.on_end(_written(span, resource))):
        measuring = asyncio.create_task(again())
        try:
            yield
        finally:
            measuring.cancel()
            with suppress(TimeoutError):
                await asyncio.wait_for(measure(), _TIMEOUT)
            processor.shutdown()  # type: ignore[no-untyped-call]


def _nanoseconds() -> int:
    return int(clock.now().timestamp() * 1e9)


def _written(span: tracing.Span, resource: Any) -> Any:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
    from opentelemetry.trace.status import Status, StatusCode

    def context(name: str, *, remote: bool) -> SpanContext:
        flags = TraceFlags(TraceFlags.SAMPLED)
        return SpanContext(int(activity.trace, 16), int(name, 16), remote, flags)

    activity = span.activity
    known = {
        "faifo.process": activity.pid,
        "faifo.agreement": activity.agreement,
        "faifo.participant": activity.participant,
    }
    served = span.kind == "server"
    return ReadableSpan(
        name=span.name,
        context=context(activity.span, remote=False),
        parent=context(activity.parent, remote=served) if activity.parent else None,
        resource=resource,
        attributes={**span.facts, **{name: one for name, one in known.items() if one}},
        kind=SpanKind.SERVER if served else SpanKind.CLIENT,
        status=Status(StatusCode.ERROR if span.failed else StatusCode.UNSET),
        start_time=span.began,
        end_time=span.ended,
    )
