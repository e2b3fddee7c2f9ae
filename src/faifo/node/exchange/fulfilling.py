"""Duties that are done: the consumer signs that they are, and the provider keeps what it signed.

A statement proves who said what and when. Whether it is true nobody here can see.
"""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from faifo.ai.passport.records import Moment
from faifo.ai.passport.said import Said, open_signed, sign
from faifo.errors import NotFoundError, NotProvenError
from faifo.machines.role import Role
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.exchange.agreement_notices import AgreementNotices
from faifo.node.exchange.dues import DUTY, Dues
from faifo.node.outward.resolver import Resolver
from faifo.node.outward.signers import proven
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.records import Agreement, Due

Name = Annotated[str, Meta(min_length=1, max_length=200)]


class Fulfilment(Said, frozen=True, kw_only=True):
    """That `by` has done a duty of an agreement with `to`; `subject_sha256` is of its document."""

    PREDICATE: ClassVar = "urn:faifo:fulfilment:1"

    format: Literal["faifo-fulfilment-1"] = "faifo-fulfilment-1"
    agreement: Name
    subject_sha256: str
    duty: Name
    by: Name
    to: Name
    at: Moment
    note: Annotated[str, Meta(max_length=2000)] = ""


# msgspec learns a type at its first use, and two threads that do so at once end the process.
msgspec.json.Decoder(Fulfilment)


class Fulfilling:
    """The use cases."""

    def __init__(
        self,
        *,
        did: str,
        store: Store,
        keys: CurrentKeys,
        resolver: Resolver,
        dues: Dues,
        notices: AgreementNotices,
    ) -> None:
        self._did, self._store, self._keys = did, store, keys
        self._resolver, self._dues, self._notices = resolver, dues, notices

    async def done(
        self, tx: Transaction, name: str, note: str, signed: str, *, now: datetime
    ) -> Due:
        """Keep that a due was done, as a person says; what was `signed` of it is told.

        Raises:
            NotFoundError: there is nothing of that name.
            ConflictError: it was done before.
        """
        kept = await self._dues.done(tx, name, note, now=now, statement=signed)
        agreement = await tx.agreements.get(kept.agreement, kept.role)
        if signed and agreement:
            await self._notices.tell(tx, agreement, "fulfil", (), now=now, statement=signed)
        return kept

    async def signed(self, name: str, note: str, *, now: datetime) -> str:
        """Return our signed word that a duty of ours is done; "" for anything else."""

        async def look(tx: Transaction) -> tuple[Due | None, Agreement | None]:
            due = await tx.dues.get(name)
            return due, await tx.agreements.get(due.agreement, due.role) if due else None

        due, agreement = await self._store.read(look)
        if due is None or agreement is None or due.done:
            return ""
        if due.kind != DUTY or due.role is not Role.CONSUMER:
            return ""
        record = Fulfilment(
            agreement=agreement.id,
            subject_sha256=_digest(agreement),
            duty=name.removeprefix(f"{agreement.id}#"),
            by=self._did,
            to=agreement.provider,
            at=now,
            note=note,
        )
        return (await asyncio.to_thread(sign, record, self._keys.passport())).decode()

    async def opened(self, statement: str, did: str) -> Fulfilment:
        """Return what `did` has signed.

        Raises:
            NotProvenError: it has not signed that.
            MalformedMessageError, TooLargeError: it is no such statement.
        """
        return await proven(
            self._resolver,
            did,
            lambda keys: open_signed(statement.encode(), Fulfilment, lambda said: said.by, keys),
            party=did,
        )

    async def take(
        self, tx: Transaction, agreement: Agreement, said: Fulfilment, statement: str, now: datetime
    ) -> None:
        """Keep that the consumer says so; the first statement counts.

        Raises:
            NotProvenError: it is about something else.
            NotFoundError: the agreement has no such duty.
        """
        about = (agreement.id, _digest(agreement), agreement.consumer, self._did)
        if (said.agreement, said.subject_sha256, said.by, said.to) != about:
            raise NotProvenError(step="subject", reason=Phrase("errors.told.due.about-other"))
        name = f"{agreement.id}#{said.duty}"
        kept = await tx.dues.get(name)
        if kept is None or kept.kind != DUTY or agreement.role is not Role.PROVIDER:
            raise NotFoundError(what=Phrase("errors.told.thing.due"), name=name)
        if kept.done is None:
            await self._dues.done(tx, name, said.note, now=now, statement=statement)


def _digest(agreement: Agreement) -> str:
    text = msgspec.json.encode(agreement.document, order="sorted")
    return hashlib.sha256(text).hexdigest()
