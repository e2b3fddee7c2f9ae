"""What keeps a node going: maintenance, its keys, its log, and whom it gets to know."""

from __future__ import annotations

import asyncio

import msgspec

from faifo import clock
from faifo.api import node as api
from faifo.api.operation import Page
from faifo.node.custody.directory import Directory
from faifo.node.custody.keyring import list_keys
from faifo.node.custody.maintenance import Pause
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.management import Handlers
from faifo.node.http.response import Response
from faifo.node.outward.introducing import Introducing
from faifo.node.settings.model import Settings
from faifo.node.showing.answers import answer
from faifo.node.watching.log_file import tail

USUAL_LINES = "100"
LONGEST = 1000


class KeepingHandlers:
    """Serves the operations."""

    def __init__(
        self, *, directory: Directory, settings: Settings, pause: Pause, introducing: Introducing
    ) -> None:
        self._directory = directory
        self._settings = settings
        self._pause = pause
        self._introducing = introducing

    def handlers(self) -> Handlers:
        return {
            api.GET_MAINTENANCE: self._stands,
            api.BEGIN_MAINTENANCE: self._begin,
            api.END_MAINTENANCE: self._end,
            api.LIST_KEYS: self._keys,
            api.READ_LOG: self._log,
            api.INTRODUCE: self._introduce,
            api.TRUST_PARTICIPANT: self._trust,
        }

    async def _stands(self, _: Call) -> Response:
        return json_response(self._pause.now or api.Maintenance())

    async def _begin(self, call: Call) -> Response:
        self._pause.begin(msgspec.structs.replace(call.body, since=clock.now()))
        return await self._stands(call)

    async def _end(self, call: Call) -> Response:
        self._pause.end()
        return await self._stands(call)

    async def _keys(self, _: Call) -> Response:
        found = list_keys(self._directory.keys, now=clock.now())
        return json_response(Page(items=tuple(answer(api.NodeKey, one) for one in found)))

    async def _log(self, call: Call) -> Response:
        file, count = self._settings.log.file, int(call.query.get("lines", USUAL_LINES))
        if not file:
            return json_response(api.LogEnd(file=None, lines=()))
        lines = await asyncio.to_thread(_read, self._directory, file, count)
        return json_response(api.LogEnd(file=file, lines=lines))

    async def _introduce(self, call: Call) -> Response:
        node = call.query.get("node")
        met = await self._introducing.meet(node) if node else self._introducing.own()
        return json_response(met)

    async def _trust(self, call: Call) -> Response:
        return json_response(await self._introducing.trust(call.body), status=201)


def _read(directory: Directory, file: str, count: int) -> tuple[str, ...]:
    try:
        found = tail(directory.path / file, count)
    except OSError:  # it is made with its first line
        return ()
    return tuple(line.decode("utf-8", "replace").rstrip("\n")[:LONGEST] for line in found)
