"""`POST /faifo/v1/probe`: a trusted participant asks how it is seen from here.

The request says nothing but who is asking: no body, no query, no address. A stranger gets the same
401 whatever it sends; a participant gets one look in `EVERY` seconds.
"""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from faifo import clock
from faifo.api.node import ProbeReport
from faifo.errors import FaifoError, MalformedMessageError, NotProvenError
from faifo.node.examining.probing import PATH, SECONDS, Probing
from faifo.node.http.problems import extra_headers, problem
from faifo.node.http.reading import read_bounded
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.membership.authentication import Authenticator, Participant, spend
from faifo.node.outward.strangers import not_had
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.journal import happened
from faifo.trust import self_issued

EVERY = 5.0
NOTHING = frozenset({b"", b"{}"})


class Pace:
    """Lets each participant through once in `every` seconds; forgets who may come again."""

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self._last: dict[str, float] = {}

    def wait(self, did: str, now: float) -> float:
        """Return how many seconds `did` must wait; 0 lets it through, and counts."""
        self._last = {one: at for one, at in self._last.items() if now - at < self._every}
        if did in self._last:
            return self._last[did] + self._every - now
        self._last[did] = now
        return 0.0


class ProbeEndpoint:
    """The probe of this node."""

    def __init__(self, probing: Probing, *, store: Store, authenticator: Authenticator) -> None:
        self._probing = probing
        self._store = store
        self._authenticator = authenticator
        self._pace = Pace()

    def routes(self, *, prefix: str) -> list[Route]:
        return [Route(prefix + PATH, self._probe, methods=["POST"])]

    async def _probe(self, request: Request) -> Response:
        begun, now = clock.monotonic(), clock.now()
        authorization = request.headers.get("authorization")
        try:
            participant = await self._authenticated(authorization)
            # Used up first: a token that is shown again must not make this node call anybody.
            await spend(self._store, participant)
            await _check(request)
            wait = self._pace.wait(participant.did, clock.monotonic())
            if wait > 0:
                return _too_soon(wait)
            seen = await self._probing.look(
                participant.did,
                token=_token(authorization, participant),
                ahead=_ahead(request.headers.get("date"), now),
                left=SECONDS - (clock.monotonic() - begun),
            )
            await self._store.run(lambda tx: _note(tx, seen))
        except NotProvenError:
            return _plain_problem(401, "not-proven", "the caller is not proven")
        except FaifoError as error:
            return problem(error)
        return Response(msgspec.json.encode(seen), media_type="application/json")

    async def _authenticated(self, authorization: str | None) -> Participant:
        try:
            async with asyncio.timeout(SECONDS):
                return await self._authenticator.authenticate(authorization)
        except TimeoutError:
            raise not_had() from None


async def _check(request: Request) -> None:
    body = await read_bounded(request, limit=64)
    if request.query or body.strip() not in NOTHING:
        raise MalformedMessageError(
            what=Phrase("errors.told.probe.told"),
            expected=Phrase("errors.told.probe.wanted"),
        )


def _token(
    authorization: str | None, participant: Participant
) -> self_issued.UnverifiedToken | None:
    """Return the token that was proven; None where another kind of proof was given."""
    if participant.key_id is None:
        return None
    return self_issued.read((authorization or "").partition(" ")[2].strip())


def _ahead(date: str | None, now: datetime) -> int | None:
    """Return by how many seconds the caller's clock is ahead, if it told its time."""
    try:
        told = parsedate_to_datetime(date or "")
        told = told if told.tzinfo else told.replace(tzinfo=UTC)
        return round((told - now).total_seconds())
    except (ValueError, OverflowError):
        return None


async def _note(tx: Transaction, seen: ProbeReport) -> None:
    faults = [check.code for check in seen.checks if not check.good]
    await happened(tx, "probed", seen.at, {"peer": seen.participant}, {"faults": faults})


def _too_soon(wait: float) -> Response:
    answer = _plain_problem(
        429, "too-soon", f"one probe in {EVERY:.0f} s; come again in {math.ceil(wait)} s"
    )
    answer.add("Retry-After", str(math.ceil(wait)))
    return answer


def _plain_problem(status: int, code: str, detail: str) -> Response:
    body = {
        "type": f"urn:faifo:problem:{code}",
        "title": code,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return Response(
        msgspec.json.encode(body),
        status=status,
        media_type="application/problem+json",
        headers=extra_headers(status),
    )
