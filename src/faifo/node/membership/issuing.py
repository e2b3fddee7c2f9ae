"""The authority's desk: requests, members, credentials and their status, recognition.

A request only asks; a person admits, and then the credentials are made and their delivery is queued
in the same unit of work. Withdrawing changes the standing, and with it the status list that is
signed anew at the next look. Spec: DCP 1.0 §6.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from faifo import ids
from faifo.errors import ConflictError, MalformedMessageError, NotFoundError, SettingsError
from faifo.messages.dcp_1_0.issuance import (
    CredentialContainer,
    CredentialMessage,
    CredentialRequestMessage,
    CredentialStatus,
    Outcome,
    RequestStatus,
)
from faifo.messages.dsp_2025_1.codec import write
from faifo.node.custody.keyring import Keyring
from faifo.node.delivery.outbox import Outbox
from faifo.node.membership.authority import CredentialType, Programme
from faifo.node.membership.delivery import ISSUANCE
from faifo.node.membership.open_book import WITHDRAWN, OpenBook, list_url, schema_url
from faifo.node.outward.service_addresses import STORAGE_URL
from faifo.phrases import Phrase
from faifo.policy.operands.economy import MEMBERSHIP
from faifo.store.contract import Transaction
from faifo.store.journal import happened
from faifo.store.records import (
    Issuance,
    IssuedCredential,
    Member,
    OutboxRow,
    RecognisedAuthority,
    Standing,
)
from faifo.trust.dcp.credential import Claims, write_credential
from faifo.trust.dcp.json_schema import misfit
from faifo.trust.dcp.needs import EDC_FORMATS, Need, Needs, none
from faifo.trust.dcp.profiles import STATUS_TYPES, Profile
from faifo.trust.dcp.status_list import MIN_BITS, StatusEntry
from faifo.trust.keys import KeyPurpose

DELIVERY = timedelta(days=7)
OPEN_REQUESTS = 16


class Admission(Protocol):
    """Who decides about a request. The product's desk leaves it to a person."""

    def admits(self, request: Issuance) -> dict[str, Any] | None:
        """Return the claims to issue at once, None to leave the request to a person."""


class ByHand:
    """The product's desk."""

    def admits(self, request: Issuance) -> dict[str, Any] | None:  # noqa: ARG002
        return None


class Issuing:
    """The use cases of one authority.

    `format_name`: what a delivery calls the format, where a receiver does not know the alias of
    the profile (§6.5.1), as an older conformance kit.
    """

    def __init__(
        self,
        *,
        did: str,
        base: str,
        programme: Programme,
        keyring: Keyring,
        outbox: Outbox,
        admission: Admission,
        format_name: str | None = None,
        needs: Needs = none,
    ) -> None:
        self._needs = needs
        self._did = did
        self.base = base
        self.programme = programme
        self._keyring = keyring
        self._outbox = outbox
        self._admission = admission
        self._format_name = format_name
        self.book = OpenBook(did=did, base=base, programme=programme, keyring=keyring)

    # ── requests ─────────────────────────────────────────────────────────────────────────────

    async def requested(
        self, tx: Transaction, holder: str, message: CredentialRequestMessage, *, now: datetime
    ) -> Issuance:
        """Take a request; a person decides about it.

        Raises:
            MalformedMessageError: it asks for what is not in the metadata.
            ConflictError: this holder has too many open requests.
        """
        objects = tuple(dict.fromkeys(one.id for one in message.credentials))
        for name in objects:
            if name not in self.programme.objects:
                raise MalformedMessageError(
                    what=Phrase("errors.told.credential.named", name=name[:100]),
                    expected=Phrase("errors.told.credential.id"),
                    where="$.credentials",
                )
        received = RequestStatus.RECEIVED.value
        if await tx.issuances.count(holder=holder, status=received) >= OPEN_REQUESTS:
            raise ConflictError(
                what=Phrase("errors.told.credential.waiting", requests=OPEN_REQUESTS),
                advice=Phrase("errors.told.credential.wait"),
            )
        request = await tx.issuances.put(
            Issuance(
                id=ids.new_urn(now),
                holder=holder,
                holder_pid=message.holder_pid,
                objects=objects,
                status=received,
                received=now,
            )
        )
        if await tx.members.get(holder) is None:
            await tx.members.put(Member(did=holder, status=Standing.APPLIED, since=now))
        detail = {"objects": list(objects)}
        await happened(tx, "credentials-requested", now, {"peer": holder}, detail)
        claims = self._admission.admits(request)
        if claims is not None:
            await self.admit(tx, holder, claims=claims, types=(), now=now)
        return await tx.issuances.get(request.id) or request

    async def request_status(self, tx: Transaction, holder: str, name: str) -> CredentialStatus:
        """Return how far a request is; only its holder may ask.

        Raises:
            NotFoundError: there is none, or it is somebody else's.
        """
        request = await tx.issuances.get(name)
        if request is None or request.holder != holder:
            raise NotFoundError(what=Phrase("errors.told.thing.request"), name=name[:100])
        return CredentialStatus(
            issuer_pid=request.id,
            holder_pid=request.holder_pid or "-",
            status=RequestStatus(request.status),
        )

    # ── the desk ─────────────────────────────────────────────────────────────────────────────

    async def admit(
        self,
        tx: Transaction,
        did: str,
        *,
        claims: Mapping[str, Any],
        types: tuple[str, ...],
        now: datetime,
    ) -> Member:
        """Make `did` a member and issue what it asked for; without a request, `types`.

        Raises:
            ConflictError: it was revoked; only `renew` brings it back.
            SettingsError: the claims do not fit the schema of a type.
        """
        known = await tx.members.get(did)
        if known and known.status in (Standing.REVOKED, Standing.SUSPENDED):
            raise ConflictError(
                what=Phrase("errors.told.member.is", did=did, status=standing_of(known)),
                advice=Phrase("errors.told.member.renew-admit"),
            )
        named = str(claims.get("name") or (known.name if known else "") or did)
        member = await self._stand(tx, did, Standing.ACTIVE, now=now, name=named)
        facts = {**claims, "name": named}
        requests = await self._open(tx, did)
        for request in requests:
            await self._issue(tx, request, self._asked(request), facts, now=now)
        if not requests or types:
            await self.issue(tx, did, types or (MEMBERSHIP,), facts, now=now)
        return member

    async def refuse(self, tx: Transaction, did: str, *, reason: str, now: datetime) -> Member:
        """Reject the requests of `did`, which is told why."""
        requests = await self._open(tx, did)
        if not requests:
            raise NotFoundError(what=Phrase("errors.told.thing.application"), name=did)
        for request in requests:
            message = CredentialMessage(
                issuer_pid=request.id,
                holder_pid=request.holder_pid,
                status=Outcome.REJECTED,
                rejection_reason=reason or "not admitted",
            )
            await self._deliver(tx, request, RequestStatus.REJECTED, message, now=now)
        member = await self._known(tx, did)
        if member.status is Standing.APPLIED:
            member = await self._stand(tx, did, Standing.REFUSED, now=now, reason=reason)
        return member

    async def withdraw(
        self, tx: Transaction, did: str, standing: Standing, *, reason: str, now: datetime
    ) -> Member:
        """Suspend or revoke a member, and every credential of it that is in force.

        Raises:
            NotFoundError: it is no member.
            ConflictError: what is revoked stays so.
        """
        member = await self._known(tx, did)
        if member.status in (Standing.APPLIED, Standing.REFUSED):
            raise NotFoundError(what=Phrase("errors.told.thing.member"), name=did)
        if member.status is Standing.REVOKED and standing is not Standing.REVOKED:
            raise ConflictError(
                what=Phrase("errors.told.member.revoked", did=did),
                advice=Phrase("errors.told.member.renew-instead"),
            )
        if not any(WITHDRAWN[one] is standing for one in self.programme.authority.purposes):
            raise ConflictError(
                what=Phrase(
                    "errors.told.member.no-list",
                    status=Phrase(f"errors.told.member.standing.{standing}"),
                ),
                advice=Phrase("errors.told.member.revoke-instead"),
            )
        for one in await tx.issued.find(holder=did):
            if one.status is not Standing.REVOKED:
                await tx.issued.put(one, status=standing)
        return await self._stand(tx, did, standing, now=now, reason=reason)

    async def renew(
        self, tx: Transaction, did: str, *, claims: Mapping[str, Any], now: datetime
    ) -> Member:
        """Make `did` a member again with new credentials; what was revoked stays revoked.

        It gets what it asks for and had, but for types whose schema the claims do not fit.
        """
        member = await self._known(tx, did)
        if member.status in (Standing.APPLIED, Standing.REFUSED):
            raise NotFoundError(what=Phrase("errors.told.thing.member"), name=did)
        names = []
        for one in await tx.issued.find(holder=did):
            names.append(one.type)
            if one.status is Standing.SUSPENDED:
                await tx.issued.put(one, status=Standing.ACTIVE)
        member = await self._stand(tx, did, Standing.ACTIVE, now=now)
        facts = {"name": member.name, **claims}
        answered: set[str] = set()
        for request in await self._open(tx, did):
            asked = self._asked(request)
            if not any(self._misfit(kind.name, did, facts) for kind, _ in asked):
                await self._issue(tx, request, asked, facts, now=now)
                answered |= {kind.name for kind, _ in asked}
        fitting = [
            name
            for name in dict.fromkeys(names)
            if name not in answered and self._misfit(name, did, facts) is None
        ]
        if fitting or not answered:
            await self.issue(tx, did, tuple(fitting) or (MEMBERSHIP,), facts, now=now)
        return member

    async def recognise(
        self,
        tx: Transaction,
        did: str,
        *,
        types: tuple[str, ...],
        until: datetime,
        now: datetime,
    ) -> RecognisedAuthority:
        """Recognise a foreign authority until a date; an earlier date ends it."""
        known = await tx.recognitions.get(did)
        record = await tx.recognitions.put(
            RecognisedAuthority(
                did=did, types=types, until=until, revision=known.revision if known else 0
            )
        )
        detail = {"types": list(types), "until": msgspec.to_builtins(until)}
        await happened(tx, "authority-recognised", now, {"peer": did}, detail)
        return record

    # ── issuing ──────────────────────────────────────────────────────────────────────────────

    async def issue(
        self,
        tx: Transaction,
        did: str,
        types: tuple[str, ...],
        facts: Mapping[str, Any],
        *,
        now: datetime,
        profiles: tuple[Profile, ...] = (),
        until: datetime | None = None,
    ) -> None:
        """Make credentials that nobody asked for, and queue their delivery.

        They are of our first profile where none are named, and end at `until` at the latest.

        Raises:
            SettingsError: a type is not issued here, or the facts do not fit its schema.
        """
        wanted = []
        for name in types:
            found = self.programme.find(name)
            if found is None:
                raise SettingsError(
                    what=Phrase("errors.told.authority.not-issued", name=name),
                    expected=", ".join(one.name for one in self.programme.authority.type),
                )
            first = self.programme.authority.profiles[:1]
            wanted += [(found, profile) for profile in profiles or first]
        pid = ids.new_urn(now)
        request = await tx.issuances.put(
            Issuance(
                id=pid, holder=did, holder_pid=pid, objects=(), received=now,
                status=RequestStatus.RECEIVED.value,
            )
        )  # fmt: skip
        await self._issue(tx, request, wanted, facts, now=now, until=until)

    async def _issue(
        self,
        tx: Transaction,
        request: Issuance,
        wanted: list[tuple[CredentialType, Profile]],
        facts: Mapping[str, Any],
        *,
        now: datetime,
        until: datetime | None = None,
    ) -> None:
        containers = tuple(
            [await self._made(tx, request.holder, kind, profile, facts, now=now, until=until)
             for kind, profile in wanted]
        )  # fmt: skip
        message = CredentialMessage(
            issuer_pid=request.id,
            holder_pid=request.holder_pid,
            status=Outcome.ISSUED,
            credentials=containers,
        )
        await self._deliver(tx, request, RequestStatus.ISSUED, message, now=now)

    async def _made(
        self,
        tx: Transaction,
        holder: str,
        kind: CredentialType,
        profile: Profile,
        facts: Mapping[str, Any],
        *,
        now: datetime,
        until: datetime | None,
    ) -> CredentialContainer:
        wrong = self._misfit(kind.name, holder, facts)
        if wrong:
            raise SettingsError(
                what=Phrase("errors.told.schema.unfit", name=kind.name, holder=holder, wrong=wrong),
                expected=Phrase("errors.told.schema.of", name=kind.name),
                advice=Phrase("errors.told.schema.claim"),
            )
        index = await self.free_index(tx, profile)
        name = ids.new_urn(now)
        expires = now + timedelta(days=kind.days)
        expires = min(expires, until) if until else expires
        text = write_credential(
            Claims(
                id=name,
                type=kind.name,
                subject=self._subject(kind.name, holder, facts),
                valid_from=now,
                valid_until=expires,
                entries=tuple(
                    StatusEntry(
                        type=STATUS_TYPES[profile],
                        purpose=purpose,
                        index=index,
                        url=list_url(self.base, profile, purpose),
                    )
                    for purpose in self.programme.authority.purposes
                ),
                schema=schema_url(self.base, kind.name),
            ),
            profile=profile,
            issuer=self._did,
            key=self._keyring.signing(KeyPurpose.CREDENTIAL),
        )
        await tx.issued.put(
            IssuedCredential(
                id=name,
                holder=holder,
                type=kind.name,
                profile=profile.value,
                status=Standing.ACTIVE,
                place=f"{profile.value}:{index}",
                index=index,
                issued=now,
                expires=expires,
            )
        )
        named = self._format_name or profile.value
        if Need.EDC_FORMATS in self._needs(holder):
            named = EDC_FORMATS[profile.value]
        return CredentialContainer(credential_type=kind.name, payload=text, format=named)

    async def free_index(self, tx: Transaction, profile: Profile) -> int:
        """Return a bit that nobody has; at random, so that a number tells nothing of its time."""
        for _ in range(1000):
            index = ids.random_below(MIN_BITS)
            if await tx.issued.first(place=f"{profile.value}:{index}") is None:
                return index
        raise ConflictError(what=Phrase("errors.told.status.full"))

    async def _deliver(
        self,
        tx: Transaction,
        request: Issuance,
        status: RequestStatus,
        message: CredentialMessage,
        *,
        now: datetime,
    ) -> None:
        await tx.issuances.put(request, status=status.value, decided=now)
        await self._outbox.queue(
            tx,
            OutboxRow(
                id=ids.new_urn(now),
                process=request.id,
                kind=ISSUANCE,
                message="CredentialMessage",
                url=STORAGE_URL,
                peer=request.holder,
                body=write(message),
                not_before=now,
                created=now,
                give_up=now + DELIVERY,
            ),
        )

    async def _open(self, tx: Transaction, did: str) -> list[Issuance]:
        return await tx.issuances.find(holder=did, status=RequestStatus.RECEIVED.value)

    def _asked(self, request: Issuance) -> list[tuple[CredentialType, Profile]]:
        return [self.programme.objects[name] for name in request.objects]

    async def _known(self, tx: Transaction, did: str) -> Member:
        member = await tx.members.get(did)
        if member is None:
            raise NotFoundError(what=Phrase("errors.told.thing.member"), name=did)
        return member

    async def _stand(
        self,
        tx: Transaction,
        did: str,
        standing: Standing,
        *,
        now: datetime,
        name: str | None = None,
        reason: str = "",
    ) -> Member:
        known = await tx.members.get(did) or Member(did=did, status=standing, since=now)
        member = await tx.members.put(
            known,
            status=standing,
            since=now,
            name=known.name if name is None else name,
            reason=reason,
        )
        detail = {"reason": reason}
        await happened(tx, f"member-{standing.value}", now, {"peer": did}, detail)
        return member

    def _subject(self, name: str, holder: str, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return of `facts` what the schema of the type names, with what the authority knows."""
        known = {"economy": self.programme.authority.economy, **facts, "id": holder}
        properties = self.programme.schemas[name].get("properties", {})
        return {key: known[key] for key in properties if key in known} | {"id": holder}

    def _misfit(self, name: str, holder: str, facts: Mapping[str, Any]) -> Phrase | None:
        schema = self.programme.schemas.get(name)
        if schema is None:
            return Phrase("errors.told.schema.not-issued")
        return misfit(self._subject(name, holder, facts), schema)


def standing_of(member: Member) -> Phrase:
    """Return where a member stands, for a person."""
    return Phrase(f"errors.told.member.standing.{member.status}")
