"""AI passports: judge a partner's before anything is asked of it, withdraw one's own."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from starlette.responses import Response

from faifo import clock
from faifo.ai.decision.pack import Pack, read_pack
from faifo.ai.decision.records import Decision
from faifo.ai.packs import names, open_pack
from faifo.errors import NotFoundError
from faifo.node.http.manage import bodies, shapes
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.lists import PEER_PROBLEMS
from faifo.node.http.manage.operations import Operation
from faifo.node.partners import Partners
from faifo.node.services.passports import Passports
from faifo.node.services.publishing import Publishing
from faifo.store.contract import Transaction


class PassportOperations:
    """What is asked about passports."""

    def __init__(self, *, partners: Partners, passports: Passports, publishing: Publishing) -> None:
        self._partners = partners
        self._passports = passports
        self._publishing = publishing

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "checkPassport",
                ("POST",),
                "/passports/check",
                self._check,
                "judge the AI passport of another node's dataset by a policy pack",
                answers=Decision,
                takes=bodies.PassportQuery,
                problems=(403, 404, 413, *PEER_PROBLEMS),
            ),
            Operation(
                "withdrawPassport",
                ("POST",),
                "/passports/withdrawals",
                self._withdraw,
                "publish the withdrawal of an AI passport of this node",
                answers=shapes.Withdrawn,
                takes=bodies.PassportWithdrawal,
                problems=(409, 413),
            ),
        ]

    async def _check(self, call: Call) -> Response:
        query: bodies.PassportQuery = call.body
        pack = _pack(query)
        partner = await self._partners.find(query.node)
        # Asked for at every check, so that a withdrawal is seen at once.
        dataset = await self._partners.dataset(partner, query.dataset)
        decision = await self._passports.decide(partner.did, dataset, pack, clock.now())
        return json_response(msgspec.to_builtins(decision))

    async def _withdraw(self, call: Call) -> Response:
        body: bodies.PassportWithdrawal = call.body
        sha256 = await asyncio.to_thread(self._passports.withdrawn, body.withdrawal)

        async def work(tx: Transaction) -> dict[str, Any]:
            datasets = await self._publishing.withdraw_passport(
                tx, sha256, body.withdrawal, now=clock.now()
            )
            return {"sha256": sha256, "datasets": [one.id for one in datasets]}

        return await call.write(work)


def _pack(query: bodies.PassportQuery) -> Pack:
    if query.pack_toml is not None:
        return read_pack(query.pack_toml.encode("utf-8", "surrogatepass"))
    # A name only: a caller must not make this node read its files.
    if query.pack not in names():
        raise NotFoundError(what="policy pack (" + ", ".join(names()) + ")", name=query.pack)
    return open_pack(query.pack)
