"""What a client asks about credentials: the wallet of a node, and its desk as an authority."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from faifo.client.asking import Asking
from faifo.client.records import Assurance


class Items(msgspec.Struct, frozen=True):
    """A list in the management API, as plain JSON."""

    items: list[dict[str, Any]]


class CredentialCalls(Asking):
    """The wallet, and the authority's desk."""

    async def credentials(self) -> list[dict[str, Any]]:
        """Return what this node holds."""
        return (await self._ask("GET", "/credentials", Items)).items

    async def credential_offers(self) -> list[dict[str, Any]]:
        """Return what issuers have offered to this node, the newest first."""
        return (await self._ask("GET", "/credentials/offers", Items)).items

    async def request_credentials(
        self, issuer: str, types: Sequence[str], *, profile: str | None = None
    ) -> dict[str, Any]:
        """Ask an issuer for credentials; a person there decides."""
        body = {"issuer": issuer, "types": list(types), "profile": profile}
        return await self._ask("POST", "/credentials/requests", dict[str, Any], body)

    async def members(self) -> list[dict[str, Any]]:
        """Return who applied to this authority, is a member, or was one."""
        return (await self._ask("GET", "/authority/members", Items)).items

    async def decide_member(
        self,
        action: str,
        did: str,
        *,
        reason: str = "",
        claims: Mapping[str, str] | None = None,
        types: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Admit, refuse, suspend, revoke or renew a member of this authority."""
        body: dict[str, Any] = {"action": action, "did": did, "reason": reason}
        body |= {"claims": dict(claims or {}), "types": list(types)}
        return await self._ask("POST", "/authority/members", dict[str, Any], body)

    async def recognitions(self) -> list[dict[str, Any]]:
        """Return the foreign authorities that this one recognises, or did."""
        return (await self._ask("GET", "/authority/recognitions", Items)).items

    async def assure(
        self,
        did: str,
        passport: str,
        pack: str = "asean",
        *,
        pack_toml: str | None = None,
        framework: str = "",
        opinion: Mapping[str, str] | None = None,
    ) -> Assurance:
        """Judge a member's AI passport, and issue a credential about it if it passes.

        `opinion`: the `person` of this authority who decides, its `outcome` and `reason`.

        Raises:
            RefusedError: nobody can lift what speaks against it.
            NotFoundError, ConflictError: it is no member in good standing.
        """
        body: dict[str, Any] = {"did": did, "passport": passport, "pack": pack}
        body |= {"framework": framework, "opinion": opinion, "pack_toml": pack_toml}
        return await self._ask("POST", "/authority/assurances", Assurance, body)

    async def recognise(self, did: str, types: Sequence[str], until: datetime) -> dict[str, Any]:
        """Recognise a foreign authority for these credential types; a past date ends it."""
        body = {"did": did, "types": list(types), "until": until}
        return await self._ask("POST", "/authority/recognitions", dict[str, Any], body)
