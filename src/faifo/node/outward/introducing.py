"""Two organisations that meet: a link, and a fingerprint that two people compare.

The link is an address of the node itself and holds no secret: whoever opens it learns who that node
is. Each side opens the other's, compares the fingerprint over a way that it trusts already, and
confirms; only then does either trust the other.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from faifo.api.node import Introduction, TrustOrder
from faifo.errors import ConflictError
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.custody.directory import Directory
from faifo.node.custody.trust_file import TrustedParticipant, add_trust, read_trust
from faifo.node.outward.partners import Partners
from faifo.node.outward.resolver import Resolver
from faifo.node.settings.model import Settings
from faifo.phrases import Phrase
from faifo.trust.did_document import DidDocument, read_did_document, write_did_document

PATH: Final = "/p/pair"
_GROUPS: Final = 5


class Introducing:
    """The use cases of one node."""

    def __init__(
        self,
        *,
        settings: Settings,
        directory: Directory,
        keys: CurrentKeys,
        partners: Partners,
        resolver: Resolver,
    ) -> None:
        self._settings = settings
        self._directory = directory
        self._keys = keys
        self._partners = partners
        self._resolver = resolver

    def own(self) -> Introduction:
        """Return who this node is, as it introduces itself."""
        node, did = self._settings.node, self._settings.did
        claims = {name: text for name in ("name", "economy") if (text := getattr(node, name))}
        asked = f"?{urlencode(claims)}" if claims else ""
        document = read_did_document(write_did_document(did, self._keys.published(), ()), did=did)
        return Introduction(
            did=did,
            name=node.name,
            economy=node.economy,
            fingerprint=fingerprint(document),
            link=f"{node.public_url.rstrip('/')}{PATH}{asked}",
            trusted=True,
        )

    async def meet(self, link: str) -> Introduction:
        """Return who is behind a pairing link, a URL or a DID, with the keys of this moment.

        Raises:
            NotFoundError: it is none of these.
            NotProvenError, UnreachableError: there is no such node, or it does not answer.
        """
        root, claims = link, {}
        if link.startswith(("http://", "https://")):
            parts = urlsplit(link)
            claims = parse_qs(parts.query)
            root = f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix(PATH)}".rstrip("/")
        did = self._partners.named(root)
        document = await self._resolver.resolve(did, fresh=True)
        known = {one.did: one for one in read_trust(self._directory.trust)}.get(did)
        return Introduction(
            did=did,
            name=known.name if known else claims.get("name", [""])[0][:200],
            economy=known.economy if known else claims.get("economy", [""])[0][:20],
            fingerprint=fingerprint(document),
            link=link,
            trusted=known is not None,
        )

    async def trust(self, order: TrustOrder) -> Introduction:
        """Trust who was met, if its keys are still those that a person has compared.

        Raises:
            ConflictError: they are not, or it is trusted already.
        """
        met = await self.meet(order.node)
        if "".join(order.fingerprint.split()).lower() != met.fingerprint.replace(" ", ""):
            raise ConflictError(
                what=Phrase("errors.told.pairing.other", did=met.did, fingerprint=met.fingerprint),
                advice=Phrase("errors.told.pairing.compare"),
            )
        entry = TrustedParticipant(did=met.did, name=order.name, economy=order.economy.upper())
        add_trust(self._directory.trust, entry)
        return await self.meet(met.did)


def fingerprint(document: DidDocument) -> str:
    """Return 100 bits of SHA-256 over the usable keys of a document, in groups of four."""
    keys = {
        one.key.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for one in document.methods
        if one.key is not None
    }
    digest = hashlib.sha256(b"".join(sorted(keys))).digest()
    text = base64.b32encode(digest).decode().lower()
    return " ".join(text[at : at + 4] for at in range(0, 4 * _GROUPS, 4))
