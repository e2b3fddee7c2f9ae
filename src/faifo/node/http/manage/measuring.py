"""`/metrics` on the management listener, in the text format of Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faifo import clock
from faifo.api.operation import Operation
from faifo.node.delivery.events import Feed
from faifo.node.delivery.said import ASKING
from faifo.node.http.manage.call import Call
from faifo.node.http.response import Response
from faifo.node.showing.metrics import CONTENT_TYPE, Gauges, Metrics
from faifo.store.contract import Store, Transaction

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric


class Measuring:
    """Reads the counts, and looks up what is not counted."""

    def __init__(self, *, store: Store, metrics: Metrics, feed: Feed) -> None:
        self._store = store
        self._metrics = metrics
        self._feed = feed

    def operation(self, *, key: bool) -> Operation[None]:
        """Return the operation, which stands outside of the API's root."""
        return Operation(
            "readMetrics",
            ("GET",),
            "/metrics",
            "the metrics of Prometheus",
            media_type=CONTENT_TYPE,
            any_query=True,
            key=key,
        )

    async def measured(self) -> list[Metric]:
        """Return all that is measured, as the Prometheus library has it."""
        return list(self._metrics.families(await self._gauges()))

    async def read(self, _: Call) -> Response:
        text = self._metrics.text(await self._gauges())
        return Response(text, media_type=None, headers={"Content-Type": CONTENT_TYPE})

    async def _gauges(self) -> Gauges:
        gauges = await self._store.read(_look)
        gauges["faifo_event_streams"] = self._feed.followers
        gauges["faifo_database_bytes"] = await self._store.size()
        return gauges


async def _look(tx: Transaction) -> Gauges:
    rows = [row for row in await tx.outbox.find() if row.kind != ASKING]
    newest = await tx.journal.find(newest_first=True, limit=1)
    oldest = min((row.created for row in rows), default=None)
    age = (clock.now() - oldest).total_seconds() if oldest else 0.0
    return Gauges(
        faifo_outbox_messages=len(rows),
        faifo_outbox_oldest_seconds=round(age, 3),
        faifo_timers=await tx.timers.count(),
        faifo_datasets=await tx.datasets.count(),
        faifo_journal_rows=newest[0][0] if newest else 0,
    )
