"""The demo's prediction service: `python -m faifo.demo.model_service FOLDER`.

A small HTTP API on loopback, as an institution might have one already; it knows nothing of Faifo.
Every request needs the header X-Backend-Key with the content of FOLDER/backend.key. When it
accepts, it writes its port and its model's card to FOLDER/service.json.
"""

from __future__ import annotations

import asyncio
import hmac
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from faifo.dataplane.server import make_server
from faifo.demo import lifeline, loan_model, tables
from faifo.demo.loan_model import LoanModel
from faifo.errors import MalformedMessageError, TooLargeError
from faifo.node.http.app import App, Routed
from faifo.node.http.reading import read_bounded
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route

KEY_HEADER = "X-Backend-Key"
KEY_FILE = "backend.key"
READY_FILE = "service.json"
BODY_BYTES = 16 * 1024
CUT_OFFS = {"lenient": 0.5, "strict": 0.85}
"""Two desks that ask the same model: an applicant is approved from this probability on."""


class Ready(msgspec.Struct, frozen=True):
    """What the service leaves in `service.json`."""

    port: int
    card: dict[str, Any]


def application(model: LoanModel, key: str) -> App:
    """Return the API: `GET /model` gives the card, `POST /predict` an answer.

    `POST /DESK/decide` decides as that desk does, by its own cut-off.
    """

    async def card(request: Request) -> Response:
        return _json(model.card()) if _knows(request, key) else _unknown()

    async def predict(request: Request) -> Response:
        return await answer(request, None)

    def deciding(cut_off: float) -> Callable[[Request], Awaitable[Response]]:
        async def decide(request: Request) -> Response:
            return await answer(request, cut_off)

        return decide

    async def answer(request: Request, cut_off: float | None) -> Response:
        if not _knows(request, key):
            return _unknown()
        try:
            body = await read_bounded(request, limit=BODY_BYTES)
        except TooLargeError:
            return _json({"error": f"the body is over {BODY_BYTES} bytes"}, status=413)
        try:
            chance = model.approval(msgspec.json.decode(body, type=dict[str, float]))
        except (msgspec.MsgspecError, UnicodeDecodeError, MalformedMessageError) as error:
            return _json({"error": str(error)}, status=400)
        said: dict[str, Any] = {"approval_probability": round(chance, 6)}
        if cut_off is not None:
            said |= {"approved": chance >= cut_off, "cut_off": cut_off}
        return _json({**said, "model": f"sha256:{model.digest}", "warning": loan_model.WARNING})

    return Routed(
        [
            Route("/model", card),
            Route("/predict", predict, methods=["POST"]),
            *(
                Route(f"/{desk}/decide", deciding(cut_off), methods=["POST"])
                for desk, cut_off in CUT_OFFS.items()
            ),
        ],
    )


def _knows(request: Request, key: str) -> bool:
    return hmac.compare_digest(request.headers.get(KEY_HEADER, "").encode(), key.encode())


def _unknown() -> Response:
    return _json({"error": f"the header {KEY_HEADER} is missing or wrong"}, status=401)


def _json(content: object, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


async def serve(folder: Path) -> None:
    """Fit the model and serve it until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    model = loan_model.fit(tables.loan_applications())
    key = (folder / KEY_FILE).read_text("ascii")
    server = make_server(application(model, key), host="127.0.0.1", port=0)
    ready = Ready(server.address[1], model.card())
    (folder / f"{READY_FILE}.new").write_bytes(msgspec.json.encode(ready))
    # The socket is bound and listens already: whoever reads this file can connect.
    (folder / f"{READY_FILE}.new").rename(folder / READY_FILE)
    serving = asyncio.create_task(server.serve())
    await stop.wait()
    server.stop()
    await serving


if __name__ == "__main__":
    lifeline.hold()
    # uvloop sends small answers at once; asyncio leaves this server's sockets to Nagle's 40 ms.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(Path(sys.argv[1])))
