"""The day of this node, and the link that opens the console."""

from __future__ import annotations

from faifo import clock
from faifo.api import today as api
from faifo.errors import ConflictError
from faifo.node.http.console.frame import HOSTS, LOGIN
from faifo.node.http.console.sessions import Sessions
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.management import Handlers
from faifo.node.http.response import Response
from faifo.node.showing.today import today
from faifo.phrases import Phrase


class TodayHandlers:
    """Serves both; the link leads to where the request came in."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def handlers(self) -> Handlers:
        return {api.GET_TODAY: self._today, api.OPEN_PAGE: self._open}

    async def _today(self, call: Call) -> Response:
        return await call.read(lambda tx: today(tx, clock.now(), call.lang))

    async def _open(self, call: Call) -> Response:
        url = call.request.site
        if url.hostname not in HOSTS:
            raise ConflictError(what=Phrase("errors.told.page.elsewhere", host=url.hostname))
        token, expires = self._sessions.link(call.by)
        before = call.request.scope.get("root_path", "")
        return json_response(
            api.PageLink(url=f"http://{url.netloc}{before}{LOGIN}?token={token}", expires=expires)
        )
