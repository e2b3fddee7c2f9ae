"""Small outgoing calls: protocol messages, DID documents, catalogs. Bounded in time and bytes.

The session keeps the address rules of the data plane (design §8). Answers of any status are
returned; only silence raises, and an address that this node may not call: the first may be mended
by waiting, the second never is.
"""

from __future__ import annotations

from collections.abc import Mapping

from faifo.dataplane.calling import CallError, Limits
from faifo.dataplane.egress import Session, certificate_until, unreachable
from faifo.errors import PeerError, RefusedError, UnreachableError
from faifo.node.delivery.peer_answer import PeerAnswer
from faifo.node.watching import tracing
from faifo.phrases import Phrase

# What another node may answer to a message, of which many are under way at one time; who asks for
# more, or less, says so.
ANSWER_LIMIT = 256 * 1024
CATALOG_LIMIT = 4 * 1024 * 1024


class Outgoing:
    """HTTP calls of the control plane."""

    def __init__(self, session: Session, *, seconds: float) -> None:
        self._session = session
        self._limits = Limits(connect=None, total=seconds)

    async def get(
        self,
        url: str,
        *,
        who: str,
        headers: Mapping[str, str] | None = None,
        limit: int = ANSWER_LIMIT,
    ) -> PeerAnswer:
        return await self._call("GET", url, who=who, body=b"", headers=headers or {}, limit=limit)

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        who: str,
        headers: Mapping[str, str],
        limit: int = ANSWER_LIMIT,
    ) -> PeerAnswer:
        """POST JSON; raises UnreachableError when no complete answer came."""
        headers = {"Content-Type": "application/json", **headers}
        return await self._call("POST", url, who=who, body=body, headers=headers, limit=limit)

    async def _call(
        self,
        method: str,
        url: str,
        *,
        who: str,
        body: bytes,
        headers: Mapping[str, str],
        limit: int,
    ) -> PeerAnswer:
        fields = {**headers, **tracing.outgoing_headers()}
        try:
            answer = await self._session.call(
                method, url, fields.items(), body, limits=self._limits
            )
            try:
                content = await answer.whole(limit)
            finally:
                answer.close()
        except CallError as error:
            raise self._failed(error, who) from None
        if content is None:
            reasons = (Phrase("errors.told.answered.over", limit=limit),)
            raise PeerError(who=who, status=answer.status, reasons=reasons)
        return PeerAnswer(answer.status, content, answer.fields(), certificate_until(answer))

    def _failed(self, error: CallError, who: str) -> RefusedError | UnreachableError:
        """Return what a caller is told: waiting may mend it, or it is refused for good."""
        if error.kind == "timeout":
            seconds = self._limits.total
            reason = Phrase("errors.told.no-answer-in", seconds=seconds)
            return UnreachableError(who=who, reason=reason)
        if error.kind == "address":
            told = Phrase("errors.told.calling-address")
        elif error.kind == "address-refused":
            told = Phrase("errors.told.calling-allow", refused=error.reason)
        else:
            return unreachable(error, who=who)
        return RefusedError(what=Phrase("errors.told.calling", who=who), reasons=(told,))
