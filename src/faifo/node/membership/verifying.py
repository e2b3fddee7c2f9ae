"""Who calls, proven by credentials: the verifier of DCP 1.0 as an authenticator of the node.

A self-issued token proves the caller's DID and carries an access token; with it the caller's
Credential Service is asked for the credentials that this node wants (§5). What was proven is kept
for a while, so that not every message asks the wallet; what may have been withdrawn since is looked
up each time, in a cache of its own. Fails closed: what cannot be understood refuses, and what
cannot be had now delays: the caller is told so, and may come again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import msgspec

from faifo import clock, ids
from faifo.api.node import What
from faifo.bounded import Bounded
from faifo.errors import FaifoError, MalformedMessageError, NotProvenError, PeerError, RefusedError
from faifo.messages.dcp_1_0.equal_forms import read
from faifo.messages.dcp_1_0.presentation import (
    PresentationQueryMessage,
    PresentationResponseMessage,
)
from faifo.messages.dsp_2025_1.codec import write
from faifo.node.custody.keyring import Keyring
from faifo.node.membership.authentication import Participant, Prover, token_use
from faifo.node.membership.looking_up import LookingUp, settled
from faifo.node.membership.shown import claims_of, evidence_of
from faifo.node.outward.remembered import LIMIT, Remembered
from faifo.node.outward.resolver import Resolver
from faifo.node.outward.sources import Sources
from faifo.node.outward.strangers import CallersResolver, Strangers
from faifo.phrases import Phrase
from faifo.store.records import Proof
from faifo.trust import self_issued
from faifo.trust.dcp.needs import EDC_TYPE_ALIAS, Need, Needs, none
from faifo.trust.dcp.presentation import (
    Attempt,
    Presentation,
    Rules,
    Stage,
    Verified,
    check_stage,
    read_presentation,
    status_subjects,
    verify,
)
from faifo.trust.dcp.scopes import type_scope
from faifo.trust.dcp.status import StatusSubject
from faifo.trust.keys import KeyPurpose

log = logging.getLogger("faifo.credentials")

CREDENTIAL_SERVICE = "CredentialService"
QUERY_PATH = "/presentations/query"
STEP = "DCP 1.0 §5.4"
NOTHING = "DCP 1.0 §5.4.3 step 1"
ISSUER = "DCP 1.0 §5.4.3 issuer"
KIND = "credentials"


class Asked(msgspec.Struct, frozen=True):
    """What a presentation proved, when, and what must stay so."""

    verified: Verified
    subjects: tuple[StatusSubject, ...]
    proof: Proof


class CredentialAuthenticator:
    """Proves callers by their credentials."""

    def __init__(
        self,
        *,
        did: str,
        asked: tuple[str, ...],
        also: tuple[str, ...],
        scope_action: str,
        memory: timedelta,
        pause: timedelta,
        rules: Rules,
        keyring: Keyring,
        sources: Sources,
        resolver: Resolver,
        callers: CallersResolver,
        strangers: Strangers,
        looking_up: LookingUp,
        needs: Needs = none,
    ) -> None:
        self._did = did
        self._types = asked
        self._needs = needs
        action = f":{scope_action}" if scope_action else ""
        names = tuple(dict.fromkeys(asked + also))
        self._query = _query(tuple(f"{type_scope(name)}{action}" for name in names))
        self._edc_query = _query(tuple(f"{EDC_TYPE_ALIAS}:{name}:read" for name in names))
        self._rules = rules
        self._keyring = keyring
        self._sources = sources
        self._resolver = resolver
        self._looking_up = looking_up
        self._strangers = strangers
        self._prover = Prover(
            did=did, resolver=callers, unlisted_keys=rules.unlisted_keys, needs=needs
        )
        self._access: dict[str, str] = {}
        self._last = Bounded[str, tuple[StatusSubject, ...]](LIMIT)
        self._asked = Remembered(self._ask, memory=memory, pause=pause)

    async def authenticate(self, authorization: str | None) -> Participant:
        proven = await self._prover.prove(self._prover.read(authorization))
        try:
            asked = await self._admitted(proven)
        except NotProvenError as error:
            raise NotProvenError(step=error.step, reason=error.reason, did=proven.did) from None
        self._strangers.met(proven.did)
        return Participant(
            did=proven.did, key_id=proven.key_id, proof=asked.proof, use=token_use(proven)
        )

    async def _admitted(self, proven: self_issued.SelfIssuedIdToken) -> Asked:
        """Return what the caller has proven beside who it is, as far as it still holds."""
        if proven.access_token is None:
            raise NotProvenError(
                step="DCP 1.0 §4.3.1",
                reason=Phrase("errors.told.token.no-claim", did=proven.did),
            )
        asked = await self._known(proven)
        try:
            await self._check(asked)
        except NotProvenError:
            self._asked.forget(proven.did)
            raise
        except (MalformedMessageError, PeerError, RefusedError) as error:
            raise NotProvenError(step=STEP, reason=error.said()) from None
        return asked

    async def _known(self, proven: self_issued.SelfIssuedIdToken) -> Asked:
        known = self._asked.known(proven.did)
        if known is not None and clock.now() < known.verified.valid_until:
            return known
        self._asked.forget(proven.did)
        self._access[proven.did] = proven.access_token or ""
        try:
            asked = await self._asked.get(proven.did)
        except (MalformedMessageError, PeerError, RefusedError) as error:
            raise NotProvenError(step=STEP, reason=error.said()) from None
        finally:
            self._access.pop(proven.did, None)
        self._last[proven.did] = asked.subjects
        return asked

    async def _check(self, asked: Asked) -> None:
        """Raise unless everything proven then is still so: recognised, and not withdrawn."""
        recognition, now = await self._looking_up.recognition(), clock.now()
        for credential in asked.verified.credentials:
            for name in credential.types:
                why = recognition.refusal(credential.issuer, name, now=now)
                if why:
                    raise settled(NotProvenError(step=ISSUER, reason=why), recognition)
        await self._looking_up.status(asked.subjects)

    async def _ask(self, did: str) -> Asked:
        document = await self._resolver.resolve(did)
        endpoint = document.endpoint(CREDENTIAL_SERVICE)
        if endpoint is None:
            raise NotProvenError(
                step=STEP,
                reason=Phrase("errors.told.did.no-service", did=did, service=CREDENTIAL_SERVICE),
            )
        try:
            async with self._strangers.asking(did, endpoint):
                presentations = await self._presentations(did, endpoint)
        except FaifoError as error:
            raise await self._strangers.told(did, error) from None
        attempt = Attempt(
            presentations=presentations,
            holder=did,
            audience=self._did,
            asked=self._types,
            now=clock.now(),
            recognition=await self._looking_up.recognition(),
            documents={did: document},
            rules=self._rules,
            unlisted=frozenset({did} if Need.UNLISTED_KEYS in self._needs(did) else ()),
            unbound=Need.UNBOUND in self._needs(did),
        )
        try:
            verified = verify(await self._with_what_it_needs(attempt))
        except NotProvenError as error:
            if error.step == ISSUER:
                raise settled(error, attempt.recognition) from None
            if error.step == NOTHING:
                # A wallet does not present what is withdrawn, and may know of it before our caches
                # do: then this is why nothing came.
                await self._looking_up.status(self._last.get(did, ()), fresh=True)
            raise
        subjects = status_subjects(verified.credentials)
        return Asked(verified, subjects, _proof(verified, subjects))

    async def _with_what_it_needs(self, attempt: Attempt) -> Attempt:
        """Fetch stage by stage; a stage that fails fetches nothing more."""
        try:
            check_stage(attempt, Stage.HOLDER)
        except NotProvenError:
            # The holder may have changed its keys since we looked.
            document = await self._resolver.resolve(attempt.holder, fresh=True)
            attempt = msgspec.structs.replace(attempt, documents={attempt.holder: document})
            check_stage(attempt, Stage.HOLDER)
        issuers = {one.issuer for one in attempt.credentials}
        attempt = await self._with_issuers(attempt, issuers, fresh=False)
        try:
            check_stage(attempt, Stage.ISSUERS)
        except NotProvenError:
            attempt = await self._with_issuers(attempt, issuers, fresh=True)
            check_stage(attempt, Stage.ISSUERS)
        subjects = status_subjects(attempt.credentials)
        schemas = [url for one in attempt.credentials for url in one.schemas]
        attempt = msgspec.structs.replace(
            attempt,
            lists=await self._looking_up.status_lists(subjects),
            schemas=await self._looking_up.schemas(schemas),
        )
        try:
            check_stage(attempt, Stage.STATUS)
        except NotProvenError:
            # A list may be signed by a key that is newer than what we know of its issuer.
            attempt = await self._with_issuers(attempt, issuers, fresh=True)
        return attempt

    async def _with_issuers(self, attempt: Attempt, issuers: set[str], *, fresh: bool) -> Attempt:
        found = {did: await self._resolver.resolve(did, fresh=fresh) for did in issuers}
        return msgspec.structs.replace(attempt, documents={**attempt.documents, **found})

    async def _presentations(self, did: str, endpoint: str) -> tuple[Presentation, ...]:
        now = clock.now()
        token = self_issued.issue(
            key=self._keyring.signing(KeyPurpose.TOKEN),
            did=self._did,
            audience=did,
            jti=ids.new_urn(now),
            now=now,
            access_token=self._access.get(did) or None,
        )
        answer = await self._sources.post(
            What.WALLET,
            endpoint.rstrip("/") + QUERY_PATH,
            self._edc_query if Need.EDC_SCOPES in self._needs(did) else self._query,
            who=did,
            named=f"the Credential Service of {did}",
            headers={"Authorization": f"Bearer {token}"},
        )
        if answer.status != 200:
            log.info("the Credential Service of %s said: %r", did, answer.body[:300])
            raise NotProvenError(
                step=STEP,
                reason=Phrase("errors.told.answered.wallet", did=did, status=answer.status),
            )
        found = read(PresentationResponseMessage, answer.body).presentation
        if not all(isinstance(one, str) for one in found):
            raise NotProvenError(step=STEP, reason=Phrase("errors.told.token.not-jwt"))
        enveloped = Need.ENVELOPED in self._needs(did)
        return tuple(read_presentation(str(one), enveloped=enveloped) for one in found)


def _query(scope: tuple[str, ...]) -> bytes:
    return write(PresentationQueryMessage(scope=scope))


def subjects_of(proof: Proof) -> tuple[StatusSubject, ...]:
    """Return what must stay so for a process whose other side proved itself by credentials."""
    if proof.evidence.get("kind") != KIND:
        return ()
    try:
        return msgspec.convert(proof.evidence.get("status", []), tuple[StatusSubject, ...])
    except (msgspec.ValidationError, FaifoError):
        return ()


def end_of(proof: Proof) -> datetime | None:
    """Return when the first of the credentials in `proof` ends; None where none does."""
    if proof.evidence.get("kind") != KIND:
        return None
    try:
        shown = msgspec.convert(proof.evidence.get("credentials", []), list[_Shown])
    except msgspec.ValidationError:
        return None
    return min((one.valid_until for one in shown if one.valid_until), default=None)


class _Shown(msgspec.Struct, frozen=True):
    valid_until: datetime | None = None


def _proof(verified: Verified, subjects: tuple[StatusSubject, ...]) -> Proof:
    return Proof(
        did=verified.holder,
        claims=claims_of(verified.credentials),
        evidence={
            "kind": KIND,
            "credentials": evidence_of(verified.credentials),
            "status": msgspec.to_builtins(subjects),
        },
        valid_until=verified.valid_until,
    )
