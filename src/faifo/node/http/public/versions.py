"""What a caller hears who speaks another version of the Dataspace Protocol. Spec: DSP 2025-1 §4.3.

Another version that is served would be another room beside `dsp_2025_1`, with a path of its own.
"""

from __future__ import annotations

import msgspec

from faifo.messages.dsp_2025_1.version import ProtocolVersions
from faifo.messages.dsp_2025_1.wire import CONTEXT
from faifo.node.http.app import nothing
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.outward.service_addresses import VERSION_PATH

PATH = "/dsp"
LONGEST_NAME = 40


def unserved_versions(*, prefix: str, document: bytes) -> list[Route]:
    """Return the routes of versions that are not served; `document` lists those that are.

    They must come behind the routes of the versions that are served.
    """
    served = msgspec.json.decode(document, type=ProtocolVersions).protocol_versions
    named = ", ".join(f"{entry.version} at {prefix}{entry.path}" for entry in served)

    async def unserved(request: Request) -> Response:
        asked = request.path_params["version"]
        if any(f"{PATH}/{asked}" == entry.path for entry in served):
            return nothing()
        why = (
            f"the Dataspace Protocol in version {asked[:LONGEST_NAME]} is not served here;"
            f" served: {named}; see {prefix}{VERSION_PATH}"
        )
        problem = {
            # The context names a VersionsError with code and reason; no schema describes it.
            "@context": [CONTEXT],
            "@type": "VersionsError",
            "type": "urn:faifo:problem:version-not-served",
            "title": "version-not-served",
            "status": 404,
            "detail": why,
            "code": "version-not-served",
            "reason": [why],
        }
        return Response(
            msgspec.json.encode(problem), status=404, media_type="application/problem+json"
        )

    methods = ["GET", "POST"]
    return [
        Route(f"{prefix}{PATH}/{{version}}", unserved, methods=methods),
        Route(f"{prefix}{PATH}/{{version}}/{{rest:path}}", unserved, methods=methods),
    ]
