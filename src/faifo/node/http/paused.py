"""What others hear while the node is in maintenance: 503, why, and when to come again.

People, such as guests, are told so on a page in their language, programs as a problem. Who the node
is, and its health, can be asked all the same: keys must be found for what it signed.
"""

from __future__ import annotations

from typing import Any, Final

from faifo import clock
from faifo.errors import BusyError
from faifo.node.custody.maintenance import Pause
from faifo.node.http.app import App
from faifo.node.http.pages.rendering import STYLE, chosen, page
from faifo.node.http.problems import problem
from faifo.node.http.public.visitors import PATH
from faifo.node.http.request import Request
from faifo.phrases import Phrase

OPEN: Final = ("/.well-known/", "/health/", "/did.json", f"{PATH}/{STYLE}")
AGAIN: Final = 600
"""Seconds after which others should ask again, where nobody has said until when it lasts."""


def paused(app: App, pause: Pause, *, node: str, prefix: str) -> App:
    """Return `app`, which answers to nobody while `pause` is on; pages say so as `node`."""
    people = prefix + PATH

    async def served(scope: Any, receive: Any, send: Any) -> None:
        on = pause.now
        if on is None or any(one in scope["path"] for one in OPEN):
            await app(scope, receive, send)
            return
        left = int((on.until - clock.now()).total_seconds()) if on.until else AGAIN
        seconds = max(left, 60)
        if scope["path"].startswith(f"{people}/"):
            answer = page(
                "paused",
                chosen(Request(scope)),
                status=503,
                headers={"Retry-After": str(seconds)},
                node=node,
                root=people,
                until=on.until,
                reason=on.reason,
            )
        else:
            what = Phrase("errors.told.maintenance.on", reason=on.reason or "-")
            answer = problem(BusyError(what=what, seconds=seconds), status=503)
        await answer(scope, receive, send)

    return served
