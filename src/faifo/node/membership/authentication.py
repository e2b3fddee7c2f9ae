"""Who is calling: an async port, and its first implementation, self-issued tokens and a trust file.

The port takes what came with a request and gives a `Participant`, or raises. Credentials (DCP) and
the conformance mode are other implementations. A participant's token counts once: the caller
claims `use` in the same unit of work as the message, or alone where there is none, so that
workers and restarts share one answer. What only reads some rows may answer before (`glancing`).
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import msgspec

from faifo import clock
from faifo.errors import (
    ConflictError,
    MalformedMessageError,
    NotProvenError,
    PeerError,
    RefusedError,
)
from faifo.node.custody.trust_file import TrustedParticipant, TrustFile
from faifo.node.outward.resolver import RESOLUTION, Resolver
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.records import Proof, TokenUse
from faifo.trust import self_issued
from faifo.trust.dcp.needs import Need, Needs, none
from faifo.trust.did import DidDocument
from faifo.trust.did_document import CAPABILITY_INVOCATION

log = logging.getLogger("faifo.callers")


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """A caller whose identity is proven. `use` is the token's one use, still to be claimed."""

    did: str
    proof: Proof
    key_id: str | None = None
    use: TokenUse | None = None


class Authenticator(Protocol):
    """Proves who sent a request."""

    async def authenticate(self, authorization: str | None) -> Participant:
        """Return who sent the request with this Authorization header.

        Raises:
            NotProvenError: the sender is not proven or not trusted.
            UnreachableError: what is needed for the proof cannot be had now.
        """


class Prover:
    """Proves by a self-issued ID token who calls (DCP 1.0 §4.3), whoever that is."""

    def __init__(
        self, *, did: str, resolver: Resolver, unlisted_keys: bool = False, needs: Needs = none
    ) -> None:
        self._did = did
        self._resolver = resolver
        self._unlisted_keys = unlisted_keys
        self._needs = needs

    def read(self, authorization: str | None) -> self_issued.UnverifiedToken:
        """Return the token, checked as far as that goes without its sender's DID document.

        Raises:
            NotProvenError: it cannot be good.
        """
        token = self_issued.read(_bearer(authorization))
        # Before any document is fetched: a stranger cannot make this node call anybody.
        _check_unresolved(token, audience=self._did, now=clock.now())
        return token

    async def prove(self, token: self_issued.UnverifiedToken) -> self_issued.SelfIssuedIdToken:
        """Return what `token` proves; its one use is still to be claimed.

        Raises:
            NotProvenError: it is not good, or its sender's DID document cannot be had.
            UnreachableError: the document's host does not answer.
        """
        try:
            return await self._verify(token)
        except RefusedError as error:
            # Where a name leads to, seen from here, is no caller's business.
            raise NotProvenError(step="egress", reason=error.said()) from None
        except (MalformedMessageError, PeerError) as error:
            raise NotProvenError(step=RESOLUTION, reason=error.said()) from None

    async def _verify(self, token: self_issued.UnverifiedToken) -> self_issued.SelfIssuedIdToken:
        document = await self._resolver.resolve(token.claimed_did)
        try:
            return self._checked(token, document)
        except NotProvenError:
            # The sender may have changed its keys since we looked.
            newer = await self._resolver.resolve(token.claimed_did, fresh=True)
            if newer == document:
                raise
            return self._checked(token, newer)

    def _checked(
        self, token: self_issued.UnverifiedToken, document: DidDocument
    ) -> self_issued.SelfIssuedIdToken:
        return self_issued.verify(
            token,
            document,
            audience=self._did,
            now=clock.now(),
            # Of no matter, and not asked for, where the document has a list.
            unlisted_keys=not document.relationships.get(CAPABILITY_INVOCATION)
            and (self._unlisted_keys or Need.UNLISTED_KEYS in self._needs(token.claimed_did)),
        )


TRUST_FILE: Final = "self-issued token, trust file"
"""The kind of a proof whose claims stand in the trust file."""


def claims_of(trusted: TrustedParticipant) -> dict[str, Any]:
    """Return what the trust file says of a participant."""
    return {"name": trusted.name, "economy": trusted.economy}


class SelfIssuedAuthenticator:
    """Self-issued ID tokens of the participants in the trust file."""

    def __init__(self, *, did: str, trust: TrustFile, resolver: Resolver) -> None:
        self._prover = Prover(did=did, resolver=resolver, needs=trust.needs)
        self._trust = trust

    async def authenticate(self, authorization: str | None) -> Participant:
        token = self._prover.read(authorization)
        trusted = self._trust.get(token.claimed_did)
        if trusted is None:
            raise NotProvenError(
                step="trust", reason=Phrase("errors.told.trust.unknown", did=token.claimed_did)
            )
        proven = await self._prover.prove(token)
        return Participant(
            did=proven.did,
            key_id=proven.key_id,
            proof=Proof(
                did=proven.did,
                claims=claims_of(trusted),
                evidence={"kind": TRUST_FILE, "key": proven.key_id},
            ),
            use=token_use(proven),
        )


class StrangerAuthenticator:
    """Self-issued ID tokens of anybody: who holds and who issues credentials meets strangers."""

    def __init__(self, prover: Prover) -> None:
        self._prover = prover

    async def authenticate(self, authorization: str | None) -> Participant:
        return (await self.proven(authorization))[0]

    async def proven(self, authorization: str | None) -> tuple[Participant, str | None]:
        """Return who calls, and the access token that the caller's token carries, if any."""
        proven = await self._prover.prove(self._prover.read(authorization))
        proof = Proof(did=proven.did, evidence={"kind": "self-issued token", "key": proven.key_id})
        participant = Participant(
            did=proven.did, key_id=proven.key_id, proof=proof, use=token_use(proven)
        )
        return participant, proven.access_token


def token_use(proven: self_issued.SelfIssuedIdToken) -> TokenUse:
    """Return the one use of a token, kept as long as it could be good for another."""
    return TokenUse(
        did=proven.did,
        jti=proven.jti,
        expires=proven.expires + timedelta(seconds=self_issued.LEEWAY.total_seconds()),
    )


async def claim(tx: Transaction, participant: Participant) -> None:
    """Use up the participant's token.

    Raises:
        NotProvenError: it has been used before, here or at another worker.
    """
    if participant.use is None:
        return
    try:
        await tx.tokens.put(participant.use)
    except ConflictError:
        raise used() from None


def used() -> NotProvenError:
    """Return the error of a token that has been used before."""
    return NotProvenError(step="DCP 1.0 §4.3.3 step 6", reason=Phrase("errors.told.token.used"))


def discreet(error: NotProvenError) -> NotProvenError:
    """Return what the caller is told; what is behind it goes to the log, with the trace's id.

    Who has not proven who he is hears one sentence, whatever the reason: not whom this node trusts,
    nor which check he failed. The others hear the reason, and so does a partner whose own DID
    document cannot be read (see `Strangers.told` for those whom nobody here has met).
    """
    log.info("a caller is turned away: %s", error)
    if error.did is not None or error.step == RESOLUTION:
        return error
    return NotProvenError(step="DCP 1.0 §4.3.3", reason=Phrase("errors.told.callers.not-let-in"))


async def spend(store: Store, participant: Participant) -> None:
    """Use up the token of a request that comes to nothing: it must not be good for another one.

    Raises:
        NotProvenError: as `claim`.
    """
    await store.run(lambda tx: claim(tx, participant), few=True)


def _check_unresolved(token: self_issued.UnverifiedToken, *, audience: str, now: datetime) -> None:
    try:
        self_issued.check_unresolved(token, audience=audience, now=now)
    except NotProvenError as error:
        if not error.step.endswith("step 5"):
            raise
        # Times that do not fit are, between honest nodes, clocks that do not.
        reason = Phrase("errors.told.token.clocks", reason=error.reason)
        raise NotProvenError(step=error.step, reason=reason) from None


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotProvenError(step="DCP 1.0 §4.3.1", reason=Phrase("errors.told.token.none"))
    return token.strip()
