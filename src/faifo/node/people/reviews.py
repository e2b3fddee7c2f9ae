"""What waits for a person: shown, decided by somebody who signs what was shown, acted on.

Each kind says what is shown and what follows from a decision. What is signed is the SHA-256 of the
very text that was shown, in its language; where that has changed meanwhile, nothing is decided.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from faifo import clock, ids
from faifo.ai.oversight import HumanDecision, sign_together
from faifo.errors import ConflictError, Fact, NotFoundError
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.people.accounts import Accounts, Present
from faifo.phrases import Phrase, spoken
from faifo.store.contract import Store, Transaction
from faifo.store.journal import happened
from faifo.store.records import PersonRole, Review, ReviewState

OBJECTION: Final = "objection"
REVIEW: Final = "human-review"
INCIDENT: Final = "incident-report"
UPHOLD = "uphold"
DECIDING: Final = frozenset({PersonRole.APPROVER})

Line = tuple[Fact, object]
"""What it is called, and what it is: facts of a sentence, said when the language is known."""


class Kind(Protocol):
    """What is shown of one kind, and what follows when a person has decided."""

    async def shown(self, tx: Transaction, review: Review, lang: str) -> Sequence[Line]: ...

    async def decided(
        self, tx: Transaction, review: Review, *, upheld: bool, now: datetime
    ) -> None: ...


class Shown(NamedTuple):
    """A review with the text that a person sees, and the SHA-256 of that text."""

    review: Review
    text: str
    sha256: str


class Opinion(NamedTuple):
    """What a person decides. `shown_sha256` is of what was shown in `lang`."""

    person: str
    passphrase: str
    outcome: str
    reason: str
    shown_sha256: str
    lang: str


class Reviews:
    """The use cases."""

    def __init__(self, *, did: str, store: Store, keys: CurrentKeys, accounts: Accounts) -> None:
        self._did = did
        self._store = store
        self._keys = keys
        self._accounts = accounts
        self._kinds: dict[str, Kind] = {}

    def handle(self, kinds: Mapping[str, Kind]) -> None:
        """Let each kind of review be shown, and acted on, by what is given."""
        self._kinds.update(kinds)

    async def hold(
        self,
        tx: Transaction,
        kind: str,
        subject: str,
        text: str,
        *,
        now: datetime,
        detail: Mapping[str, str] | None = None,
    ) -> Review:
        """Let something wait for a person."""
        review = Review(
            id=ids.new_urn(now),
            kind=kind,
            subject=subject,
            state=ReviewState.OPEN,
            at=now,
            text=text,
            detail=dict(detail or {}),
        )
        await happened(tx, "review-wanted", now, None, {"kind": kind, "id": review.id})
        tx.rings(review.id)
        return await tx.reviews.put(review)

    async def show(self, tx: Transaction, name: str, lang: str) -> Shown:
        """Return what a person sees of it.

        Raises:
            NotFoundError: nothing of that id waits, or did.
        """
        review = await tx.reviews.get(name)
        if review is None:
            raise NotFoundError(what=Phrase("errors.told.thing.review"), name=name)
        if review.shown_lang == lang:
            return Shown(review, review.shown, _sha256(review.shown))
        detail = sorted(review.detail.items())
        lines: list[Line] = [
            (Phrase("person.review.id"), review.id),
            (Phrase("person.review.kind"), Phrase(f"person.kind.{review.kind}")),
            (Phrase("person.review.at"), _moment(review.at)),
            *([(Phrase("person.review.text"), review.text)] if review.text else []),
            *((Phrase(f"person.review.{name}"), value) for name, value in detail),
            *await self._kinds[review.kind].shown(tx, review, lang),
        ]
        text = "\n".join(f"{spoken(name, lang)}: {_said(value, lang)}" for name, value in lines)
        return Shown(review, text, _sha256(text))

    async def decide(self, name: str, opinion: Opinion) -> Review:
        """Let a person decide: sign what was shown, keep it, act on it.

        Raises:
            NotFoundError: nothing of that id waits.
            ConflictError: it is decided already, or something else is shown now.
            NotProvenError, RefusedError, BusyError: as `Accounts.present`.
        """
        review, _, _ = await self._store.read(lambda tx: self._as_shown(tx, name, opinion))
        present = await self._accounts.present(opinion.person, opinion.passphrase, roles=DECIDING)
        now = clock.now()
        # The node's key may have to be made, and reaches the disk then.
        envelope = await asyncio.to_thread(self._signed, review, opinion, present, now)

        async def decide(tx: Transaction) -> Review:
            review, text, _ = await self._as_shown(tx, name, opinion)
            upheld = opinion.outcome == UPHOLD
            kept = await tx.reviews.put(
                review,
                state=ReviewState.UPHELD if upheld else ReviewState.REJECTED,
                person=present.signatory.name,
                reason=opinion.reason,
                decided=now,
                envelope=envelope.decode(),
                shown=text,
                shown_lang=opinion.lang,
            )
            await _note(tx, kept, present, now)
            await self._kinds[kept.kind].decided(tx, kept, upheld=upheld, now=now)
            tx.rings(kept.id)
            return kept

        return await self._store.run(decide)

    async def _as_shown(self, tx: Transaction, name: str, opinion: Opinion) -> Shown:
        shown = await self.show(tx, name, opinion.lang)
        if shown.review.state is not ReviewState.OPEN:
            raise ConflictError(
                what=Phrase("errors.told.review.decided", by=shown.review.person),
                advice=Phrase("errors.told.review.look", id=name),
            )
        if shown.sha256 != opinion.shown_sha256:
            raise ConflictError(
                what=Phrase("errors.told.review.changed"),
                advice=Phrase("errors.told.review.look", id=name),
            )
        return shown

    def _signed(self, review: Review, opinion: Opinion, present: Present, now: datetime) -> bytes:
        record = HumanDecision(
            id=review.id,
            kind=review.kind,
            subject=review.subject,
            outcome="uphold" if opinion.outcome == UPHOLD else "reject",
            reason=opinion.reason,
            shown_sha256=opinion.shown_sha256,
            shown_lang=opinion.lang,
            person=present.signatory,
            decided_by=self._did,
            decided_at=now,
        )
        return sign_together(record, present.key, self._keys.passport())


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _said(value: object, lang: str) -> str:
    """Return a value; what follows its first line is set in, so that it cannot pass for another."""
    return "\n    ".join(str(spoken(value, lang)).splitlines())


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%SZ")


async def _note(tx: Transaction, review: Review, present: Present, now: datetime) -> None:
    detail = {
        "kind": review.kind,
        "id": review.id,
        "outcome": review.state.value,
        "person": present.signatory.name,
        "key": present.signatory.key_id,
    }
    await happened(tx, "review-decided", now, None, detail)
