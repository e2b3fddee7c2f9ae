"""Whose turn it is: everybody's in turn, and nobody's more than his share."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from faifo.dataplane.gate import AccessDenied
from faifo.errors import BusyError
from faifo.node.http.shares import Rates, Shares, SharingAuthenticator, SharingGate, Turns
from faifo.node.settings.model import SharesSettings


class Caller:
    def __init__(self, did: str) -> None:
        self.did = self.consumer = did

    async def authenticate(self, _: Any) -> Any:
        return self

    async def admit(self, _: Any) -> Any:
        return self


async def _settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_partners_are_served_in_turn_and_who_has_nothing_under_way_first() -> None:
    turns, served = Turns(places=1, waiting=99), []

    async def work(who: str) -> None:
        await turns.enter(who)
        served.append(who)

    await turns.enter("a")
    tasks = [asyncio.create_task(work(who)) for who in ("a1", "b1", "b1", "b1", "c1", "c1")]
    await _settle()
    late = asyncio.create_task(work("late"))
    await _settle()
    for who in ("a", "late", "c1", "b1", "a1", "c1", "b1", "b1"):
        assert served[-1:] in ([who], [])
        turns.leave(who)
        await _settle()
    await asyncio.gather(*tasks, late)
    assert served == ["late", "c1", "b1", "a1", "c1", "b1", "b1"]


@pytest.mark.parametrize("busy", [1, 8, 64])
async def test_one_flow_beside_many_busy_partners_has_at_least_half_its_fair_share(
    busy: int,
) -> None:
    turns = Turns(places=32, waiting=128)
    done = dict.fromkeys([*(f"busy{number}" for number in range(busy)), "good"], 0)
    under_way: list[tuple[str, asyncio.Event]] = []

    async def flow(who: str) -> None:
        while True:
            await turns.enter(who)
            finished = asyncio.Event()
            under_way.append((who, finished))
            await finished.wait()
            turns.leave(who)
            done[who] += 1

    flows = [asyncio.create_task(flow(f"busy{n}")) for n in range(busy) for _ in range(16)]
    flows.append(asyncio.create_task(flow("good")))
    for _ in range(busy * 100):  # one piece of work after the other, oldest first
        while not under_way:
            await asyncio.sleep(0)
        under_way.pop(0)[1].set()
        await _settle()
    for task in flows:
        task.cancel()
    fair = sum(done.values()) / len(done)
    # One flow asks for one thing at a time: alone it could not have more than this either.
    assert done["good"] >= 0.5 * min(fair, sum(done.values()) / 33)
    assert (
        max(done[f"busy{n}"] for n in range(busy)) - min(done[f"busy{n}"] for n in range(busy))
        <= 32
    )


async def test_too_many_waiting_are_turned_away_and_who_goes_gives_his_turn_on() -> None:
    turns = Turns(places=1, waiting=2)
    await turns.enter("a")
    waiting = [asyncio.create_task(turns.enter("a")) for _ in range(2)]
    await _settle()
    with pytest.raises(BusyError, match="2 waiting requests of one partner; come again in 1 s"):
        await turns.enter("a")
    other = asyncio.create_task(turns.enter("b"))
    await _settle()
    waiting[0].cancel()
    other.cancel()
    await _settle()
    turns.leave("a")
    await waiting[1]
    turns.leave("a")
    await turns.enter("c")


async def test_a_place_that_came_to_somebody_who_has_gone_is_not_lost() -> None:
    turns = Turns(places=1, waiting=2)
    await turns.enter("a")
    gone = asyncio.create_task(turns.enter("b"))
    await _settle()
    turns.leave("a")
    gone.cancel()  # in the same turn of the loop: the place is his already
    await _settle()
    await asyncio.wait_for(turns.enter("c"), 5)


def test_a_rate_has_twice_as_much_after_a_pause(time: Any) -> None:
    rates = Rates(10)
    assert [rates.take("a") for _ in range(20)] == [0.0] * 20
    assert rates.take("a") == pytest.approx(0.1)
    assert rates.take("b") == 0.0
    time.passes(0.1)
    assert rates.take("a") == 0.0
    assert rates.take("a") > 0


async def test_what_a_request_took_is_given_back_when_it_ends() -> None:
    shares = Shares(SharesSettings(places=1, waiting=1, accesses=1))
    caller = Caller("did:web:a")

    async def app(scope: Any, *_: Any) -> None:
        await SharingAuthenticator(caller, shares).authenticate(None)
        await SharingGate(caller, shares).admit(None)  # type: ignore[arg-type]
        if scope["fails"]:
            raise RuntimeError

    around = shares.around(app)
    for _ in range(3):
        await asyncio.wait_for(around({"method": "GET", "fails": False}, None, None), 5)
        with pytest.raises(RuntimeError):
            await asyncio.wait_for(around({"method": "GET", "fails": True}, None, None), 5)


async def test_who_sends_slowly_keeps_no_place() -> None:
    shares = Shares(SharesSettings(places=1))
    worked: list[str] = []
    slow_body: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def posting(did: str) -> Any:
        async def app(_: Any, receive: Any, __: Any) -> None:
            await SharingAuthenticator(Caller(did), shares).authenticate(None)
            while (await receive())["more_body"]:
                pass
            worked.append(did)

        return shares.around(app)

    async def at_once() -> dict[str, Any]:
        return {"type": "http.request", "more_body": False}

    slow = asyncio.create_task(posting("slow")({"method": "POST"}, slow_body.get, None))
    slow_body.put_nowait({"type": "http.request", "more_body": True})
    await _settle()
    await asyncio.wait_for(posting("quick")({"method": "POST"}, at_once, None), 5)
    slow_body.put_nowait({"type": "http.request", "more_body": False})
    await slow
    assert worked == ["quick", "slow"]


async def test_more_accesses_than_the_share_are_refused_with_a_time() -> None:
    shares = Shares(SharesSettings(accesses=1))
    gate = SharingGate(Caller("did:web:a"), shares)

    async def app(*_: Any) -> None:
        await gate.admit(None)  # type: ignore[arg-type]
        with pytest.raises(AccessDenied) as refused:
            await gate.admit(None)  # type: ignore[arg-type]
        assert (refused.value.status, refused.value.denial, refused.value.again) == (429, "busy", 1)
        assert "1 accesses of one partner at one time; come again in 1 s" in str(refused.value)
        await SharingGate(Caller("did:web:b"), shares).admit(None)  # type: ignore[arg-type]

    await shares.around(app)({"method": "GET"}, None, None)


async def test_what_the_node_does_by_itself_has_no_share() -> None:
    shares = Shares(SharesSettings(accesses=1, places=1))
    gate = SharingGate(Caller("did:web:a"), shares)
    for _ in range(3):
        await gate.admit(None)  # type: ignore[arg-type]
        await shares.request("did:web:a")
