from __future__ import annotations

import asyncio
import os
import signal

import pytest

from faifo.demo.signals import SIGNALS, Stopper


@pytest.fixture(autouse=True)
def nothing_is_ignored():
    """As in a terminal: whoever runs the tests in the background may have ignored some."""
    before = [signal.signal(each, signal.default_int_handler) for each in SIGNALS]
    yield
    for each, handler in zip(SIGNALS, before, strict=True):
        signal.signal(each, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_cancels_and_later_ones_do_no_harm(number: signal.Signals):
    ended: list[str] = []

    async def work() -> None:
        stopper.watch()
        try:
            os.kill(os.getpid(), number)
            await asyncio.sleep(60)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0.01)
            ended.append("in order")

    before = [signal.getsignal(each) for each in SIGNALS]
    with Stopper() as stopper:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(work())
        os.kill(os.getpid(), signal.SIGINT)
    assert ended == ["in order"]
    assert stopper.number == number
    assert [signal.getsignal(each) for each in SIGNALS] == before


def test_a_signal_that_came_before_the_work_stops_it():
    async def work() -> None:
        stopper.watch()

    with Stopper() as stopper:
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(work())
    assert stopper.number == signal.SIGINT


def test_an_ignored_hangup_stays_ignored():
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Stopper() as stopper:
            os.kill(os.getpid(), signal.SIGHUP)
            assert stopper.number is None
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
