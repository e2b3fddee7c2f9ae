"""The ASGI application of the data plane.

`<prefix>/<transfer id>` and `<prefix>/<transfer id>/<path>?<query>`, with the data token in
`Authorization`, after `Bearer` or alone, and nowhere else. Every access and every refusal is in the
journal before the answer ends; an answer that cannot be recorded does not end properly.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING

from faifo.dataplane import files as stored
from faifo.dataplane import proxy
from faifo.dataplane.exchange import Exchange, NotRecordedError, StoppedError
from faifo.dataplane.gate import AccessDenied, AccessRequest, HttpApi, Query
from faifo.dataplane.objects import Objects
from faifo.dataplane.openfile import Files
from faifo.dataplane.paths import split_target
from faifo.dataplane.problems import Problem
from faifo.dataplane.queries import Queries
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from faifo.dataplane.egress import Session
    from faifo.dataplane.exchange import Message, Receive, Send
    from faifo.dataplane.gate import Gate, Grant, Ongoing
    from faifo.dataplane.journal import Journal

logger = logging.getLogger("faifo.dataplane")

# RFC 6750 §2.1 b64token.
# RFC 6750 §2.1; and a token of ours alone, as users of Eclipse EDC send it: 43 characters that no
# scheme's name has.
_BEARER = re.compile(rb"(?:[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*)|([A-Za-z0-9_-]{43})) *")


class DataPlane:
    """An ASGI application; `prefix` starts with a slash and ends with none."""

    def __init__(
        self,
        *,
        gate: Gate,
        journal: Journal,
        backends: Session,
        prefix: str = "/data",
        files: Files | None = None,
        ongoing: Ongoing | None = None,
    ) -> None:
        self._gate = gate
        self._journal = journal
        self._backends = backends
        self._prefix = prefix
        self._files = files or Files()
        self._objects = Objects()
        self._queries = Queries()
        self._ongoing = ongoing

    def close(self) -> None:
        """End the reading threads; call it after the server has stopped."""
        self._files.close()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        exchange = Exchange(scope, receive, send, self._journal)
        try:
            await self._serve(exchange, scope["raw_path"])
        except NotRecordedError:
            await exchange.unrecorded()
        finally:
            exchange.caller.unwatch()

    async def _serve(self, exchange: Exchange, raw_path: bytes) -> None:
        """Answer; what goes wrong before the headers is a problem, after them a broken-off end."""
        try:
            await self._admit_and_serve(exchange, raw_path)
        except Problem as problem:
            if exchange.started:
                await exchange.interrupted(problem.code, failed=problem.failed)
            else:
                await exchange.refuse(problem)
        except StoppedError as stop:
            # Who was told that the right has ended may be gone before we are told.
            failed = stop.failed and not exchange.ended
            await exchange.interrupted(exchange.ended or stop.reason, failed=failed)
        except asyncio.CancelledError:
            if not exchange.caller.gone and not exchange.ended:
                if not exchange.completed:
                    await exchange.interrupted("server-stopped", failed=False)
                raise
            if exchange.task is not None:
                exchange.task.uncancel()
            await _broken_off(exchange)
        except NotRecordedError:
            raise
        except Exception as error:  # noqa: BLE001 - the edge: no traceback may get out
            # Only the kind: a message could quote a header.
            logger.error("a request failed inside: %s", type(error).__name__)
            if exchange.started:
                await exchange.interrupted("internal", failed=True)
            else:
                await exchange.refuse(
                    Problem(500, "internal", Phrase("errors.told.data.internal"), failed=True)
                )

    async def _admit_and_serve(self, exchange: Exchange, raw_path: bytes) -> None:
        target = split_target(raw_path.decode("latin-1"), self._prefix)
        if target is None:
            raise Problem(404, "not-found", Phrase("errors.told.data.nothing"))
        exchange.transfer_id, exchange.prefix, exchange.path = target
        request = AccessRequest(
            transfer_id=target.transfer_id,
            token=_token(exchange),
            method=exchange.method,
            path=target.path,
            query=exchange.query,
            headers=exchange.headers,
        )
        try:
            grant = await self._gate.admit(request)
        except AccessDenied as denied:
            raise _denied(denied) from None
        exchange.grant = grant
        leave = self._enter(exchange, grant)
        try:
            if isinstance(grant.source, HttpApi):
                await proxy.serve(exchange, grant.source, self._backends)
            elif isinstance(grant.source, Query):
                await self._queries.serve(exchange, grant.source)
            else:
                await stored.serve(exchange, grant.source, self._files, self._objects)
        finally:
            exchange.ended = await leave(exchange.completed) or exchange.ended

    def _enter(self, exchange: Exchange, grant: Grant) -> Callable[[bool], Awaitable[str]]:
        task = exchange.task

        def stop(code: str) -> None:
            if task is not None and not exchange.ended and not exchange.completed:
                exchange.ended = code
                task.cancel()

        return self._ongoing.enter(grant, stop) if self._ongoing else _nothing


async def _nothing(_complete: bool) -> str:
    return ""


async def _broken_off(exchange: Exchange) -> None:
    """End what was cancelled because the client left, or because the right to it has ended."""
    if exchange.completed:
        return
    if exchange.ended and not (exchange.started or exchange.caller.gone):
        exchange.caller.unwatch()
        detail = Phrase("errors.told.data.right-ended")
        await exchange.refuse(Problem(403, exchange.ended, detail))
    else:
        await exchange.interrupted(exchange.ended or "client-left", failed=False)


def _token(exchange: Exchange) -> str:
    value = exchange.field(b"authorization")
    match = _BEARER.fullmatch(value) if value is not None else None
    if match is None:
        raise Problem(
            401,
            "token-missing",
            Phrase("access.token-missing"),
            headers=[(b"www-authenticate", b"Bearer")],
        )
    return (match[1] or match[2]).decode("ascii")


def _denied(denied: AccessDenied) -> Problem:
    headers = []
    if denied.status == 401:
        headers.append((b"www-authenticate", b'Bearer error="invalid_token"'))
    if denied.again:
        headers.append((b"retry-after", b"%d" % denied.again))
    detail = tuple(denied.reasons) or Phrase("access.none")
    return Problem(denied.status, denied.denial, detail, reasons=denied.reasons, headers=headers)
