"""Badges at the desk: issued, revoked, listed by who issues; checked by anybody's node.

While a badge is checked only its issuer's DID document and status list are asked for, by the way
that credentials take; contexts are bundled, and no schema is fetched.
"""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from faifo import clock, ids
from faifo.ai.passport.said import read_kept
from faifo.errors import (
    ConflictError,
    Fact,
    NotFoundError,
    NotProvenError,
    RefusedError,
    SettingsError,
)
from faifo.kinds.signed import Notice
from faifo.kinds.skill_levels import SKILL_LEVELS
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.custody.own_tables import read_own
from faifo.node.membership.holding import Holding
from faifo.node.membership.issuing import Issuing
from faifo.node.membership.looking_up import LookingUp, settled
from faifo.node.membership.open_book import (
    LIST_LIFETIME,
    embedded_url,
    list_url,
    standing_bits,
)
from faifo.node.outward.resolver import Resolver
from faifo.phrases import Phrase
from faifo.skills import badge as badges
from faifo.skills.achievement import Achievement, Proof
from faifo.skills.levels import Found, Table, bundled, equivalents, read_table
from faifo.store.contract import Store, Transaction
from faifo.store.journal import happened
from faifo.store.records import (
    HeldCredential,
    IssuedCredential,
    NoticeState,
    Standing,
)
from faifo.trust.data_integrity import SUITE, sign_embedded
from faifo.trust.dcp.credential import read_credential
from faifo.trust.dcp.lists import list_body
from faifo.trust.dcp.profiles import STATUS_TYPES, Profile
from faifo.trust.dcp.status import check_status
from faifo.trust.dcp.status_list import StatusEntry, StatusRules
from faifo.trust.did_document import DidDocument, did_key_document
from faifo.trust.jws import refuse
from faifo.trust.keys import KeyPurpose

FOLDER: Final = "levels"
ISSUER: Final = "issuer"
TABLES: Final = 1000


class Issued(NamedTuple):
    """A badge that was issued: what is kept of it, its file, and where anybody can look it up."""

    kept: IssuedCredential
    file: bytes
    link: str


class Held(NamedTuple):
    """A badge in the wallet; `withheld` is why it is not presented any more, or None."""

    kept: HeldCredential
    badge: badges.Badge
    withheld: Fact | None


class Checked(NamedTuple):
    """A badge that is proven, and what the tables of an economy say of its level."""

    badge: badges.Badge
    found: tuple[Found, ...]
    tables: tuple[Table, ...]


class Badges:
    """The use cases; `issuing` is None where the node issues nothing."""

    def __init__(
        self,
        *,
        did: str,
        name: str,
        folder: Path,
        store: Store,
        keys: CurrentKeys,
        issuing: Issuing | None,
        holding: Holding | None,
        looking_up: LookingUp,
        resolver: Resolver,
        rules: StatusRules,
    ) -> None:
        self._did, self.name, self._folder = did, name or did, folder
        self._store, self._keys, self._issuing, self._holding = store, keys, issuing, holding
        self._looking_up, self._resolver, self._rules = looking_up, resolver, rules
        self._list: tuple[bytes, datetime, bytes] | None = None

    def desk(self) -> Issuing:
        """Return what issues; raises NotFoundError where this node does not."""
        if self._issuing is None:
            raise NotFoundError(what=Phrase("errors.told.thing.authority"), name=self._did)
        return self._issuing

    async def issue(
        self, achievement: Achievement, proof: Proof, *, name: str, email: str
    ) -> Issued:
        """Issue a badge to a person, by name, by e-mail address (kept as a salted digest), or both.

        A name that is a DID is of an organisation, which can hold the badge in its wallet.

        Raises:
            NotFoundError: this node is no authority.
            SettingsError: nobody is named, or the package for the proof is not installed.
            ConflictError: the status list is full.
        """
        desk, now = self.desk(), clock.now()
        did = name if name.startswith("did:") else ""
        holder = () if did else _holder(name, email)
        until = now + timedelta(days=achievement.days)

        async def work(tx: Transaction) -> tuple[IssuedCredential, dict[str, object]]:
            index = await desk.free_index(tx, Profile.VC20)
            url = list_url(desk.base, Profile.VC20, "revocation")
            entry = StatusEntry(
                type=STATUS_TYPES[Profile.VC20],
                purpose="revocation",
                index=index,
                url=embedded_url(desk.base) if proof == SUITE else url,
            )
            kept = IssuedCredential(
                id=ids.new_urn(now),
                holder="",
                type=badges.TYPE,
                profile=Profile.VC20.value,
                status=Standing.ACTIVE,
                place=f"{Profile.VC20.value}:{index}",
                index=index,
                issued=now,
                expires=until,
                about=achievement.name,
            )
            body = badges.body_of(
                achievement,
                id=kept.id,
                issuer=self._did,
                issuer_name=self.name,
                holder=holder,
                valid_from=now,
                valid_until=until,
                entries=(entry,),
                did=did,
            )
            kept = await tx.issued.put(kept)
            await _note(tx, "badge-issued", kept, now)
            return kept, body

        key = self._keys.badge() if proof == SUITE else self._keys.ring().signing(
            KeyPurpose.CREDENTIAL
        )  # fmt: skip
        kept, body = await self._store.run(work)
        file = await asyncio.to_thread(badges.secure, body, proof, key, now=now)
        return Issued(kept, file, link(desk.base, kept.id))

    async def revoke(self, name: str, *, reason: str) -> IssuedCredential:
        """Revoke a badge for good.

        Raises:
            NotFoundError: this node issued no such badge.
            ConflictError: it is revoked.
        """
        self.desk()
        now = clock.now()

        async def work(tx: Transaction) -> IssuedCredential:
            kept = await _kept(tx, name)
            if kept.status is Standing.REVOKED:
                raise ConflictError(what=Phrase("errors.told.badge.revoked-already", id=name))
            kept = await tx.issued.put(kept, status=Standing.REVOKED)
            await _note(tx, "badge-revoked", kept, now, reason=reason)
            return kept

        return await self._store.run(work)

    async def issued(self) -> list[IssuedCredential]:
        """Return every badge that this node issued, the newest first."""
        self.desk()
        found = await self._store.read(lambda tx: tx.issued.find(type=badges.TYPE))
        return sorted(found, key=lambda one: one.issued, reverse=True)

    async def check(self, data: bytes, *, economy: str, holder: str = "") -> Checked:
        """Prove a badge, and tell what level it is in an economy.

        Args:
            data: the file.
            economy: whose tables count, as ISO 3166-1 has it; none for no level.
            holder: whose badge it must be: an e-mail address, a name, a DID; anybody's if empty.

        Raises:
            MalformedMessageError: it is no badge.
            NotProvenError: forged, expired, revoked, of an issuer that is not recognised here, or
                of another holder; each with its own step and reason.
            UnreachableError: its issuer cannot be asked now.
        """
        badge, now = badges.read_badge(data), clock.now()
        # Whom nobody recognises is asked nothing: a badge may name any host as its issuer's.
        if badge.issuer != self._did:
            believed = await self._looking_up.recognition()
            why = believed.refusal(badge.issuer, badges.TYPE, now=now)
            if why:
                raise settled(NotProvenError(step=ISSUER, reason=why), believed)
        document = await self._document(badge.issuer)
        try:
            await asyncio.to_thread(badges.prove, badge, document, now=now)
        except NotProvenError:
            # The issuer may have a key that we have not seen yet.
            newer = await self._document(badge.issuer, fresh=True)
            if newer == document:
                raise
            document = newer
            await asyncio.to_thread(badges.prove, badge, document, now=now)
        lists = await self._looking_up.status_lists(badge.statuses())
        for one in badge.statuses():
            check_status(one, lists[one.entry.url], document, rules=self._rules, now=now)
        if holder:
            badges.check_holder(badge, holder)
        tables = await self.tables() if economy else ()
        found = tuple(equivalents(badge.alignment, tables, economy, now=now))
        of_economy = tuple(one for one in tables if one.content.economy == economy)
        return Checked(badge, found, of_economy)

    async def hold(self, data: bytes) -> Held:
        """Keep a badge of this organisation in its wallet, which presents it over DCP (§5.4).

        Raises as `check`, and:
            NotProvenError: it is of somebody else.
            RefusedError: it has an embedded proof, which DCP does not carry, or the wallet is full.
            ConflictError: it is there already.
        """
        wallet = self._wallet()
        badge = (await self.check(data, economy="")).badge
        if badge.subject != self._did:
            refuse(badges.HOLDER, Phrase("errors.told.badge.not-ours", did=self._did))
        if not badge.jwt:
            what = Phrase("errors.told.badge.holding")
            raise RefusedError(what=what, reasons=(Phrase("errors.told.badge.embedded"),))
        now, credential = clock.now(), read_credential(badge.jwt)

        async def work(tx: Transaction) -> HeldCredential:
            if await wallet.has(tx, credential):
                raise ConflictError(what=Phrase("errors.told.badge.held-already", id=badge.id))
            kept = await wallet.put(tx, credential, now=now)
            detail = {"id": badge.id, "about": badge.name}
            await happened(tx, "badge-held", now, {"peer": badge.issuer}, detail)
            return kept

        return Held(await self._store.run(work), badge, None)

    async def held(self) -> list[Held]:
        """Return the badges in this node's wallet; raises NotFoundError where it has none."""
        wallet = self._wallet()
        kept = await self._store.read(lambda tx: tx.credentials.find())
        return [
            Held(one, badges.read_badge(one.payload.encode()), await wallet.why_withheld(one))
            for one in kept
            if badges.TYPES & set(one.types)
        ]

    def _wallet(self) -> Holding:
        if self._holding is None:
            raise NotFoundError(what=Phrase("errors.told.thing.wallet"), name=self._did)
        return self._holding

    async def tables(self) -> tuple[Table, ...]:
        """Return every table of levels at hand: shipped, in this node's folder, and of notices.

        Raises:
            SettingsError: a file in the folder is no table.
        """

        async def look(tx: Transaction) -> list[Table]:
            kept = await tx.notices.find(kind=SKILL_LEVELS.name, newest_first=True, limit=TABLES)
            notices = [read_kept(one.envelope, Notice) for one in kept
                       if one.state is NoticeState.OPEN and one.envelope]  # fmt: skip
            return [Table(one.sender, SKILL_LEVELS.read(one.content)) for one in notices]

        own = await asyncio.to_thread(
            read_own, self._folder / FOLDER, read_table, expected="errors.told.levels.expected"
        )
        return (*(Table("", one) for _, one in own), *await self._store.read(look), *bundled())

    async def standing(self, name: str) -> IssuedCredential:
        """Return what may be told to anybody who has the badge's id; raises NotFoundError."""
        self.desk()
        return await self._store.read(lambda tx: _kept(tx, name))

    async def status_list(self) -> bytes:
        """Return the list of revoked badges with an embedded proof, for who reads no JWT."""
        desk, now = self.desk(), clock.now()
        bits = await self._store.read(lambda tx: standing_bits(tx, Profile.VC20, Standing.REVOKED))
        if self._list and self._list[0] == bits and now < self._list[1]:
            return self._list[2]
        body = list_body(
            bits, url=embedded_url(desk.base), issuer=self._did, now=now, lifetime=LIST_LIFETIME
        )
        key = self._keys.badge()
        signed = await asyncio.to_thread(sign_embedded, body, key, now=now)
        text = msgspec.json.encode(signed)
        # Signing costs much more than serving, and anybody may ask.
        self._list = (bits, now + LIST_LIFETIME / 2, text)
        return text

    async def _document(self, did: str, *, fresh: bool = False) -> DidDocument:
        if did.startswith("did:key:"):
            return did_key_document(did)
        return await self._resolver.resolve(did, fresh=fresh)


def link(base: str, name: str) -> str:
    """Return where anybody can look a badge up, below its issuer's address."""
    return f"{base}/badges/{name}"


def _holder(name: str, email: str) -> tuple[badges.Identity, ...]:
    found = []
    if name:
        found.append(badges.Identity(kind="name", value=name))
    if email:
        salt = ids.new_bytes(16).hex()
        digest = hashlib.sha256((email + salt).encode()).hexdigest()
        found.append(
            badges.Identity(kind="emailAddress", value=f"sha256${digest}", hashed=True, salt=salt)
        )
    if not found:
        raise SettingsError(
            what=Phrase("errors.told.badge.nobody"), expected=Phrase("errors.told.badge.somebody")
        )
    return tuple(found)


async def _kept(tx: Transaction, name: str) -> IssuedCredential:
    kept = await tx.issued.get(name)
    if kept is None or kept.type != badges.TYPE:
        raise NotFoundError(what=Phrase("errors.told.thing.badge"), name=name[:100])
    return kept


async def _note(
    tx: Transaction, event: str, kept: IssuedCredential, now: datetime, **facts: str
) -> None:
    detail = {"id": kept.id, "about": kept.about, **facts}
    await happened(tx, event, now, None, detail)
