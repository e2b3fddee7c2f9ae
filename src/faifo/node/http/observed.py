"""Around each face of the node: trace and request ids, one access line, and the counts.

An access line has the method, the template of the path, the status, bytes, milliseconds, and who
it was: never a query string, a token or a body.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from faifo import clock
from faifo.dataplane.exchange import PAST
from faifo.dataplane.gate import AccessRequest, Gate, Grant
from faifo.errors import NotProvenError
from faifo.node.http.routing import Route
from faifo.node.membership.authentication import Authenticator, Participant, discreet
from faifo.node.showing.metrics import METHODS, Metrics
from faifo.node.watching import tracing

log = logging.getLogger("faifo.access")

App = Callable[[Any, Any, Any], Awaitable[None]]

NOWHERE = "(no route)"


class Observed:
    """`app`, observed. `fixed` maps the start of a path to its template.

    Other templates come from the route that answered.
    """

    def __init__(
        self, app: App, *, face: str, metrics: Metrics, fixed: dict[str, str] | None = None
    ) -> None:
        self.app = app
        self._face = face
        self._metrics = metrics
        self._fixed = fixed or {}

    @property
    def routes(self) -> list[Route]:
        """The routes of the application inside."""
        return list(getattr(self.app, "routes", ()))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        said = dict(scope["headers"]).get
        parent, request = said(b"traceparent", b""), said(b"x-request-id", b"")
        activity = tracing.begin(parent.decode("latin-1"), request=request.decode("latin-1"))
        answer = _Answer(send, activity.request)
        begun = clock.monotonic()
        with tracing.working(activity):
            try:
                await self.app(scope, receive, answer.send)
            finally:
                seconds = clock.monotonic() - begun
                answer.sent += scope.get(PAST, 0)
                self._metrics.request(
                    self._face, scope["method"], answer.status, answer.sent, seconds
                )
                if tracing.recording():
                    method = scope["method"] if scope["method"] in METHODS else "_OTHER"
                    route = _template(scope, self._fixed)
                    tracing.record(
                        activity,
                        f"{method} {route}",
                        "server",
                        seconds=seconds,
                        failed=answer.status >= 500,
                        **{
                            "http.request.method": method,
                            "http.route": route,
                            "http.response.status_code": answer.status,
                            "http.response.body.size": answer.sent,
                            "faifo.face": self._face,
                        },
                    )
                if log.isEnabledFor(logging.INFO):
                    _line(scope, answer, seconds, self._face, _template(scope, self._fixed))


class _Answer:
    """Counts what goes out, and adds the request's id. Status 499: the client left first."""

    __slots__ = ("_request", "_send", "sent", "status")

    def __init__(self, send: Any, request: str) -> None:
        self._send = send
        self._request = request.encode("latin-1")
        self.status = 499
        self.sent = 0

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", self._request)]
        else:
            self.sent += len(message.get("body", b""))
        await self._send(message)


def _template(scope: Any, starts: dict[str, str]) -> str:
    for start, template in starts.items():
        if scope["path"].startswith(start):
            return template
    return str(scope.get("route") or NOWHERE)


def _line(scope: Any, answer: _Answer, seconds: float, face: str, template: str) -> None:
    method = scope["method"] if scope["method"] in METHODS else "(another)"
    parameters = scope.get("path_params") or {}
    tracing.note(pid=parameters.get("pid"))
    activity = tracing.current()
    facts: dict[str, Any] = {
        "face": face,
        "status": answer.status,
        "bytes": answer.sent,
        "ms": round(seconds * 1000, 1),
    }
    if scope.get("client"):
        facts["client"] = scope["client"][0]
    if activity is not None and activity.key:
        facts["key"] = activity.key
    log.info("%s %s", method, template, extra={"facts": facts})


class NotingAuthenticator:
    """An authenticator that tells the current activity who the caller is.

    And the caller no more than he may know.
    """

    def __init__(self, inner: Authenticator) -> None:
        self._inner = inner

    async def authenticate(self, authorization: str | None) -> Participant:
        try:
            participant = await self._inner.authenticate(authorization)
        except NotProvenError as error:
            raise discreet(error) from None
        tracing.note(participant=participant.did)
        return participant


class NotingGate:
    """A gate that tells the current activity what the caller has access to."""

    def __init__(self, inner: Gate) -> None:
        self._inner = inner

    async def admit(self, request: AccessRequest) -> Grant:
        grant = await self._inner.admit(request)
        tracing.note(
            pid=grant.transfer_id, agreement=grant.agreement_id, participant=grant.consumer
        )
        return grant
