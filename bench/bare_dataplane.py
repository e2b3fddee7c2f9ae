"""The data plane alone: one token, no journal. `python -m bench.bare_dataplane PORT BACKEND`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping

import uvloop

from faifo.dataplane.app import DataPlane
from faifo.dataplane.egress import Egress, open_session
from faifo.dataplane.gate import AccessDenied, AccessRequest, Grant, HttpApi
from faifo.dataplane.journal import Access
from faifo.dataplane.server import make_server

TRANSFER = "bench"
TOKEN = "an-opaque-data-token-of-the-usual-length-43"  # opens nothing


class OneToken:
    """A gate that knows one token."""

    def __init__(self, backend: str) -> None:
        self._grant = Grant(
            source=HttpApi(base_url=backend),
            transfer_id=TRANSFER,
            agreement_id="bench",
            consumer="did:web:localhost",
        )

    async def admit(self, request: AccessRequest) -> Grant:
        if request.token != TOKEN or request.transfer_id != TRANSFER:
            raise AccessDenied(status=401, code="token-unknown")
        return self._grant


class NoJournal:
    """A journal that keeps nothing."""

    async def record(self, access: Access) -> Mapping[str, str]:  # noqa: ARG002
        return {}


async def serve(port: int, backend: str) -> None:
    session = open_session(Egress(allowed_networks=("127.0.0.0/8",)))
    plane = DataPlane(gate=OneToken(backend), journal=NoJournal(), backends=session)
    server = make_server(plane, host="127.0.0.1", port=port)
    print("ready", flush=True)
    await server.serve()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1]), sys.argv[2]))
