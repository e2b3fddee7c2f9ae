"""Looking up names behind a name server that is silent: bounded, apart, and in nobody's way."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from typing import Any

import pytest

from faifo.dataplane.names import Names, NoPlaceError, of_a_stranger

FOUND = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 80))]


class Silent:
    """A name server that answers when it is let; `asked` counts the look-ups under way."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.answers = threading.Event()

    def __call__(self, host: str, _port: int, **_: Any) -> list[Any]:
        self.asked.release()
        self.answers.wait()
        if host == "nowhere.example":
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return FOUND


@pytest.fixture
def silent() -> Any:
    server = Silent()
    yield server
    server.answers.set()


async def _given_up(names: Names, silent: Silent, *, stranger: bool) -> None:
    token = of_a_stranger.set(stranger)
    task = asyncio.create_task(names.resolve("slow.example"))
    of_a_stranger.reset(token)
    await asyncio.to_thread(silent.asked.acquire)
    task.cancel()
    await asyncio.wait([task])


async def test_a_name_becomes_its_addresses() -> None:
    names = Names(look_up=lambda *_, **__: FOUND)
    (found,) = await names.resolve("there.example", 80)
    assert found == (socket.AF_INET, ("192.0.2.1", 80))


async def test_a_place_is_held_until_the_look_up_has_ended(silent: Silent) -> None:
    names = Names(places=2, look_up=silent)
    for _ in range(2):
        await _given_up(names, silent, stranger=False)
    with pytest.raises(NoPlaceError):
        await names.resolve("third.example")
    silent.answers.set()
    async with asyncio.timeout(30):
        while True:
            try:
                assert await names.resolve("there.example")
            except NoPlaceError:
                await asyncio.sleep(0)
            else:
                return


async def test_strangers_take_no_place_of_partners(silent: Silent) -> None:
    names = Names(places=1, for_strangers=1, look_up=silent)
    await _given_up(names, silent, stranger=True)
    token = of_a_stranger.set(True)
    with pytest.raises(NoPlaceError):
        await names.resolve("stranger.example")
    of_a_stranger.reset(token)
    task = asyncio.create_task(names.resolve("partner.example"))
    await asyncio.to_thread(silent.asked.acquire)
    silent.answers.set()
    assert await task


async def test_a_name_that_is_none_is_an_error_of_the_system(silent: Silent) -> None:
    silent.answers.set()
    with pytest.raises(socket.gaierror):
        await Names(look_up=silent).resolve("nowhere.example")


def test_a_look_up_under_way_keeps_no_process_from_ending() -> None:
    program = (
        "import asyncio, threading\n"
        "from faifo.dataplane.names import Names\n"
        "began = threading.Event()\n"
        "def never(*_, **__):\n"
        "    began.set()\n"
        "    threading.Event().wait()\n"
        "async def main():\n"
        "    task = asyncio.create_task(Names(look_up=never).resolve('slow.example'))\n"
        "    await asyncio.to_thread(began.wait)\n"
        "    task.cancel()\n"
        "asyncio.run(main())\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
