"""What a person stops: all that stands on it ends, and it is refused until that is lifted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from faifo.errors import ConflictError, NotFoundError
from faifo.machines.role import Role
from faifo.node.exchange.ending import Ended, Ending
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.journal import happened
from faifo.store.records import Stop

PARTNER, DATASET, AGREEMENT = "partner", "dataset", "agreement"
_FACTS = {PARTNER: "peer", DATASET: "dataset", AGREEMENT: "agreement"}
BY_A_PERSON = Phrase("reason.stopped")


class Stopping:
    """The use cases."""

    def __init__(self, ending: Ending) -> None:
        self._ending = ending

    async def stop(
        self, tx: Transaction, kind: str, name: str, reason: str, *, lasting: bool, now: datetime
    ) -> tuple[Stop, list[Ended]]:
        """End what stands on it in both roles; with `lasting`, have it refused from now on.

        Raises:
            NotFoundError: no such dataset or agreement.
            ConflictError: it is stopped already.
        """
        if kind == DATASET and await tx.datasets.get(name) is None:
            raise NotFoundError(what=Phrase("errors.noun.dataset"), name=name)
        if kind == AGREEMENT and not any([await tx.agreements.get(name, role) for role in Role]):
            raise NotFoundError(what=Phrase("errors.told.stop.agreement"), name=name)
        if lasting and await tx.stops.get(kind, name):
            raise ConflictError(
                what=Phrase("errors.told.stop.already", kind=kind, name=name),
                advice=Phrase("errors.told.stop.lift", kind=kind, name=name),
            )
        stop = Stop(kind=kind, name=name, reason=reason or str(BY_A_PERSON), since=now)
        if lasting:
            await tx.stops.put(stop)
            await _note(tx, "stopped", stop, now)
        found = []
        # A dataset's id is ours to give only where we provide it.
        for role in (Role.PROVIDER,) if kind == DATASET else Role:
            fact: dict[str, Any] = {_FACTS[kind]: name}
            found.append(await self._ending.end(tx, (stop.reason,), now=now, role=role, **fact))
        return stop, found

    async def lift(self, tx: Transaction, kind: str, name: str, *, now: datetime) -> Stop:
        """Refuse it no longer; what has ended stays ended.

        Raises:
            NotFoundError: it is not stopped.
        """
        stop = await tx.stops.get(kind, name)
        if stop is None:
            raise NotFoundError(what=Phrase("errors.told.stop.stop", kind=kind), name=name)
        await tx.stops.delete(kind, name)
        await _note(tx, "stop-lifted", stop, now)
        return stop


async def _note(tx: Transaction, event: str, stop: Stop, now: datetime) -> None:
    names = {"peer" if stop.kind == PARTNER else stop.kind: stop.name}
    detail = {"kind": stop.kind, "why": [stop.reason]}
    await happened(tx, event, now, names, detail)
