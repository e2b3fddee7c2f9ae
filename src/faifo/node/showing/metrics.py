"""What a node counts, and how Prometheus reads it.

Counting is a few dictionary entries; the Prometheus library is loaded at the first reading. No
label holds a DID, an id or a path: every label is one of a few words of this program.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from faifo import __version__
from faifo.node.delivery.events import Rows

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
MOST_EVENTS = 64
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Gauges(dict[str, float]):
    """What is looked up when the metrics are read: value by name."""


HELP = {
    "faifo_outbox_messages": "Messages that are decided and have not reached the other side.",
    "faifo_outbox_oldest_seconds": "Age of the oldest of them.",
    "faifo_timers": "Timers that are set.",
    "faifo_datasets": "Datasets that are published or were.",
    "faifo_journal_rows": "The number of the newest row of the journal.",
    "faifo_database_bytes": "Size of the database file and its log.",
    "faifo_event_streams": "Callers that follow the event stream.",
}


# A push goes the way of an access here; what a refusal sends is none of the data.
_DIRECTION: Final = {
    "access-served": "served",
    "access-interrupted": "served",
    "access-failed": "served",
    "fetch-complete": "fetched",
    "fetch-interrupted": "fetched",
    "push-received": "fetched",
}


class Metrics:
    """The counts since the start of this process."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, str]] = Counter()
        self._sent: Counter[str] = Counter()
        self._seconds = defaultdict[str, list[int]](lambda: [0] * (len(BUCKETS) + 1))
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._events: Counter[str] = Counter()
        self._data: Counter[str] = Counter()

    def request(self, face: str, method: str, status: int, sent: int, seconds: float) -> None:
        """Count one request and its answer."""
        method = method if method in METHODS else "other"
        self._requests[face, method, f"{status // 100}xx"] += 1
        self._sent[face] += sent
        self._seconds[face][bisect_left(BUCKETS, seconds)] += 1
        self._sums[face] += seconds

    def rows(self, rows: Rows) -> None:
        """Count what the journal got."""
        for _, entry in rows:
            known = entry.event in self._events or len(self._events) < MOST_EVENTS
            self._events[entry.event if known else "other"] += 1
            if direction := _DIRECTION.get(entry.event):
                self._data[direction] += entry.detail.get("bytes", 0)

    def text(self, gauges: Gauges) -> bytes:
        """Return everything in the text format of Prometheus."""
        from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Reading(list(self.families(gauges))))
        ProcessCollector(registry=registry)
        return generate_latest(registry)

    def families(self, gauges: Gauges) -> Iterator[Metric]:
        """Yield everything as the Prometheus library has it."""
        from prometheus_client.core import (
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
            InfoMetricFamily,
        )

        yield InfoMetricFamily("faifo", "This program.", value={"version": __version__})
        requests = CounterMetricFamily(
            "faifo_http_requests", "Requests answered.", labels=("face", "method", "status")
        )
        for labels, count in self._requests.items():
            requests.add_metric(labels, count)
        yield requests
        yield _counter("faifo_http_sent_bytes", "Bytes of answers' bodies.", "face", self._sent)
        seconds = HistogramMetricFamily(
            "faifo_http_request_seconds", "Time until the answer's end.", labels=("face",)
        )
        for face, counts in self._seconds.items():
            seconds.add_metric((face,), _cumulated(counts), self._sums[face])
        yield seconds
        yield _counter("faifo_events", "Rows of the journal, by event.", "event", self._events)
        yield _counter("faifo_data_bytes", "Bytes of partners' data.", "direction", self._data)
        for name, value in gauges.items():
            yield GaugeMetricFamily(name, HELP[name], value=value)


class _Reading:
    """A collector for one reading."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families


def _counter(name: str, text: str, label: str, counts: Counter[str]) -> Any:
    from prometheus_client.core import CounterMetricFamily

    family = CounterMetricFamily(name, text, labels=(label,))
    for value, count in counts.items():
        family.add_metric((value,), count)
    return family


def _cumulated(counts: list[int]) -> list[tuple[str, float]]:
    total, buckets = 0, []
    for bound, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
        total += count
        buckets.append((bound, float(total)))
    return buckets
