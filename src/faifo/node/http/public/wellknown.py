"""What every stranger may read: the version document, the DID document, and that we are up."""

from __future__ import annotations

from collections.abc import Callable

from faifo.messages import agreement_notice
from faifo.messages.dsp_2025_1.codec import write
from faifo.messages.dsp_2025_1.version import AuthScheme, ProtocolVersion, ProtocolVersions
from faifo.messages.dsp_2025_1.wire import VERSION
from faifo.node.http.public.versions import unserved_versions
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.outward.service_addresses import NOTICE_SERVICE, VERSION_PATH
from faifo.node.receipts.handing import PATH as RECEIPTS_PATH
from faifo.node.receipts.peers import LOG_SERVICE, RECEIPT_SERVICE
from faifo.trust.dcp.profiles import Profile

JSON = "application/json"
DSP_PATH = "/dsp/2025-1"
NOTICES_PATH = "/faifo/v1/notices"


CREDENTIAL_SERVICE_PATH = "/dcp/1.0/holder"
ISSUER_SERVICE_PATH = "/dcp/1.0/issuer"


def version_document(*, credentials: bool = False) -> bytes:
    """Return what this node serves; with `credentials`, what it wants. Spec: DSP 2025-1 §4.3."""
    auth = None
    if credentials:
        profiles = tuple(profile.value for profile in Profile)
        auth = AuthScheme(protocol="DCP", version="1.0", profile=profiles)
    return write(
        ProtocolVersions(
            protocol_versions=(
                ProtocolVersion(
                    version=VERSION,
                    path=DSP_PATH,
                    binding="HTTPS",
                    identifier_type="did:web",
                    auth=auth,
                    extensions=(agreement_notice.EXTENSION, agreement_notice.CHANGES),
                ),
            )
        )
    )


def did_services(
    did: str,
    root: str,
    *,
    holder: bool = False,
    issuer: bool = False,
    log: int = 0,
    receipts: bool = False,
) -> list[dict[str, str]]:
    """Return the services of our DID document. Spec: DSP 2025-1 §4.4, DCP 1.0 §5.2 and §6.2.

    `log` is the number of the log that is written; 0 leaves it out.
    """
    roles = [
        ("CredentialService", CREDENTIAL_SERVICE_PATH) if holder else None,
        ("IssuerService", ISSUER_SERVICE_PATH) if issuer else None,
    ]
    return [
        *(
            {"id": f"{did}#{role[0]}", "type": role[0], "serviceEndpoint": root + role[1]}
            for role in roles
            if role
        ),
        {"id": f"{did}#dsp", "type": "DataService", "serviceEndpoint": root + VERSION_PATH},
        {
            "id": f"{did}#catalog",
            "type": "CatalogService",
            "serviceEndpoint": f"{root}{DSP_PATH}/catalog",
        },
        {
            "id": f"{did}#notices",
            "type": NOTICE_SERVICE,
            "serviceEndpoint": root + NOTICES_PATH,
        },
        *(
            {"id": f"{did}#{name}", "type": kind, "serviceEndpoint": root + path}
            for wanted, name, kind, path in (
                (log, "log", LOG_SERVICE, f"/log/{log}" if log > 1 else "/log"),
                (receipts, "receipts", RECEIPT_SERVICE, RECEIPTS_PATH),
            )
            if wanted
        ),
    ]


def routes(
    *, prefix: str, did_document: Callable[[], bytes], did_path: str, credentials: bool = False
) -> list[Route]:
    """Return the routes; `did_path` is where did:web looks for the document of this moment."""
    versions = version_document(credentials=credentials)

    async def version(_: Request) -> Response:
        return Response(versions, media_type=JSON)

    async def document(_: Request) -> Response:
        return Response(did_document(), media_type="application/did+json")

    return [
        Route(prefix + VERSION_PATH, version, methods=["GET"]),
        Route(did_path, document, methods=["GET"]),
        *unserved_versions(prefix=prefix, document=versions),
    ]
