"""Everybody is the kit: no request is authenticated. For the conformance mode only."""

from __future__ import annotations

from faifo.node.membership.authentication import Participant
from faifo.store.records import Proof

KIT = "TCK_PARTICIPANT"


class UnsafeAnyCaller:
    """Takes every caller, with or without an Authorization header, for the kit."""

    async def authenticate(self, authorization: str | None) -> Participant:  # noqa: ARG002
        return Participant(
            did=KIT, proof=Proof(did=KIT, evidence={"kind": "none: conformance mode"})
        )
