"""Trace context is read as W3C says, and never believed further."""

from __future__ import annotations

import asyncio
import re

import pytest

from faifo.node.watching import tracing
from faifo.store.contract import Store, Transaction

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.mark.parametrize(
    ("given", "flags"),
    [
        (f"00-{TRACE}-{SPAN}-01", "01"),
        (f"00-{TRACE}-{SPAN}-00", "00"),
        (f"00-{TRACE}-{SPAN}-ff", "01"),
        (f"cc-{TRACE}-{SPAN}-01-what-the-future-brings", "01"),
    ],
)
def test_a_trace_is_gone_on_with(given: str, flags: str) -> None:
    activity = tracing.begin(given)
    assert activity.trace == TRACE
    assert activity.span != SPAN
    assert activity.traceparent == f"00-{TRACE}-{activity.span}-{flags}"


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "x",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-01\n",
        f" 00-{TRACE}-{SPAN}-01",
    ],
)
def test_what_is_no_trace_begins_a_new_one(given: str | None) -> None:
    one, two = tracing.begin(given), tracing.begin(given)
    assert one.trace not in {TRACE, two.trace}
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", one.traceparent)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-1", True), ("a" * 128, True), ("", False), ("a" * 129, False), ("a\nb", False)],
)
def test_a_request_id_is_kept_if_it_is_one(given: str, kept: bool) -> None:
    activity = tracing.begin(None, request=given)
    assert activity.request == (given if kept else activity.trace)


async def test_it_goes_into_units_of_work_and_tasks_and_no_further(store: Store) -> None:
    async def seen(_: Transaction) -> str | None:
        return tracing.traceparent()

    async def task() -> str | None:
        return tracing.traceparent()

    with tracing.working(tracing.begin(None)) as activity:
        assert await store.run(seen) == activity.traceparent
        assert await asyncio.create_task(task()) == activity.traceparent
        tracing.note(pid="p")
        assert activity.pid == "p"
        assert tracing.outgoing_headers() == {"traceparent": activity.traceparent}
    assert await store.run(seen) is None
    assert tracing.current() is None
    assert re.fullmatch(r"00-\w{32}-\w{16}-00", tracing.outgoing_headers()["traceparent"])
    tracing.note(pid="q")
    assert activity.pid == "p"
