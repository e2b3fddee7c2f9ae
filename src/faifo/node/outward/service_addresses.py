"""Addresses that stand in a DID document, looked up at each attempt to send.

A wallet that is down, or moves, delays a delivery and loses nothing. Spec: DCP 1.0 §6.5.
"""

from __future__ import annotations

from faifo.errors import NotProvenError
from faifo.node.outward.resolver import RESOLUTION, Resolver
from faifo.phrases import Phrase
from faifo.trust.did_document import DidDocument

SERVICE_URL = "urn:faifo:service:"
NOTICE_SERVICE = "FaifoNoticeService"
NOTICE_URL = f"{SERVICE_URL}{NOTICE_SERVICE}:"
STORAGE_URL = f"{SERVICE_URL}CredentialService:/credentials"
# DSP 2025-1 §4.4: the endpoint of a DataService is its version document, at the root of a node.
ROOT_URL = f"{SERVICE_URL}DataService:"
VERSION_PATH = "/.well-known/dspace-version"


def version_url(document: DidDocument) -> str | None:
    """Return where a document says the versions of DSP are; other DataServices hide none."""
    return document.endpoint("DataService", VERSION_PATH)


async def place(url: str, *, audience: str, resolver: Resolver) -> str:
    """Return the address that `url` stands for: a service of the receiver's DID document, or it.

    Raises:
        NotProvenError: the document names no such service.
        UnreachableError: it cannot be had now.
    """
    if not url.startswith(SERVICE_URL):
        return url
    service, _, path = url.removeprefix(SERVICE_URL).partition(":")
    document = await resolver.resolve(audience)
    endpoint = version_url(document) if service == "DataService" else document.endpoint(service)
    if endpoint is None:
        raise NotProvenError(
            step=RESOLUTION,
            reason=Phrase("errors.told.did.no-service", did=audience, service=service),
        )
    return endpoint.rstrip("/").removesuffix(VERSION_PATH) + path
