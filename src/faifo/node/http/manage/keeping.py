"""What keeps a node going: maintenance, keys, backups, log, languages, whom it gets to know."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import msgspec

from faifo import clock
from faifo.api import node as api
from faifo.api.operation import Page
from faifo.node.custody.backups import KEYS, backups_of, copy_node
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
from faifo.phrases.catalogue import LANGUAGES, UNREAD, catalogue, glossary, translated

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
            api.LIST_BACKUPS: self._backups,
            api.MAKE_BACKUP: self._back_up,
            api.LIST_LANGUAGES: self._languages,
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

    async def _backups(self, _: Call) -> Response:
        made = await asyncio.to_thread(backups_of, self._directory)
        there = tuple(_backup(one) for one in reversed(made))
        folder, keys = self._folders()
        return json_response(api.Backups(items=there, folder=str(folder), keys=str(keys)))

    async def _back_up(self, _: Call) -> Response:
        folder, keys = self._folders()
        target = folder / f"{clock.now():%Y-%m-%dT%H%M%SZ}"
        await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        await asyncio.to_thread(copy_node, self._directory, target, keys)
        made = await asyncio.to_thread(backups_of, self._directory)
        return json_response(_backup(made[-1]), status=201)

    def _folders(self) -> tuple[Path, Path]:
        """Return where copies go, and where the keys of their months are."""
        home, said = self._directory.path.absolute(), self._settings.backup
        folder = home / said.folder if said.folder else home.with_name(f"{home.name}-backups")
        return folder, home / said.keys if said.keys else home.with_name(KEYS)

    async def _languages(self, _: Call) -> Response:
        items = [
            api.Language(
                code=lang,
                translated=len(translated(lang)),
                phrases=len(catalogue("en")),
                read=lang not in UNREAD,
            )
            for lang in LANGUAGES
        ]
        return json_response(api.Languages(items=tuple(items), words=tuple(glossary())))

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


def _backup(told: dict[str, str]) -> api.Backup:
    at = datetime.fromisoformat(told["at"])
    there = Path(told["target"]).is_dir()
    return api.Backup(at=at, target=told["target"], keys=told.get("keys", ""), there=there)


def _read(directory: Directory, file: str, count: int) -> tuple[str, ...]:
    try:
        found = tail(directory.path / file, count)
    except OSError:  # it is made with its first line
        return ()
    return tuple(line.decode("utf-8", "replace").rstrip("\n")[:LONGEST] for line in found)
