"""Guests: an invitation, the agreement of its holder, and each access by it.

What a guest agrees to is an agreement as any other, with `mailto:` and the address as consumer, and
a transfer that runs until the invitation ends: gate, journal, stops and reports know no difference.
Only messages cannot be sent to a guest. The secret of the link is the only proof; of it and of the
data token, which is made from it and never leaves the node, the books hold digests.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from faifo import clock, ids
from faifo.api.processes import why_ended
from faifo.errors import ConflictError, NotFoundError, RefusedError, SettingsError
from faifo.machines.role import Role
from faifo.machines.transfer import State
from faifo.node.delivery.timers import Timers
from faifo.node.exchange.ending import Ending
from faifo.node.exchange.transferring import token_digest
from faifo.node.rules.standing import standing, stopped
from faifo.phrases import Phrase
from faifo.policy.explain import sentences
from faifo.store.contract import Store, Transaction
from faifo.store.journal import happened
from faifo.store.records import (
    GUEST,
    Agreement,
    Dataset,
    Invitation,
    Proof,
    Transfer,
)

OVER: Final = "invitation"
LONGEST_DAYS: Final = 366
MOST_NAME: Final = 200
# What people call an address (RFC 5321 §4.5.3.1: 254 octets with the path's brackets left away).
_ADDRESS: Final = re.compile(
    r"[^\s@<>(),;:\\\"\[\]]{1,64}@(?=.{1,189}\Z)[^\s@<>(),;:\\\"]+\.[^\s@.]+"
)
WITHDRAWN: Final = Phrase("reason.withdrawn")
_REVOKED: Final = Phrase("reason.invitation-revoked")
_ENDED: Final = Phrase("reason.invitation-over")
_USED_UP: Final = Phrase("reason.invitation-used-up")


class Shown(NamedTuple):
    """What the holder of a link sees; `version` names the terms shown.

    `state` as `state_of`, or `closed` while nobody could agree for `reasons`: all may change again.
    """

    invitation: Invitation
    dataset: Dataset
    state: str
    reasons: tuple[str | Phrase, ...] = ()

    @property
    def version(self) -> str:
        return f"{self.dataset.offer_id} {self.dataset.version}"


class Way(NamedTuple):
    """How a guest's request goes to the data plane."""

    transfer: str
    token: str
    invitation: str


class Guests:
    """The use cases."""

    def __init__(self, *, did: str, store: Store, ending: Ending, timers: Timers) -> None:
        self._did = did
        self._store = store
        self._ending = ending
        self._timers = timers
        timers.handle(OVER, self._over)

    async def invite(
        self,
        tx: Transaction,
        dataset: str,
        *,
        until: datetime,
        count: int | None,
        note: str,
        now: datetime,
    ) -> tuple[Invitation, str]:
        """Keep an invitation, and return it with its secret.

        Raises:
            NotFoundError: no such published dataset.
            SettingsError: `until` is over, or further than a year.
            RefusedError: the terms want what a guest cannot prove.
        """
        known = await tx.datasets.get(dataset)
        if known is None or known.withdrawn:
            raise NotFoundError(what=Phrase("errors.noun.published-dataset"), name=dataset)
        if not now < until <= now + timedelta(days=LONGEST_DAYS):
            raise SettingsError(
                what=Phrase("errors.told.guest.until", until=clock.text(until)[:19]),
                expected=Phrase("errors.told.guest.until-wanted", days=LONGEST_DAYS),
            )
        if reasons := await _against(tx, known, GUEST, now):
            raise _refusal(reasons)
        secret = ids.new_secret()
        invitation = Invitation(
            id=ids.new_urn(now),
            digest=_sha256(secret),
            dataset=dataset,
            created=now,
            until=until,
            count=count,
            note=note,
        )
        kept = await tx.invitations.put(invitation)
        await _note(tx, "guest-invited", kept, now)
        await self._timers.set(tx, OVER, kept.id, until)
        return kept, secret

    async def revoke(self, tx: Transaction, name: str, *, now: datetime) -> Invitation:
        """End an invitation, and what was agreed by it.

        Raises:
            NotFoundError: there is none.
            ConflictError: it has ended.
        """
        known = await tx.invitations.get(name)
        if known is None:
            raise NotFoundError(what=Phrase("errors.told.guest.invitation"), name=name)
        if known.ended:
            raise ConflictError(
                what=Phrase("errors.told.guest.ended", name=name), advice=known.reason
            )
        return await self._end(tx, known, str(_REVOKED), now)

    async def withdrawn(self, tx: Transaction, dataset: str, *, now: datetime) -> None:
        """End the invitations that nobody has taken: of that id may come something else."""
        for known in await tx.invitations.find(dataset=dataset):
            if not known.ended and known.agreed is None:
                await self._end(tx, known, str(WITHDRAWN), now)

    async def seen(self, secret: str) -> Shown:
        """Return what the holder of a link sees.

        Raises:
            NotFoundError: there is no such link.
        """
        return await self._store.read(lambda tx: _shown(tx, secret, clock.now()))

    async def agree(self, secret: str, *, name: str, email: str, version: str) -> Shown:
        """Let the holder agree to the terms that were shown to him; once.

        Raises:
            NotFoundError: there is no such link.
            ConflictError: it has ended, somebody has agreed, or other terms stand there now.
            RefusedError: the terms do not permit it any more.
        """
        now = clock.now()

        async def work(tx: Transaction) -> Shown:
            guest = GUEST + quote(email, safe="@+!#$&'*/=?^_`{|}~-.")
            shown = await _shown(tx, secret, now, guest)
            if shown.state == "closed":
                raise _refusal(shown.reasons)
            if shown.state != "open" or shown.version != version:
                raise ConflictError(
                    what=Phrase("errors.told.guest.changed"),
                    advice=Phrase("errors.told.guest.look"),
                )
            kept = await self._agreed(tx, shown, secret, guest, (name, email), now)
            return Shown(kept, shown.dataset, "agreed")

        return await self._store.run(work)

    async def use(self, secret: str, *, counts: bool) -> Way:
        """Count a request, and return its way; call `used` when it has ended.

        Raises:
            NotFoundError: there is no such link.
            ConflictError: nobody has agreed, or it has ended.
        """
        now = clock.now()

        async def work(tx: Transaction) -> Invitation:
            shown = await _shown(tx, secret, now)
            if shown.state != "agreed":
                raise ConflictError(
                    what=Phrase(f"errors.told.guest.is.{shown.state}"),
                    advice=Phrase("errors.told.guest.look"),
                )
            known = shown.invitation
            changes = {"used": known.used + counts, "under_way": known.under_way + 1}
            return await tx.invitations.put(known, **changes)

        known = await self._store.run(work)
        return Way(known.transfer or "", _token(secret), known.id)

    async def used(self, way: Way) -> None:
        """End the agreement when the last request that it permits has ended."""
        now = clock.now()

        async def work(tx: Transaction) -> None:
            known = await tx.invitations.get(way.invitation)
            if known is None:
                return
            kept = await tx.invitations.put(known, under_way=max(known.under_way - 1, 0))
            if kept.ended or kept.under_way or kept.count is None or kept.used < kept.count:
                return
            await self._end(tx, kept, str(_USED_UP), now)

        await self._store.run(work)

    async def _over(self, tx: Transaction, name: str, now: datetime) -> None:
        known = await tx.invitations.get(name)
        if known is not None and not known.ended:
            await self._end(tx, known, str(_ENDED), now)

    async def _end(
        self, tx: Transaction, known: Invitation, reason: str, now: datetime
    ) -> Invitation:
        kept = await tx.invitations.put(known, ended=now, reason=reason)
        await self._timers.cancel(tx, OVER, kept.id)
        await _note(tx, "invitation-ended", kept, now, why=[reason])
        if kept.agreement:
            await self._ending.end(tx, (reason,), now=now, agreement=kept.agreement)
        return kept

    async def _agreed(
        self,
        tx: Transaction,
        shown: Shown,
        secret: str,
        guest: str,
        who: tuple[str, str],
        now: datetime,
    ) -> Invitation:
        invitation, dataset = shown.invitation, shown.dataset
        parties = {"assigner": self._did, "assignee": guest, "target": dataset.id}
        named = {"@id": ids.new_urn(now), "@type": "Agreement", "timestamp": clock.text(now)}
        document: dict[str, Any] = {**dataset.policy, **named, **parties}
        agreement = await tx.agreements.put(
            Agreement(
                id=document["@id"],
                role=Role.PROVIDER,
                provider=self._did,
                consumer=guest,
                dataset=dataset.id,
                document=document,
                created=now,
                publication=dataset.offer_id,
                version=dataset.version,
                active=True,
            )
        )
        evidence = {"kind": "invitation", "invitation": invitation.id, "name": who[0]}
        transfer = await tx.transfers.put(
            Transfer(
                pid=ids.new_urn(now),
                role=Role.PROVIDER,
                state=State.STARTED,
                peer=guest,
                proof=Proof(did=guest, evidence=evidence),
                created=now,
                updated=now,
                callback="",
                dataset=dataset.id,
                agreement=agreement.id,
                format="HttpData-PULL",
                open=True,
                token_digest=token_digest(_token(secret)),
                token_expires=invitation.until,
            )
        )
        kept = await tx.invitations.put(
            invitation,
            guest=who[0],
            email=who[1],
            agreed=now,
            agreement=agreement.id,
            transfer=transfer.pid,
        )
        await _note(tx, "guest-agreed", kept, now, peer=guest)
        tx.rings(agreement.id)
        return kept


def wrong(name: str, email: str) -> dict[str, str]:
    """Return which fields cannot be taken, with the key of the words that say why."""
    found = {}
    if not name or len(name) > MOST_NAME:
        found["name"] = "guest.name-wanted"
    if not _ADDRESS.fullmatch(email):
        found["email"] = "guest.email-wanted"
    return found


def state_of(known: Invitation, agreement: Agreement | None, now: datetime) -> tuple[str, str]:
    """Return open, agreed, used-up, over or ended, and why it has ended."""
    if known.ended:
        state = {str(_USED_UP): "used-up", str(_ENDED): "over"}.get(known.reason, "ended")
        return state, known.reason
    if agreement is not None and agreement.ended:
        return "ended", "; ".join(agreement.reason)
    if now >= known.until:
        return "over", str(_ENDED)
    if known.count is not None and known.used >= known.count:
        return "used-up", str(_USED_UP)
    return ("open" if known.agreed is None else "agreed"), ""


async def _shown(tx: Transaction, secret: str, now: datetime, guest: str = GUEST) -> Shown:
    known = await tx.invitations.first(digest=_sha256(secret))
    dataset = await tx.datasets.get(known.dataset) if known else None
    if known is None or dataset is None:
        raise NotFoundError(what=Phrase("errors.told.guest.invitation"), name="")
    agreement = await tx.agreements.get(known.agreement, Role.PROVIDER) if known.agreement else None
    state, _ = state_of(known, agreement, now)
    if state == "open" and dataset.withdrawn:
        state = "ended"
    reasons = await _against(tx, dataset, guest, now) if state == "open" else ()
    return Shown(known, dataset, "closed" if reasons else state, reasons)


async def _against(
    tx: Transaction, dataset: Dataset, guest: str, now: datetime
) -> tuple[str | Phrase, ...]:
    """Return why a guest cannot agree to what is offered; nothing if one can."""
    who = Proof(did=guest)
    barred = await stopped(tx, who, dataset.id)
    decision = standing(who, dataset=dataset, now=now, barred=barred)
    return () if decision.permits else tuple(map(why_ended, sentences(decision.reason, "en")))


def _refusal(reasons: tuple[str | Phrase, ...]) -> RefusedError:
    return RefusedError(what=Phrase("errors.told.guest.the-invitation"), reasons=reasons)


async def _note(
    tx: Transaction, event: str, known: Invitation, now: datetime, *, peer: str | None = None,
    **detail: Any,
) -> None:  # fmt: skip
    told = {"invitation": known.id, "until": clock.text(known.until), **detail}
    names = {"dataset": known.dataset, "agreement": known.agreement, "peer": peer}
    await happened(tx, event, now, names, told)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _token(secret: str) -> str:
    """Return the data token of a link: what the books hold of the one does not give the other."""
    return hmac.new(secret.encode("utf-8", "surrogatepass"), b"data token", "sha256").hexdigest()
