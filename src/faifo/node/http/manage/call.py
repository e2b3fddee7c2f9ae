"""A call of the management API, read and checked: its key's name, its body, its query.

A POST with an Idempotency-Key is done once: its answer is kept in the unit of work that did it, for
24 hours, under the name of the caller's key. The same key with the same request gets that answer
again; with another request it is a conflict. A request that was refused did nothing and is not
kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

import msgspec

from faifo import clock
from faifo.errors import ConflictError, MalformedMessageError
from faifo.node.http.manage.keys import Holder
from faifo.node.http.request import Request, cut_short
from faifo.node.http.response import Response
from faifo.phrases import Phrase, accepted
from faifo.store.contract import Store, Transaction
from faifo.store.records import KeptAnswer

T = TypeVar("T")

JSON = "application/json"
KEPT_FOR = timedelta(hours=24)
# A quoted string (draft-ietf-httpapi-idempotency-key-header-07 §2.1), or the bare text.
_KEY = re.compile(r'"([ !#-\[\]-~]{1,255})"|([!#-+\--\[\]-~]{1,255})')

Work = Callable[[Transaction], Awaitable[Any]]


class _Once(NamedTuple):
    key: str
    request: str


class Call:
    """One request whose caller is known. `body` is None where none is taken."""

    def __init__(
        self,
        request: Request,
        store: Store,
        *,
        holder: Holder,
        query: Mapping[str, str],
        body: Any = None,
        once: _Once | None = None,
    ) -> None:
        self.request = request
        self.lang = accepted(request.headers.get("accept-language"))
        self.by = holder
        self.holder = holder.name
        self.query = query
        self.body = body
        self._store = store
        self._once = once

    def path(self, name: str) -> str:
        """Return a part of the path, decoded."""
        return str(self.request.path_params[name])

    def number(self, name: str, default: int) -> int:
        """Return a query parameter that is a whole number."""
        return int(self.query.get(name, default))

    async def while_there(self, work: Awaitable[T]) -> T:
        """Return what `work` gives; if the caller goes away, it ends.

        Raises:
            MalformedMessageError: he has gone; nobody hears it.
        """
        if self.request.client is None:  # in this process, without a connection that could end
            return await work
        doing = asyncio.ensure_future(work)
        leaving = asyncio.ensure_future(self.request.left())
        try:
            await asyncio.wait((doing, leaving), return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                return await doing
            raise cut_short()
        finally:
            doing.cancel()
            leaving.cancel()
            # An error of `work` holds this frame, and so all that was read of an answer: no circle.
            del doing, leaving

    async def read(self, work: Work) -> Response:
        """Answer with what `work` sees."""
        return json_response(await self._store.read(work))

    async def write(self, work: Work, *, status: int = 200, few: bool = False) -> Response:
        """Do `work` and answer with its result; once, if the caller asked for that.

        `few` is as in `Store.run`.
        """
        once = self._once
        if once is None:
            return json_response(await self._store.run(work, few=few), status=status)
        now = clock.now()

        async def unit(tx: Transaction) -> KeptAnswer:
            kept = await tx.answers.get(self.holder, once.key)
            if kept and kept.expires > now:
                return _same(kept, once)
            if kept:
                await tx.answers.delete(self.holder, once.key)
            answer = KeptAnswer(
                holder=self.holder,
                key=once.key,
                request=once.request,
                status=status,
                body=msgspec.json.encode(await work(tx)),
                expires=now + KEPT_FOR,
            )
            return await tx.answers.put(answer)

        return _kept_response(await self._store.run(unit, few=few))

    async def kept(self) -> Response | None:
        """Return the answer that was given to this request before, if it is kept."""
        once = self._once
        if once is None:
            return None
        now = clock.now()
        found = await self._store.read(lambda tx: tx.answers.get(self.holder, once.key))
        return _kept_response(_same(found, once)) if found and found.expires > now else None


def once_of(request: Request, raw: bytes) -> _Once | None:
    """Return the Idempotency-Key of a request, with a digest of all that the request says.

    Raises:
        MalformedMessageError: the header is not one key.
    """
    given = request.headers.all("idempotency-key")
    if not given:
        return None
    match = _KEY.fullmatch(given[0].strip()) if len(given) == 1 else None
    if match is None:
        raise MalformedMessageError(
            what=Phrase("errors.told.idempotency.unreadable"),
            expected=Phrase("errors.told.idempotency.wanted"),
        )
    target = f"{request.method} {request.path}?{request.query}\n"
    digest = hashlib.sha256(target.encode("utf-8", "surrogateescape") + raw).hexdigest()
    return _Once(match[1] or match[2], digest)


def _same(kept: KeptAnswer, once: _Once) -> KeptAnswer:
    if kept.request != once.request:
        raise ConflictError(
            what=Phrase("errors.told.idempotency.used"),
            advice=Phrase("errors.told.idempotency.new"),
        )
    return kept


def _kept_response(kept: KeptAnswer) -> Response:
    return Response(kept.body, status=kept.status, media_type=JSON)


def json_response(content: Any, *, status: int = 200) -> Response:
    """Return `content` as JSON."""
    return Response(msgspec.json.encode(content), status=status, media_type=JSON)
