"""Delivery: at once, again after a failure with growing pauses kept in the row, and with an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from faifo import clock
from faifo.errors import NotProvenError, PeerError, StorageError, UnreachableError
from faifo.node.delivery import outbox as outbox_module
from faifo.node.delivery.outbox import Outbox, read_reasons
from faifo.node.delivery.peer_answer import Outcome, PeerAnswer
from faifo.store.contract import Store, Transaction
from faifo.store.records import OutboxRow

PATIENCE = 10.0
OK = PeerAnswer(200, b'{"providerPid": "p1", "consumerPid": "theirs"}', {})
Answer = PeerAnswer | Exception


def answered(status: int, body: bytes = b'{"reason": ["no"]}') -> PeerAnswer:
    return PeerAnswer(status, body, {})


UNREACHABLE = UnreachableError(who="peer.example", reason="no answer in 10 s")


class Peer:
    """Answers in the order given, the last one for ever; waits at `gate` when there is one."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.got: list[tuple[str, bytes, str]] = []
        self.gate: asyncio.Event | None = None
        self._came = asyncio.Event()

    async def send(self, url: str, body: bytes, *, audience: str) -> PeerAnswer:
        self.got.append((url, body, audience))
        self._came.set()
        if self.gate:
            await self.gate.wait()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def wait(self, number: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.got) < number:
                self._came.clear()
                await self._came.wait()


class Engine:
    """Keeps the outcomes, and removes the row in the same unit of work, as the engines do."""

    def __init__(self) -> None:
        self.outcomes: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
        self.failures = 0

    async def acknowledged(
        self,
        tx: Transaction,
        row: OutboxRow,
        outcome: Outcome,
        *,
        now: datetime,  # noqa: ARG002
    ) -> None:
        self._fail()
        await tx.outbox.delete(row.id)
        tx.after_commit(lambda: self.outcomes.put_nowait(("acknowledged", row.id, *outcome[:2])))

    async def refused(
        self,
        tx: Transaction,
        row: OutboxRow,
        outcome: Outcome,
        *,
        now: datetime,  # noqa: ARG002
    ) -> None:
        self._fail()
        await tx.outbox.delete(row.id)
        tx.after_commit(
            lambda: self.outcomes.put_nowait(("refused", row.id, outcome.status, outcome.reasons))
        )

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise StorageError(what="the disk is full")

    async def next(self) -> tuple[Any, ...]:
        return await asyncio.wait_for(self.outcomes.get(), PATIENCE)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "FIRST_PAUSE", timedelta(milliseconds=1))
    monkeypatch.setattr(outbox_module, "LONGEST_PAUSE", timedelta(milliseconds=20))


@pytest.fixture
def engine() -> Engine:
    return Engine()


@asynccontextmanager
async def running(store: Any, peer: Peer, engine: Engine) -> AsyncIterator[Outbox]:
    outbox = Outbox(store, peer)
    await outbox.start({"negotiation": engine})
    try:
        yield outbox
    finally:
        await outbox.stop(0)


def new_row(name: str = "o1", **members: Any) -> OutboxRow:
    now = clock.now()
    fields: dict[str, Any] = {
        "process": "p1",
        "kind": "negotiation",
        "message": "ContractAgreementMessage",
        "url": "https://peer.example/x",
        "peer": "did:web:peer.example",
        "body": b'{"exact":  "bytes"}',
        "not_before": now,
        "created": now,
        "give_up": now + timedelta(hours=24),
    }
    return OutboxRow(id=name, **{**fields, **members})


async def keep(store: Store, row: OutboxRow, outbox: Outbox | None = None) -> OutboxRow:
    """Put a row as the engines do: into the store, and to the outbox after COMMIT."""

    async def work(tx: Transaction) -> OutboxRow:
        return await (outbox.queue(tx, row) if outbox else tx.outbox.put(row))

    return await store.run(work)


async def rows(store: Store) -> list[OutboxRow]:
    return await store.read(lambda tx: tx.outbox.find())


async def test_a_message_is_sent_as_it_was_decided(store: Store, engine: Engine) -> None:
    peer = Peer(OK)
    async with running(store, peer, engine) as outbox:
        await keep(store, new_row(), outbox)
        assert await engine.next() == ("acknowledged", "o1", 200, OK.body)
    assert peer.got == [("https://peer.example/x", b'{"exact":  "bytes"}', "did:web:peer.example")]
    assert await rows(store) == []


@pytest.mark.parametrize(
    "failure",
    [UNREACHABLE, *(answered(status) for status in (408, 425, 429, 500, 502, 503))],
    ids=lambda failure: str(getattr(failure, "status", "unreachable")),
)
@pytest.mark.parametrize("initial", [False, True], ids=["later", "initial"])
async def test_a_passing_failure_is_tried_again_with_the_same_bytes(
    store: Store, engine: Engine, failure: Answer, initial: bool
) -> None:
    peer = Peer(*([failure] * 5), OK)
    async with running(store, peer, engine) as outbox:
        await keep(store, new_row(initial=initial), outbox)
        assert (await engine.next())[0] == "acknowledged"
    assert len(peer.got) == 6
    assert len(set(peer.got)) == 1


async def test_pauses_grow_and_stand_in_the_row(
    store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "FIRST_PAUSE", timedelta(milliseconds=4))
    monkeypatch.setattr(outbox_module, "LONGEST_PAUSE", timedelta(milliseconds=30))
    peer = Peer(*([UNREACHABLE] * 5), OK)
    spans = []
    kept: list[OutboxRow] = []

    class Watched(Outbox):
        async def _again(self, *arguments: Any) -> OutboxRow | None:
            row = await super()._again(*arguments)
            assert row
            spans.append((row.not_before - arguments[-1]) / timedelta(milliseconds=1))
            kept.append(row)
            return row

    outbox = Watched(store, peer)
    await outbox.start({"negotiation": engine})
    await keep(store, new_row(), outbox)
    await engine.next()
    await outbox.stop(0)
    assert spans == [4, 8, 16, 30, 30]
    assert [row.attempts for row in kept] == [1, 2, 3, 4, 5]
    assert {row.refusals for row in kept} == {0}
    assert {row.last_error for row in kept} == {"peer.example cannot be reached: no answer in 10 s"}


async def test_a_refusal_is_believed_at_the_third_time(store: Store, engine: Engine) -> None:
    peer = Peer(answered(400), UNREACHABLE, answered(503), answered(409), answered(404))
    async with running(store, peer, engine) as outbox:
        await keep(store, new_row(), outbox)
        assert await engine.next() == ("refused", "o1", 404, ("no",))
    assert len(peer.got) == 5
    assert await rows(store) == []


@pytest.mark.parametrize("status", [301, 400, 403, 404, 409, 422])
async def test_a_refused_first_message_is_refused_at_once(
    store: Store, engine: Engine, status: int
) -> None:
    peer = Peer(answered(status))
    async with running(store, peer, engine) as outbox:
        await keep(store, new_row(initial=True), outbox)
        assert await engine.next() == ("refused", "o1", status, ("no",))
    assert len(peer.got) == 1


async def test_a_first_message_that_is_not_let_in_is_sent_again(
    store: Store, engine: Engine
) -> None:
    """Something in between may have sent it twice, and the token of ours counts once."""
    taken = PeerAnswer(201, b'{"consumerPid": "p1", "providerPid": "p2"}', {})
    peer = Peer(answered(401), taken)
    async with running(store, peer, engine) as outbox:
        await keep(store, new_row(initial=True), outbox)
        assert (await engine.next())[0] == "acknowledged"
    peer = Peer(*[answered(401)] * 3)
    async with running(store, peer, engine) as outbox:
        await keep(store, new_row(initial=True), outbox)
        assert await engine.next() == ("refused", "o1", 401, ("no",))


async def test_who_is_not_let_in_is_believed_after_minutes_only(
    store: Store, engine: Engine
) -> None:
    peer = Peer(answered(401))
    async with running(store, peer, engine) as outbox:
        await keep(store, new_row(message="TransferCompletionMessage"), outbox)
        assert await engine.next() == ("refused", "o1", 401, ("no",))
    assert len(peer.got) == outbox_module.REFUSALS_AT_THE_DOOR


PAGE = b"<html>Please accept our terms"
FOREIGN = {
    "200, a page": (200, PAGE, False),
    "404, a page": (404, PAGE, False),
    "403 without a body": (403, b"", False),
    "400 with other JSON": (400, b'{"error": "blocked"}', False),
    "200 without a body, to a first message": (200, b"", True),
    "200 with another process, to a first message": (200, b'{"providerPid": "p2"}', True),
    "201, a page, to a first message": (201, PAGE, True),
    "409, a page, to a first message": (409, PAGE, True),
}


@pytest.mark.parametrize(("status", "body", "initial"), FOREIGN.values(), ids=FOREIGN.keys())
async def test_a_word_of_something_in_between_is_as_no_answer(
    store: Store, engine: Engine, status: int, body: bytes, initial: bool
) -> None:
    """A captive proxy ends nothing and acknowledges nothing, however often it speaks."""
    peer = Peer(*([answered(status, body)] * 5), OK)
    async with running(store, peer, engine) as outbox:
        await keep(store, new_row(initial=initial), outbox)
        assert (await engine.next())[0] == "acknowledged"
    assert len(peer.got) == 6


async def test_what_is_not_silence_is_a_refusal(store: Store, engine: Engine) -> None:
    error = NotProvenError(step="DID", reason="no such document")
    async with running(store, Peer(error), engine) as outbox:
        await keep(store, new_row(initial=True), outbox)
        assert await engine.next() == ("refused", "o1", 403, (str(error),))


async def test_an_answer_that_is_none_is_as_silence(store: Store, engine: Engine) -> None:
    error = PeerError(who="peer.example", status=200, reasons=("an answer over 8 bytes",))
    peer = Peer(error, answered(200))
    async with running(store, peer, engine) as outbox:
        await keep(store, new_row(initial=False), outbox)
        assert (await engine.next())[0] == "acknowledged"
    assert len(peer.got) == 2


@pytest.mark.parametrize(
    ("failure", "status", "reason"),
    [
        (UNREACHABLE, 0, "peer.example cannot be reached: no answer in 10 s"),
        (answered(503, b"oops"), 503, "the other side answered 503 without a reason"),
    ],
    ids=["silence", "503"],
)
async def test_it_gives_up_at_the_time_set(
    store: Store, engine: Engine, failure: Answer, status: int, reason: str
) -> None:
    peer = Peer(failure)
    async with running(store, peer, engine) as outbox:
        give_up = clock.now() + timedelta(milliseconds=300)
        await keep(store, new_row(give_up=give_up), outbox)
        assert await engine.next() == ("refused", "o1", status, (reason,))
        assert clock.now() >= give_up
    assert len(peer.got) >= 2


async def test_what_became_overdue_while_the_node_was_down_is_tried_for_an_hour(
    store: Store, engine: Engine
) -> None:
    """Where both lost their power, the other side may be back a minute later."""
    await keep(store, new_row(give_up=clock.now() - timedelta(days=1)))
    peer = Peer(UNREACHABLE, answered(503), OK)
    async with running(store, peer, engine):
        assert (await engine.next())[0] == "acknowledged"
    assert len(peer.got) == 3


async def test_a_restart_takes_up_what_was_left(store: Store, engine: Engine) -> None:
    peer = Peer(UNREACHABLE)
    async with running(store, peer, engine) as outbox:
        await keep(store, new_row("a"), outbox)
        await keep(store, new_row("b", process="p2"), outbox)
        await peer.wait(6)
    left = await rows(store)
    assert {row.id for row in left} == {"a", "b"}
    assert all(row.attempts >= 1 for row in left)
    better = Peer(OK)
    async with running(store, better, engine):
        assert all(row.attempted for row in await rows(store))
        assert {(await engine.next())[1], (await engine.next())[1]} == {"a", "b"}
    assert await rows(store) == []


@pytest.mark.parametrize("attempts", [0, 3])
async def test_a_clock_that_was_ahead_delays_nothing_after_a_restart(
    store: Store, engine: Engine, attempts: int
) -> None:
    ahead = clock.now() + timedelta(hours=1)
    soon = ahead + timedelta(milliseconds=10)
    await keep(store, new_row(attempts=attempts, created=ahead, not_before=soon))
    async with running(store, Peer(OK), engine):
        assert (await engine.next())[0] == "acknowledged"


async def test_a_restart_waits_for_not_before(store: Store, engine: Engine) -> None:
    soon = clock.now() + timedelta(milliseconds=150)
    await keep(store, new_row("soon", not_before=soon))
    await keep(store, new_row("far", not_before=clock.now() + timedelta(days=1)))
    async with running(store, Peer(OK), engine):
        assert not any(row.attempted for row in await rows(store))
        assert (await engine.next())[1] == "soon"
        assert clock.now() >= soon
    assert [row.id for row in await rows(store)] == ["far"]


async def test_the_same_row_is_not_sent_twice_at_a_time(store: Store, engine: Engine) -> None:
    peer = Peer(OK)
    peer.gate = asyncio.Event()
    async with running(store, peer, engine) as outbox:
        row = await keep(store, new_row(), outbox)
        await peer.wait(1)
        outbox.add(row)
        peer.gate.set()
        await engine.next()
    assert len(peer.got) == 1


async def test_a_row_that_is_removed_is_not_sent(store: Store, engine: Engine) -> None:
    peer = Peer(OK)
    async with running(store, peer, engine) as outbox:
        later = clock.now() + timedelta(milliseconds=100)
        await keep(store, new_row("gone", not_before=later), outbox)
        await store.run(lambda tx: tx.outbox.delete("gone"))
        outbox.forget("gone")
        await keep(store, new_row("marker", not_before=later), outbox)
        assert (await engine.next())[1] == "marker"
    assert len(peer.got) == 1


async def test_an_attempt_under_way_is_not_forgotten(store: Store, engine: Engine) -> None:
    peer = Peer(OK)
    peer.gate = asyncio.Event()
    async with running(store, peer, engine) as outbox:
        await keep(store, new_row(), outbox)
        await peer.wait(1)
        assert (await rows(store))[0].attempted
        outbox.forget("o1")
        peer.gate.set()
        assert (await engine.next())[0] == "acknowledged"


async def test_a_row_removed_during_a_failed_attempt_is_not_tried_again(
    store: Store, engine: Engine
) -> None:
    peer = Peer(UNREACHABLE, OK)
    peer.gate = asyncio.Event()
    async with running(store, peer, engine) as outbox:
        await keep(store, new_row(), outbox)
        await peer.wait(1)
        await store.run(lambda tx: tx.outbox.delete("o1"))
        peer.gate.set()
        await keep(store, new_row("marker"), outbox)
        assert (await engine.next())[1] == "marker"
    assert len(peer.got) == 2
    assert await rows(store) == []


async def test_a_held_process_waits_for_every_release(
    store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "LONGEST_HOLD", PATIENCE * 2)
    peer = Peer(OK)
    async with running(store, peer, engine) as outbox:
        outbox.hold("p1")
        outbox.hold("p1")
        await keep(store, new_row("held"), outbox)
        await keep(store, new_row("free", process="p2"), outbox)
        assert (await engine.next())[1] == "free"
        outbox.release("p1")
        await keep(store, new_row("free too", process="p2"), outbox)
        assert (await engine.next())[1] == "free too"
        outbox.release("p1")
        assert (await engine.next())[1] == "held"
        await keep(store, new_row("not held any more"), outbox)
        assert (await engine.next())[1] == "not held any more"


async def test_a_hold_that_is_never_released_ends(
    store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "LONGEST_HOLD", 0.05)
    async with running(store, Peer(OK), engine) as outbox:
        outbox.hold("p1")
        await keep(store, new_row(), outbox)
        assert (await engine.next())[0] == "acknowledged"
        outbox.release("p1")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(OK, "acknowledged"), (answered(403), "refused")],
    ids=["acknowledged", "refused"],
)
async def test_an_outcome_that_cannot_be_stored_is_got_again(
    store: Store,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    answer: PeerAnswer,
    outcome: str,
) -> None:
    _shorten_five_seconds(monkeypatch)
    engine.failures = 2
    peer = Peer(answer)
    async with running(store, peer, engine) as outbox:
        await keep(store, new_row(initial=True), outbox)
        assert (await engine.next())[:2] == (outcome, "o1")
    assert len(peer.got) == 3
    assert len(set(peer.got)) == 1


async def test_a_retry_that_cannot_be_stored_is_tried_again(
    store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _shorten_five_seconds(monkeypatch)
    peer = Peer(UNREACHABLE, UNREACHABLE, OK)

    class Faulty:
        read, name = store.read, store.name
        failures = 1

        def queue(self, work: Callable[[Transaction], Any], **how: bool) -> Any:
            if len(peer.got) == 1 and self.failures:
                self.failures = 0
                raise StorageError(what="the disk is full")
            return store.queue(work, **how)

        async def run(self, work: Callable[[Transaction], Any], **how: bool) -> Any:
            return await self.queue(work, **how)

    async with running(Faulty(), peer, engine) as outbox:
        await keep(store, new_row(), outbox)
        assert (await engine.next())[0] == "acknowledged"
    assert len(peer.got) == 3


def _shorten_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause after a StorageError is written out in the module, with no name to replace."""
    if hasattr(outbox_module, "AFTER_STORAGE_ERROR"):
        monkeypatch.setattr(outbox_module, "AFTER_STORAGE_ERROR", timedelta(milliseconds=5))
    else:
        monkeypatch.setattr(
            outbox_module, "timedelta", lambda seconds: timedelta(milliseconds=seconds)
        )


async def test_stop_lets_what_is_under_way_finish_and_begins_nothing(
    store: Store, engine: Engine
) -> None:
    peer = Peer(OK)
    peer.gate = asyncio.Event()
    outbox = Outbox(store, peer)
    await outbox.start({"negotiation": engine})
    await keep(store, new_row("under way"), outbox)
    await peer.wait(1)
    stopping = asyncio.create_task(outbox.stop(PATIENCE))
    await asyncio.sleep(0)
    await keep(store, new_row("next"), outbox)
    peer.gate.set()
    await asyncio.wait_for(stopping, PATIENCE)
    assert (await engine.next())[1] == "under way"
    assert len(peer.got) == 1
    assert [row.id for row in await rows(store)] == ["next"]


async def test_stop_does_not_wait_for_an_answer_for_ever(store: Store, engine: Engine) -> None:
    peer = Peer(OK)
    peer.gate = asyncio.Event()
    outbox = Outbox(store, peer)
    await outbox.start({"negotiation": engine})
    await keep(store, new_row(), outbox)
    await peer.wait(1)
    await asyncio.wait_for(outbox.stop(0.05), PATIENCE)
    assert [row.id for row in await rows(store)] == ["o1"]


async def test_stop_does_not_wait_for_a_row_between_two_attempts(
    store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "FIRST_PAUSE", timedelta(hours=1))
    monkeypatch.setattr(outbox_module, "LONGEST_PAUSE", timedelta(hours=1))
    peer = Peer(UNREACHABLE)
    outbox = Outbox(store, peer)
    await outbox.start({"negotiation": engine})
    await keep(store, new_row(), outbox)
    async with asyncio.timeout(PATIENCE):
        while not (await rows(store))[0].attempts:
            await asyncio.sleep(0)
    await asyncio.wait_for(outbox.stop(PATIENCE * 10), PATIENCE)
    assert (await rows(store))[0].attempts == 1


@pytest.mark.parametrize(
    ("body", "reasons"),
    [
        (b"", ["the other side answered 400 without a reason"]),
        (b"<html>", ["the other side answered 400 without a reason"]),
        (b"\xff", ["the other side answered 400 without a reason"]),
        (b"[" * 5000, ["the other side answered 400 without a reason"]),
        (b"[1]", ["the other side answered 400 without a reason"]),
        (b"{}", ["the other side answered 400"]),
        (b'[{"message": "a"}, {"message": "b"}]', ["a", "b"]),
        (b'{"reason": []}', ["the other side answered 400"]),
        (b'{"reason": ["a", "b"]}', ["a", "b"]),
        (b'{"reason": "a"}', ["a"]),
        (b'{"reason": [{"@value": "a", "@language": "en"}, 7]}', ["a", "7"]),
        (b'{"dspace:reason": {"@value": "a"}, "dspace:code": "c"}', ["a"]),
        (b'[{"https://w3id.org/dspace/2025/1/reason": [{"@value": "a"}]}]', ["a"]),
        (b'[{"message": "a"}]', ["a"]),
        (b'{"detail": "d", "code": "c"}', ["d"]),
        (b'{"code": "c"}', ["c"]),
        (b'{"reason": ["' + b"x" * 900 + b'"]}', ["x" * 500]),
        (b'{"reason": [' + b",".join([b"1"] * 50) + b"]}", ["1"] * 10),
    ],
    ids=[
        "empty",
        "not JSON",
        "not UTF-8",
        "too deep",
        "a list",
        "an empty object",
        "messages",
        "no reason in the list",
        "reasons",
        "a text",
        "values",
        "a prefix",
        "expanded",
        "one message",
        "a problem",
        "a code",
        "a long one",
        "many",
    ],
)
def test_reasons_are_texts_and_never_none(body: bytes, reasons: list[str]) -> None:
    assert read_reasons(PeerAnswer(400, body, {})) == reasons


class Hanging(Peer):
    """Answers, but for one address: the first call there takes ten seconds, and others hang."""

    seconds = 0.0

    async def send(self, url: str, body: bytes, *, audience: str) -> PeerAnswer:
        self.got.append((url, body, audience))
        self._came.set()
        if audience == "did:web:silent.example":
            if self.seconds:
                await asyncio.Event().wait()
            self.seconds = 10.0
            raise UNREACHABLE
        return OK


async def test_nobody_waits_for_a_place_that_a_silent_partner_has(
    store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = Hanging(OK)
    monkeypatch.setattr(clock, "monotonic", lambda: peer.seconds)
    monkeypatch.setattr(outbox_module, "AT_ONCE", 1)
    async with running(store, peer, engine) as outbox:
        for name in ("s1", "s2"):
            await keep(store, new_row(name, peer="did:web:silent.example"), outbox)
        await peer.wait(3)  # one has failed, and both hang
        await keep(store, new_row("q", process="p2"), outbox)
        assert await engine.next() == ("acknowledged", "q", 200, OK.body)
