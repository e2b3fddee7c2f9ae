"""One id through everything that one request sets off. Spec: W3C Trace Context, level 1.

An `Activity` is what is known of the request, or of the delivery, that the current task works for.
It goes with the task, into the unit of work and, as a traceparent in the outbox row, with the
message to the other node, which goes on with the same trace. The log shows it in every line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, NamedTuple

from faifo import clock, ids

# §3.2.2: lower-case hex; a version above 00 may have more behind the flags.
_TRACEPARENT = re.compile(
    r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class Activity:
    """What the current task works for. Ids are filled in as they become known."""

    __slots__ = (
        "_span", "agreement", "flags", "key", "parent", "participant", "pid", "request", "trace",
    )  # fmt: skip

    def __init__(
        self,
        *,
        trace: str,
        parent: str = "",
        flags: str = "00",
        request: str = "",
        pid: str | None = None,
    ) -> None:
        self.trace = trace
        self.parent = parent
        self.flags = flags
        self._span = ""
        self.request = request or trace
        self.pid = pid
        self.agreement: str | None = None
        self.participant: str | None = None
        self.key: str | None = None

    @property
    def span(self) -> str:
        """Its own id, made when somebody wants to know it."""
        if not self._span:
            self._span = ids.new_span_id()
        return self._span

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace}-{self.span}-{self.flags}"


class Span(NamedTuple):
    """What an activity came to; `began` and `ended` are in nanoseconds since 1970."""

    activity: Activity
    name: str
    kind: Literal["server", "client"]
    began: int
    ended: int
    failed: bool
    facts: dict[str, str | int]


# Like the log, of the process: whoever watches it sees all that happens in it.
_recorders: list[Callable[[Span], None]] = []


def recording() -> bool:
    """Tell whether anybody wants spans."""
    return bool(_recorders)


@contextmanager
def recorded_by(recorder: Callable[[Span], None]) -> Iterator[None]:
    """Have `recorder` told of each span meanwhile."""
    _recorders.append(recorder)
    try:
        yield
    finally:
        _recorders.remove(recorder)


def record(
    activity: Activity,
    name: str,
    kind: Literal["server", "client"],
    *,
    seconds: float,
    failed: bool,
    **facts: str | int,
) -> None:
    """Tell what an activity that ends now took."""
    if not _recorders or activity.flags != "01":
        return
    now = clock.now()
    ended = int(now.timestamp() * 1_000_000) * 1000
    span = Span(activity, name, kind, ended - int(seconds * 1e9), ended, failed, facts)
    for recorder in _recorders:
        recorder(span)


_current: ContextVar[Activity | None] = ContextVar("faifo_activity", default=None)
_node: ContextVar[str] = ContextVar("faifo_node", default="")


def of_node(name: str) -> None:
    """Say that the current task, and what it sets off, is a participant's of this installation."""
    _node.set(name)


def node() -> str:
    """Return whose the current task is; "" where the process has one node, or for its first."""
    return _node.get()


def current() -> Activity | None:
    """Return what the current task works for, if it is known."""
    return _current.get()


def begin(traceparent: str | None, *, request: str = "", pid: str | None = None) -> Activity:
    """Return a new activity, in the trace of `traceparent` if that is one, else in its own."""
    found = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    # Version 00 has nothing behind the flags.
    if found is None or (found[1] == "00" and found[5]):
        trace, parent, flags = ids.new_trace_id(), "", "01" if recording() else "00"
    else:
        trace, parent, flags = found[2], found[3], f"{int(found[4], 16) & 1:02x}"
    given = request if request and _REQUEST_ID.fullmatch(request) else ""
    return Activity(trace=trace, parent=parent, flags=flags, request=given, pid=pid)


class working:  # noqa: N801 - a context manager, called as those made of functions are
    """Let an activity be the current one. Not made of a generator: every request pays for it."""

    __slots__ = ("_activity", "_token")

    def __init__(self, activity: Activity) -> None:
        self._activity = activity

    def __enter__(self) -> Activity:
        self._token = _current.set(self._activity)
        return self._activity

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)


def note(
    *,
    pid: str | None = None,
    agreement: str | None = None,
    participant: str | None = None,
    key: str | None = None,
) -> None:
    """Tell the current activity, if there is one, what has become known."""
    activity = _current.get()
    if activity is None:
        return
    activity.pid = pid or activity.pid
    activity.agreement = agreement or activity.agreement
    activity.participant = participant or activity.participant
    activity.key = key or activity.key


def traceparent() -> str | None:
    """Return the traceparent for calls that the current activity makes."""
    activity = _current.get()
    return activity.traceparent if activity else None


def outgoing_headers() -> dict[str, str]:
    """Return the header fields that an outgoing call carries. Spec: W3C Trace Context §3.2."""
    activity = _current.get()
    return {"traceparent": (activity or begin(None)).traceparent}
