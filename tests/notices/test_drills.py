"""An exercise is marked and reaches no real consumer; reports of the public are bounded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from tests.conftest import free_port
from warned import Warned, subscribed

from faifo.errors import BusyError, MalformedMessageError
from faifo.node.announcing.reporting import LONGEST


@pytest.fixture
async def alarms() -> AsyncIterator[tuple[str, asyncio.Queue[Any]]]:
    """A system of the receiver that is called; what it hears."""
    heard: asyncio.Queue[Any] = asyncio.Queue()

    async def hear(request: web.Request) -> web.Response:
        heard.put_nowait(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}/", heard
    await runner.cleanup()


async def test_an_exercise_is_marked_and_alarms_nobody(make_node: Any, alarms: Any):
    url, heard = alarms
    extra = f'\n[webhooks]\nurls = ["{url}"]\nevents = ["notice-*"]\n'
    sender, receiver = make_node("vn", extra=extra), make_node("kr", extra=extra)
    sender.trust(receiver.did)
    receiver.trust(sender.did)
    await asyncio.gather(sender.start(), receiver.start())
    await sender.call("POST", "/datasets", {"carries": "warnings", "id": "alerts"})
    await subscribed(sender, receiver, "alerts")
    warned = Warned(sender, [receiver])
    drill = await warned.got(exercise=True, within=1)
    report = await warned.report(drill["id"], "acknowledged")
    assert (report["exercise"], report["silent"]) == (True, [receiver.did])
    came = await receiver.call("GET", f"/notices/{drill['id']}")
    assert came["exercise"]
    # What is no exercise is heard, and nothing of the drill before it.
    real = await warned.got(within=1)
    await warned.report(real["id"], "acknowledged")
    said: list[Any] = []
    async with asyncio.timeout(30):
        while not {"notice-received", "notice-silence"} <= {one["type"] for one in said}:
            said.append(await heard.get())
    assert real["id"] in json.dumps(said)
    assert drill["id"] not in json.dumps(said)
    assert "hãy cúp máy" not in json.dumps(said, ensure_ascii=False)


class _Held:
    async def hold(self, *_: Any) -> None:
        return None


async def test_reports_of_the_public_are_bounded(tmp_path: Any):
    from faifo.node.announcing.reporting import Reporting
    from faifo.node.settings.model import NoticeSettings
    from faifo.store.sqlite.store import open_store

    store = await open_store(tmp_path / "faifo.db")

    def reporting(**limits: int) -> Any:
        held: Any = _Held()
        given = NoticeSettings(**limits)
        return Reporting(store=store, held=held, limits=given)

    good = {"description": "they refused me twice"}
    few = reporting(reports_per_minute=2)
    first, second = [await few.report_from_public(good) for _ in range(2)]
    assert first != second
    assert len(first) >= 43
    with pytest.raises(BusyError):
        await few.report_from_public(good)
    full = reporting(reports_waiting=2)
    with pytest.raises(BusyError):
        await full.report_from_public(good)
    for wrong in (
        {},
        {"description": " "},
        {**good, "colour": "red"},
        {"description": "x" * (LONGEST + 1)},
    ):
        with pytest.raises(MalformedMessageError):
            await reporting().report_from_public(wrong)
    await store.close()
