"""Metrics as OpenTelemetry writes them, made of the families that the page for Prometheus has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from faifo import __version__

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric


def written(families: Iterable[Metric], resource: Any, *, began: int, now: int) -> Any:
    """Return all families as one reading; `began` and `now` are nanoseconds since 1970."""
    from opentelemetry.sdk.metrics import export as sdk
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    metrics = [
        sdk.Metric(name=family.name, description=family.documentation, unit="", data=data)
        for family in families
        if (data := _data(family, began, now)) is not None
    ]
    scope = InstrumentationScope("faifo", __version__)
    inside = sdk.ScopeMetrics(scope=scope, metrics=metrics, schema_url="")
    whole = sdk.ResourceMetrics(resource=resource, scope_metrics=[inside], schema_url="")
    return sdk.MetricsData(resource_metrics=[whole])


def _data(family: Metric, began: int, now: int) -> Any:
    from opentelemetry.sdk.metrics import export as sdk

    since = sdk.AggregationTemporality.CUMULATIVE
    if not family.samples:
        return None
    if family.type == "histogram":
        return sdk.Histogram(list(_histograms(family, began, now)), since)
    points = [
        sdk.NumberDataPoint(
            attributes=sample.labels,
            start_time_unix_nano=began,
            time_unix_nano=now,
            value=float(sample.value),
        )
        for sample in family.samples
    ]
    if family.type == "counter":
        return sdk.Sum(points, since, is_monotonic=True)
    return sdk.Gauge(points)


def _histograms(family: Metric, began: int, now: int) -> Iterator[Any]:
    """Yield a point for each set of labels; its buckets are no sums, as those of Prometheus are."""
    from opentelemetry.sdk.metrics.export import HistogramDataPoint

    found: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
    for sample in family.samples:
        labels = {name: value for name, value in sample.labels.items() if name != "le"}
        one = found.setdefault(tuple(sorted(labels.items())), {"buckets": []})
        if sample.name.endswith("_bucket"):
            one["buckets"].append((float(sample.labels["le"]), int(sample.value)))
        elif sample.name.endswith("_sum"):
            one["sum"] = float(sample.value)
    for labels_of, one in found.items():
        bounds, sums = zip(*one["buckets"], strict=True)
        yield HistogramDataPoint(
            attributes=dict(labels_of),
            start_time_unix_nano=began,
            time_unix_nano=now,
            count=sums[-1],
            sum=one["sum"],
            bucket_counts=[b - a for a, b in zip((0, *sums), sums, strict=False)],
            explicit_bounds=list(bounds[:-1]),
            min=None,  # type: ignore[arg-type]  # not known: left out
            max=None,  # type: ignore[arg-type]
        )
