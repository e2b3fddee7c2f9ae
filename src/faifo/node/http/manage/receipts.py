"""Receipts, and the log they are of."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from faifo.api import receipts as api
from faifo.api.operation import Page
from faifo.errors import ConflictError
from faifo.ledger.leaf import Kind, write_opening
from faifo.ledger.note import LOG, Key
from faifo.node.http.manage.call import Call
from faifo.node.http.manage.management import Handlers
from faifo.node.http.response import Response
from faifo.node.receipts.leaves import opening_of
from faifo.node.receipts.log import NodeLog
from faifo.node.showing.answers import answer
from faifo.store.contract import Transaction
from faifo.store.records import LogRecord, PeerReceipt

_OURS: Final = "ours:"
_THEIRS: Final = "theirs:"


class ReceiptHandlers:
    """Serves the operations; `witness` is the verifier's key of this node as a witness."""

    def __init__(self, log: NodeLog, *, witness: str) -> None:
        self._log, self._witness = log, witness

    def handlers(self) -> Handlers:
        return {api.LIST_RECEIPTS: self._list, api.SHOW_LOG: self._show}

    async def _list(self, call: Call) -> Response:
        query: dict[str, Any] = dict(call.query)
        after, limit = query.pop("after", _OURS), int(query.pop("limit", "100"))

        async def look(tx: Transaction) -> Page[api.Receipt]:
            items: list[api.Receipt] = []
            ours, place = after.startswith(_OURS), after.partition(":")[2]
            if ours:
                log, _, number = place.partition(".")
                start = (int(log), int(number)) if number.isdecimal() else (0, -1)
                found = await tx.ledger.records(after=start, limit=limit, **query)
                items = [await self._own(tx, one) for one in found]
                if len(found) == limit:
                    last = found[-1]
                    return Page(items=tuple(items), next=f"{_OURS}{last.log}.{last.place}")
            rest = limit - len(items)
            theirs = await _theirs(tx, "" if ours else place, rest, query)
            items += [await self._foreign(tx, one) for one in theirs]
            following = None
            if len(theirs) == rest:
                following = f"{_THEIRS}{theirs[-1].place}.{theirs[-1].origin}"
            return Page(items=tuple(items), next=following)

        return await call.read(look)

    async def _own(self, tx: Transaction, one: LogRecord) -> api.Receipt:
        opening = opening_of(one)
        try:
            receipt, why = (await self._log.receipts(tx, [one]))[0].decode(), ""
        except ConflictError as error:
            receipt, why = None, str(error)
        return answer(
            api.Receipt,
            one,
            whose="ours",
            origin=self._log.origin(one.log),
            kind=Kind(one.kind).name.lower(),
            state="owed" if one.owed else "kept",
            why=why,
            at=datetime.fromisoformat(one.at),
            key=self._log.key(one.log).vkey,
            receipt=receipt,
            opening=write_opening(opening).decode() if opening else None,
        )

    async def _foreign(self, tx: Transaction, one: PeerReceipt) -> api.Receipt:
        log = await tx.peer_logs.get(one.peer, one.origin)
        key = Key(one.origin, LOG, log.key).vkey if log else ""
        told = {"whose": "theirs", "event": "", "key": key}
        return answer(api.Receipt, one, **told)

    async def _show(self, call: Call) -> Response:
        head = self._log.current
        try:
            note: str | None = self._log.signed()[1].raw
        except ConflictError:
            note = None

        async def look(tx: Transaction) -> api.Log:
            peers = [
                answer(
                    api.PeerLog,
                    one,
                    key=Key(one.origin, LOG, one.key).vkey,
                    size=one.newest.size if one.newest else 0,
                    unproven=await tx.peer_heads.count(did=one.did, origin=one.origin),
                )
                for one in await tx.peer_logs.find(limit=1000)
            ]
            return api.Log(
                origin=head.origin if head else "",
                size=head.size if head else 0,
                key=self._log.key(head.number).vkey if head else "",
                checkpoint=note,
                halted=self._log.halted,
                witness=self._witness,
                peers=tuple(peers),
            )

        return await call.read(look)


async def _theirs(
    tx: Transaction, after: str, limit: int, query: dict[str, Any]
) -> list[PeerReceipt]:
    """Return what follows `PLACE.ORIGIN`: the logs of several partners have the same places."""
    place, _, origin = after.partition(".")
    beside = await tx.peer_receipts.find(place=int(place), **query) if origin else []
    origins = [one.origin for one in beside]
    found = beside[origins.index(origin) + 1 :] if origin in origins else []
    found += await tx.peer_receipts.find(after=place or None, limit=limit, **query)
    return found[:limit]
