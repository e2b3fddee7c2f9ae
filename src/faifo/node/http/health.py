"""`/health/live` and `/health/ready`: for load balancers, on both faces, and for anybody.

What is wrong is told on the management face only.
"""

from __future__ import annotations

import msgspec

from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.showing.health import Health

JSON = "application/json"


def health_routes(health: Health, *, prefix: str = "", details: bool) -> list[Route]:
    """Return the two routes."""

    async def live(_: Request) -> Response:
        return Response(b'{"status":"live"}', media_type=JSON)

    async def ready(_: Request) -> Response:
        found = await health.readiness()
        content: dict[str, object] = {"status": "ready" if found.ready else "not-ready"}
        if details:
            content["checks"] = found.checks
        return Response(
            msgspec.json.encode(content),
            status=200 if found.ready else 503,
            media_type=JSON,
            headers={"Cache-Control": "no-store"},
        )

    return [
        Route(f"{prefix}/health/live", live, methods=["GET"]),
        Route(f"{prefix}/health/ready", ready, methods=["GET"]),
    ]
