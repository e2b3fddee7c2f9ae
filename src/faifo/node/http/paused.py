"""What others hear while the node is in maintenance: 503, why, and when to come again.

Who the node is, and its health, can be asked all the same: keys must be found for what it signed.
"""

from __future__ import annotations

from typing import Any, Final

from faifo import clock
from faifo.errors import BusyError
from faifo.node.custody.maintenance import Pause
from faifo.node.http.app import App
from faifo.node.http.problems import problem
from faifo.phrases import Phrase

OPEN: Final = ("/.well-known/", "/health/", "/did.json")
AGAIN: Final = 600
"""Seconds after which others should ask again, where nobody has said until when it lasts."""


def paused(app: App, pause: Pause) -> App:
    """Return `app`, which answers to nobody while `pause` is on."""

    async def served(scope: Any, receive: Any, send: Any) -> None:
        on = pause.now
        if on is None or any(one in scope["path"] for one in OPEN):
            await app(scope, receive, send)
            return
        seconds = int((on.until - clock.now()).total_seconds()) if on.until else AGAIN
        what = Phrase("errors.told.maintenance.on", reason=on.reason or "-")
        error = BusyError(what=what, seconds=max(seconds, 60))
        await problem(error, status=503)(scope, receive, send)

    return served
