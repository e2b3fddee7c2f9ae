"""The holder: keeps credentials that issuers bring, and presents them to whom may see them.

Only what is whole, ours and from an issuer that this node believes is kept; only what is in force
is presented, and only to the verifier that the access token was given to. Spec: DCP 1.0 §5.4, §6.5.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from faifo import clock, ids
from faifo.errors import Fact, FaifoError, MalformedMessageError, NotProvenError, RefusedError
from faifo.messages.dcp_1_0.issuance import CredentialMessage, CredentialOfferMessage, Outcome
from faifo.node.custody.keyring import Keyring
from faifo.node.membership.access import AccessTokens
from faifo.node.membership.looking_up import LookingUp, settled
from faifo.node.outward.resolver import Resolver
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.journal import happened
from faifo.store.records import HeldCredential
from faifo.trust.dcp.credential import Credential, read_credential
from faifo.trust.dcp.needs import Need, Needs, none, standard_scope
from faifo.trust.dcp.presentation import (
    LEEWAY,
    status_subjects,
    write_envelope,
    write_presentation,
)  # fmt: skip
from faifo.trust.dcp.profiles import Profile
from faifo.trust.dcp.scopes import ID_ALIAS, Scope, read_scopes
from faifo.trust.did import ASSERTION_METHOD
from faifo.trust.jws import check_header, check_signature
from faifo.trust.keys import KeyPurpose

log = logging.getLogger("faifo.credentials")

STEP = "DCP 1.0 §6.5"
MAX_HELD = 1000
OFFERED = "credentials-offered"


class Holding:
    """The credentials of one node.

    `deny_beyond`: a query for more than the access token grants is refused whole, instead of
    answered in part (§5.4.1.2), as older conformance kits want it.
    """

    def __init__(
        self,
        *,
        did: str,
        store: Store,
        keyring: Keyring,
        resolver: Resolver,
        looking_up: LookingUp,
        access: AccessTokens,
        unlisted_keys: bool = False,
        deny_beyond: bool = False,
        needs: Needs = none,
    ) -> None:
        self._needs = needs
        self._did = did
        self._store = store
        self._keyring = keyring
        self._resolver = resolver
        self._looking_up = looking_up
        self._access = access
        self._unlisted_keys = unlisted_keys
        self._deny_beyond = deny_beyond

    async def present(
        self, verifier: str, access_token: str | None, scope: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Return presentations of what `verifier` asks for and may see, one for each profile.

        Raises:
            NotProvenError: the access token is not one that we gave to this verifier.
            MalformedMessageError: a scope that is not understood.
        """
        granted = self._access.granted(access_token, verifier=verifier)
        if Need.EDC_SCOPES in self._needs(verifier):
            scope = tuple(standard_scope(one) for one in scope)
        wished = read_scopes(scope)
        asked = tuple(one for one in wished if one in granted)
        if self._deny_beyond and len(asked) < len(wished):
            raise NotProvenError(step="access token", reason=Phrase("errors.told.access.scopes"))
        if not asked:
            return ()
        held = await self._store.read(lambda tx: tx.credentials.find(limit=MAX_HELD))
        wanted = [record for record in held if any(_matches(record, one) for one in asked)]
        credentials = await self._in_force(wanted)
        now = clock.now()
        return tuple(
            self._written(part, profile, verifier, now=now)
            for profile in Profile
            if (part := tuple(one for one in credentials if one.profile is profile))
        )

    def _written(
        self, part: tuple[Credential, ...], profile: Profile, verifier: str, *, now: datetime
    ) -> str:
        signing: dict[str, Any] = {
            "holder": self._did,
            "audience": verifier,
            "key": self._keyring.signing(KeyPurpose.PRESENTATION),
            "now": now,
        }
        text = write_presentation(part, profile=profile, jti=ids.new_urn(now), **signing)
        if profile is Profile.VC20 and Need.ENVELOPED in self._needs(verifier):
            return write_envelope(text, jti=ids.new_urn(now), **signing)
        return text

    async def check_delivery(self, issuer: str, message: CredentialMessage) -> list[Credential]:
        """Return the credentials that `issuer` brings, each proven to be by it and about us.

        Raises:
            NotProvenError: a credential is not what it should be; then none is taken.
            UnreachableError: what is needed to tell cannot be had now.
            MalformedMessageError: the message says one thing and holds another.
        """
        if message.holder_pid is None:
            raise MalformedMessageError(
                what=Phrase("errors.told.credential.nothing"),
                expected=Phrase("errors.told.credential.pid"),
                where="$.holderPid",
            )
        if message.status is Outcome.REJECTED:
            return []
        if not message.credentials:
            raise MalformedMessageError(
                what=Phrase("errors.told.credential.empty"),
                expected=Phrase("errors.told.credential.one"),
                where="$.credentials",
            )
        recognition, now = await self._looking_up.recognition(), clock.now()
        document = await self._resolver.resolve(issuer, fresh=True)
        found = []
        for container in message.credentials:
            credential = read_credential(container.payload)
            if credential.issuer != issuer or credential.jws.signer != issuer:
                raise NotProvenError(
                    step=STEP,
                    reason=Phrase(
                        "errors.told.credential.of-another",
                        bringer=issuer,
                        issuer=credential.issuer,
                    ),
                )
            if any(subject.get("id") != self._did for subject in credential.subjects):
                raise NotProvenError(step=STEP, reason=Phrase("errors.told.credential.not-us"))
            for name in credential.types:
                why = recognition.refusal(issuer, name, now=now)
                if why:
                    raise settled(NotProvenError(step=STEP, reason=why), recognition)
            check_header(credential.jws, step=STEP)
            key = document.method(
                credential.jws.key_id,
                ASSERTION_METHOD,
                unlisted_keys=self._unlisted_keys or Need.UNLISTED_KEYS in self._needs(issuer),
            )
            check_signature(credential.jws, key, step=STEP)
            found.append(credential)
        return found

    async def keep(
        self,
        tx: Transaction,
        issuer: str,
        message: CredentialMessage,
        credentials: list[Credential],
        *,
        now: datetime,
    ) -> None:
        """Keep what `check_delivery` gave, each id of an issuer once: as it was issued last."""
        for credential in credentials:
            if not await self.has(tx, credential):
                await self.put(tx, credential, now=now, holder_pid=message.holder_pid)
        event = "credentials-rejected" if message.status is Outcome.REJECTED else "credentials-held"
        detail = {
            "types": [name for credential in credentials for name in credential.types],
            "request": message.holder_pid,
            "reason": (message.rejection_reason or "")[:500],
        }
        await happened(tx, event, now, {"peer": issuer}, detail)

    async def has(self, tx: Transaction, credential: Credential) -> bool:
        """Tell whether it is kept; another that was issued under its id makes way for it."""
        issuer, name = credential.issuer, credential.id
        known = await tx.credentials.first(issuer=issuer, name=name) if name else None
        if known is None:
            return False
        if read_credential(known.payload).jws.signed_part == credential.jws.signed_part:
            return True
        await tx.credentials.delete(known.id)
        return False

    async def put(
        self,
        tx: Transaction,
        credential: Credential,
        *,
        now: datetime,
        holder_pid: str | None = None,
    ) -> HeldCredential:
        """Keep a credential that is proven; raises RefusedError where the wallet is full."""
        if await tx.credentials.count() >= MAX_HELD:
            raise RefusedError(
                what=Phrase("errors.told.credential.one-more"),
                reasons=(Phrase("errors.told.credential.full", held=MAX_HELD),),
            )
        return await tx.credentials.put(
            HeldCredential(
                id=ids.new_urn(now),
                issuer=credential.issuer,
                type=credential.types[0] if credential.types else "",
                name=credential.id,
                types=credential.types,
                payload=credential.text,
                received=now,
                expires=credential.valid_until,
                holder_pid=holder_pid,
            )
        )

    async def offered(
        self, tx: Transaction, issuer: str, message: CredentialOfferMessage, *, now: datetime
    ) -> None:
        """Book an offer; whether to request what it names is a person's to decide."""
        if message.issuer != issuer:
            raise NotProvenError(
                step="DCP 1.0 §6.6",
                reason=Phrase("errors.told.credential.elsewhere", issuer=issuer),
            )
        names = [one.credential_type or one.id for one in message.credentials][:32]
        await happened(tx, OFFERED, now, {"peer": issuer}, {"credentials": names})

    async def why_withheld(self, record: HeldCredential) -> Fact | None:
        """Return why a credential is not presented any more; None if it is."""
        return await self._why_withheld(record, read_credential(record.payload))

    async def _why_withheld(self, record: HeldCredential, credential: Credential) -> Fact | None:
        now = clock.now()
        if record.expires and record.expires <= now:
            return Phrase("errors.told.credential.ended", end=clock.text(record.expires))
        if credential.valid_from and credential.valid_from > now + LEEWAY:
            begin = clock.text(credential.valid_from)
            return Phrase("errors.told.credential.begins", begin=begin)
        try:
            await self._looking_up.status(status_subjects((credential,)))
        except NotProvenError as error:
            return error.reason
        except FaifoError:
            # Whether it is in force the verifier finds out, or cannot either.
            pass
        return None

    async def _in_force(self, held: list[HeldCredential]) -> tuple[Credential, ...]:
        """Return of several in force of one issuer, type and profile the one that came last.

        Those about AI passports, and badges, replace each other only where they are about the same
        passport or achievement.
        """
        found: dict[tuple[str, str, Profile, str], Credential] = {}
        for record in sorted(held, key=lambda one: (one.received, one.id), reverse=True):
            credential = read_credential(record.payload)
            about = "".join(
                str(subject.get(name, ""))
                for subject in credential.subjects
                for name in ("passportSha256", "achievement")
            )
            kind = (record.issuer, record.type, credential.profile, about)
            if kind in found:
                continue
            why = await self._why_withheld(record, credential)
            if why is None:
                found[kind] = credential
            else:
                log.info("%s is not presented: %s", record.type, why)
        return tuple(reversed(found.values()))


def _matches(record: HeldCredential, scope: Scope) -> bool:
    return scope.value == record.name if scope.alias == ID_ALIAS else scope.value in record.types
