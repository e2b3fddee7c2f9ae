"""The class of data by count, and the reminders before a day and on it, by a clock of the test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from faifo.machines.role import Role
from faifo.node.delivery.timers import Timers
from faifo.node.exchange.dues import DUE, Dues, class_of
from faifo.node.rules import counting
from faifo.store.contract import Store, Transaction
from faifo.store.records import Agreement

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("citizens", "sensitive", "kind"),
    [
        (99_999, False, "ordinary"),
        (100_000, False, "important"),
        (999_999, False, "important"),
        (1_000_000, False, "core"),
        (9_999, True, "ordinary"),
        (10_000, True, "important"),
        (99_999, True, "important"),
        (100_000, True, "core"),
    ],
)
def test_classes_by_count(citizens: int, sensitive: bool, kind: str) -> None:
    assert class_of(citizens, sensitive=sensitive) == kind


def agreed(by: str) -> Agreement:
    due = {"leftOperand": "odrl:elapsedTime", "operator": "lteq", "rightOperand": by}
    policy = {
        "permission": [{"action": "use"}],
        "obligation": [{"action": "delete", "constraint": [due]}],
    }
    return Agreement(
        id="urn:a", role=Role.CONSUMER, provider="did:web:p.example", consumer="did:web:c.example",
        dataset="d", document=policy, created=NOW,
    )  # fmt: skip


async def test_reminders_come_before_the_day_and_on_it_and_then_no_more(store: Store) -> None:
    timers = Timers(store)
    dues = Dues(timers)
    await store.run(lambda tx: dues.agreed(tx, agreed("P30D"), now=NOW))
    seen = []
    for _ in range(10):

        async def fire(tx: Transaction) -> datetime | None:
            timer = await tx.timers.get(DUE, "urn:a#0")
            if timer is None:
                return None
            await tx.timers.delete(DUE, "urn:a#0")
            await dues._remind(tx, "urn:a#0", timer.due)
            return timer.due

        fired = await store.run(fire)
        if fired is None:
            break
        seen.append(fired - NOW)
    assert seen == [timedelta(days=16), timedelta(days=27), timedelta(days=30)]
    entries = await store.read(lambda tx: tx.journal.find())
    assert [one.event for _, one in entries] == [
        "duty-opened",
        "due-soon",
        "due-soon",
        "due-overdue",
    ]


async def test_an_hour_that_is_over_counts_anew_and_a_clock_set_back_does_not(store: Store) -> None:
    async def use(tx: Transaction, now: datetime) -> dict[str, int]:
        await counting.reserve(tx, "a", now, more=1, size=10)
        return await counting.counts(tx, "a", now)

    late = NOW + timedelta(hours=1)
    assert await store.run(lambda tx: use(tx, NOW)) == {"count": 1, "usesPerHour": 1, "bytes": 10}
    assert (await store.run(lambda tx: use(tx, NOW)))["usesPerHour"] == 2
    assert await store.run(lambda tx: use(tx, late)) == {"count": 3, "usesPerHour": 1, "bytes": 30}
    assert (await store.run(lambda tx: use(tx, NOW)))["usesPerHour"] == 2
    await store.run(lambda tx: counting.give_back(tx, "a", 15))
    kept = await store.read(lambda tx: counting.counts(tx, "a", late, more=1, size=None))
    assert kept == {"count": 5, "usesPerHour": 3}
