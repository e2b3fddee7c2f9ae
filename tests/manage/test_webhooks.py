"""Webhooks: signed as Standard Webhooks 1.0 says, in order, none lost over a death."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from tests.conftest import MakeNode, NodeProcess

from faifo.errors import SettingsError
from faifo.node.custody.directory import Directory
from faifo.node.delivery.webhooks import read_secret
from faifo.node.examining import own_systems
from faifo.node.settings.model import read_settings


class Receiver:
    """One's own system; it answers with what `answers` holds, and then 204."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.taken: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.calls.append(({name.lower(): one for name, one in request.headers.items()}, body))
        status = self.answers.pop(0) if self.answers else 204
        if status < 300:
            self.taken.put_nowait(json.loads(body))
        return web.Response(status=status)

    async def next(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.taken.get(), 30)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_post("/hook", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


def settings(receiver: Receiver, events: str = '"dataset-*"') -> str:
    return f'\n[webhooks]\nurls = ["{receiver.url}?secret=s"]\nevents = [{events}]\n'


async def publish(node: NodeProcess, name: str) -> str:
    file = node.path.with_name(node.path.name + "-data") / name
    file.write_text(name)
    order = {"location": str(file), "title": name}
    return str((await node.call("POST", "/datasets", order))["id"])


async def test_signed_and_told_in_order(make_node: MakeNode, receiver: Receiver) -> None:
    node = make_node("hooked", extra=settings(receiver))
    await node.start()
    receiver.answers = [503, 404]
    names = [await publish(node, name) for name in ("a", "b")]
    told = [await receiver.next() for _ in names]
    assert [one["type"] for one in told] == ["dataset-published"] * 2
    assert [one["data"]["dataset"] for one in told] == names
    assert {one["data"]["node"] for one in told} == {node.did}
    # Three attempts for the first: the same id, the same body.
    assert len({(headers["webhook-id"], body) for headers, body in receiver.calls[:3]}) == 1
    text = (node.path / "webhooks.secret").read_text().strip()
    key = base64.b64decode(text.removeprefix("whsec_"))
    for headers, body in receiver.calls:
        content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        mac = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{mac}"
    log = node.log_tail()
    assert "secret=s" not in log
    assert text not in log


async def test_nothing_is_lost_over_a_death(make_node: MakeNode, receiver: Receiver) -> None:
    node = make_node("hooked", extra=settings(receiver))
    await node.start()
    first = await publish(node, "a")
    assert (await receiver.next())["data"]["dataset"] == first
    receiver.answers = [503]
    second = await publish(node, "b")
    async with asyncio.timeout(30):
        while receiver.answers:
            await asyncio.sleep(0.01)
    await node.kill()
    await node.start()
    assert (await receiver.next())["data"]["dataset"] == second
    third = await publish(node, "c")
    assert (await receiver.next())["data"]["dataset"] == third


async def test_what_is_not_chosen_is_not_told(make_node: MakeNode, receiver: Receiver) -> None:
    node = make_node("hooked", extra=settings(receiver, '"dataset-withdrawn"'))
    await node.start()
    name = await publish(node, "a")
    await node.call("DELETE", f"/datasets/{name}")
    assert (await receiver.next())["type"] == "dataset-withdrawn"
    assert len(receiver.calls) == 1


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_AAAA", "whsec_" + "*" * 40, "ä"])
def test_a_secret_that_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "webhooks.secret"
    path.write_text(text)
    with pytest.raises(SettingsError):
        read_secret(path)


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "webhooks.secret"
    made = read_secret(path)
    assert made == read_secret(path)
    assert len(made) == 32
    assert path.stat().st_mode & 0o077 == 0


async def test_an_address_with_a_password_is_refused(make_node: MakeNode) -> None:
    node = make_node("hooked", extra='\n[webhooks]\nurls = ["http://me:pass@localhost/"]\n')
    with contextlib.suppress(EOFError):
        await node.start()
    assert not node.alive


async def test_doctor_names_an_address_that_takes_nothing(
    make_node: MakeNode, receiver: Receiver
) -> None:
    node = make_node("hooked", extra=settings(receiver))
    await node.start()
    directory = Directory(node.path)

    async def looked(state: str) -> Any:
        async with asyncio.timeout(60):
            while True:
                (found,) = own_systems.webhooks(directory, read_settings(directory.settings))
                if found.state == state:
                    return found
                await asyncio.sleep(0.05)

    receiver.answers = [503] * 1000
    await publish(node, "a")
    found = await looked("warning")
    assert found.facts["count"] == 1
    said, to_do = found.words("en")
    assert f"{receiver.url}?… has not taken an event since" in said
    assert "it answered 503" in said
    assert "secret=s" not in said
    assert to_do
    receiver.answers.clear()
    assert (await receiver.next())["type"] == "dataset-published"
    await looked("good")
