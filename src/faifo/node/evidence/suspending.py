"""A serious incident suspends an AI passport: the next decision sees it, and what runs stops.

Who may say so of a passport: its issuer, its deployer, or a person of this node. What anybody else
says waits for a person. It ends with the sender's final report or withdrawal.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from faifo.ai.decision.records import Decision, Presented
from faifo.ai.passport import dsse, statement
from faifo.ai.passport.records import Passport
from faifo.ai.presenting import unproven
from faifo.errors import MalformedMessageError, NotProvenError, TooLargeError
from faifo.machines.role import Role
from faifo.machines.transfer import TERMINAL
from faifo.node.delivery.changes import FACTS
from faifo.node.exchange.ending import Ending
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.records import Dataset, Suspension

WHY: Final = "the AI passport is suspended by the incident {notice}"


def called(envelope: Any) -> tuple[str, ...]:
    """Return the names of the passport in a text; none if it holds none."""
    try:
        return dsse.names(envelope.encode()) if isinstance(envelope, str) else ()
    except (MalformedMessageError, TooLargeError, UnicodeEncodeError):
        return ()


async def of(tx: Transaction, names: Collection[str]) -> list[Suspension]:
    """Return what suspends the passport that is called so."""
    return [one for name in names for one in await tx.suspensions.find(passport=name)]


def suspended(
    found: tuple[Passport | None, Presented],
    suspensions: Sequence[Suspension],
    own: str,
    *,
    now: datetime,
) -> tuple[Passport | None, Presented]:
    """Return what is judged, with the incident as a problem if its sender may say so."""
    passport, presented = found
    if passport is None:
        return found
    may = {passport.issuer.did, own} | ({passport.deployer.did} if passport.deployer else set())
    for one in suspensions:
        if one.person or one.sender in may:
            reason = Phrase("errors.told.ai.proof.incident", notice=one.notice)
            why = NotProvenError(step="status", reason=reason)
            return None, unproven(str(why), now=now, sha256=presented.sha256)
    return found


async def standing_of(tx: Transaction, passport: str, sender: str, own: str) -> bool | None:
    """Tell whether `sender` may suspend a passport; None where this node does not know it."""
    known: set[str] = set()
    published = await _published(tx, passport)
    for dataset in published:
        known |= {own, deployer_in(dataset.passport.envelope if dataset.passport else "")}
    judged = await tx.judgements.find(passport=passport)
    for one in judged:
        # Anybody can show another's passport as his own: it is judged, and refused, as that.
        decision = statement.read_unproven(one.envelope, statement.DECISION, Decision)
        known |= {decision.issuer, one.deployer}
    return sender in known if published or judged else None


async def suspend(tx: Transaction, one: Suspension, ending: Ending, *, now: datetime) -> None:
    """Suspend, in this unit of work: own datasets are closed, and what runs is paused."""
    if await tx.suspensions.get(one.passport, one.notice) is None:
        await tx.suspensions.put(one)
        tx.rings(FACTS)
    for dataset in await _published(tx, one.passport):
        if dataset.passport is not None and dataset.passport.suspended is None:
            await _mark(tx, dataset, one.notice)
            await _pause(tx, ending, one, now, role=Role.PROVIDER, dataset=dataset.id)
    for judged in await tx.judgements.find(passport=one.passport):
        await _pause(
            tx, ending, one, now, role=Role.CONSUMER, peer=judged.provider, dataset=judged.dataset
        )


async def lift(tx: Transaction, notice: str) -> list[str]:
    """End what an incident suspends; return the passports. What was paused is resumed by people."""
    lifted = []
    for one in await tx.suspensions.find(notice=notice):
        await tx.suspensions.delete(one.passport, one.notice)
        lifted.append(one.passport)
        others = await tx.suspensions.find(passport=one.passport)
        for dataset in await _published(tx, one.passport):
            await _mark(tx, dataset, others[0].notice if others else None)
    return lifted


async def _published(tx: Transaction, passport: str) -> list[Dataset]:
    every = await tx.datasets.find(with_passport=1)
    return [one for one in every if one.passport is not None and one.passport.sha256 == passport]


def deployer_in(envelope: str) -> str:
    """Return the DID of the deployer that a passport names; it was proven before it was kept."""
    passport = statement.read_unproven(envelope, statement.PASSPORT, Passport)
    return passport.deployer.did if passport.deployer else ""


async def _mark(tx: Transaction, dataset: Dataset, notice: str | None) -> None:
    assert dataset.passport is not None  # noqa: S101 - found by it
    held = msgspec.structs.replace(dataset.passport, suspended=notice)
    await tx.datasets.put(dataset, passport=held)
    tx.rings(dataset.id)


async def _pause(
    tx: Transaction, ending: Ending, one: Suspension, now: datetime, *, role: Role, **fact: Any
) -> None:
    reason = (WHY.format(notice=one.notice),)
    for record in await tx.transfers.find(role=role.value, **fact):
        if record.state not in TERMINAL and record.open:
            await ending.transfer(tx, record, reason, now=now, suspend=True)
