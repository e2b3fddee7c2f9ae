"""Whose request it is, and whether that one may have it now."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from faifo.errors import ConflictError
from faifo.node.http.doors import Door, Doors
from faifo.node.settings.model import BoundSettings

NONE = BoundSettings()


def _named(name: str, seen: list[Any]) -> Any:
    async def app(scope: Any, _receive: Any, send: Any) -> None:
        seen.append((name, scope["path"], scope["raw_path"], scope.get("root_path", "")))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return app


def _scope(path: str, host: str = "assoc.example", method: str = "GET") -> dict[str, Any]:
    return {
        "type": "http",
        "scheme": "https",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "headers": [(b"accept", b"*/*"), (b"host", host.encode())],
    }


async def _status(app: Any, scope: Any) -> int:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, None, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("host", "path", "whose"),
    [
        ("assoc.example", "/", "own"),
        ("assoc.example", "/faifo", "own"),
        ("assoc.example", "/faifo/acme", "acme"),
        ("assoc.example", "/faifo/acme/dsp/x", "acme"),
        ("assoc.example", "/faifo/acme/branch/x", "branch"),
        ("assoc.example", "/faifo/acme/branches", "acme"),
        ("assoc.example", "/faifo/acmes", "own"),
        ("assoc.example", "/acme", "own"),
        ("assoc.example", "//faifo/acme", "own"),
        ("assoc.example", "/faifo//acme", "own"),
        ("assoc.example", "/faifo/%61cme", "own"),
        ("assoc.example", "/faifo/acme%2Fx", "own"),
        ("assoc.example:443", "/faifo/acme", "acme"),
        ("other.example", "/faifo/acme", "acme"),
        ("beta.example", "/", "beta"),
        ("BETA.example:443", "/faifo/acme", "beta"),
        ("beta.example:8443", "/", "own"),
        ("shared.example", "/gamma/x", "gamma"),
        ("shared.example", "/x", "own"),
        ("", "/" * 30_000, "own"),
    ],
)
async def test_who_is_meant(host: str, path: str, whose: str) -> None:
    seen: list[Any] = []
    doors = Doors(_named("own", seen), "https://assoc.example/faifo")
    places = {
        "acme": "https://assoc.example/faifo/acme",
        "branch": "https://Assoc.example:443/faifo/acme/branch/",
        "beta": "https://beta.example",
        "gamma": "https://shared.example/gamma",
    }
    with contextlib.ExitStack() as stack:
        for name, url in places.items():
            stack.enter_context(doors.opened(url, Door(name, _named(name, seen), NONE)))
        assert await _status(doors, _scope(path, host)) == 200
    assert [one[0] for one in seen] == [whose]
    assert seen[0][1:] == (path, path.encode(), "")


async def test_an_address_is_of_one_alone_and_free_again_afterwards() -> None:
    seen: list[Any] = []
    doors = Doors(_named("own", seen), "https://assoc.example")
    door = Door("acme", _named("acme", seen), NONE)
    with doors.opened("https://assoc.example/acme", door):
        for place in ("/acme/", "", ":443/", ":443/acme"):
            taken = f"https://assoc.example{place}"
            with pytest.raises(ConflictError), doors.opened(taken, door):
                pass
        await _status(doors, _scope("/acme/x"))
    await _status(doors, _scope("/acme/x"))
    assert [one[0] for one in seen] == ["acme", "own"]
    with doors.opened("https://assoc.example/acme", door):
        await _status(doors, _scope("/acme/x"))
    assert seen[-1][0] == "acme"


@pytest.mark.parametrize(
    ("path", "whose"),
    [("/faifo/x", "own"), ("/faifo", "own"), ("/other", "above"), ("/faifo/acme/x", "acme"),
     ("/faifos", "above")],
)  # fmt: skip
async def test_who_stands_above_the_installation_s_own_node_gets_nothing_of_it(
    path: str, whose: str
) -> None:
    seen: list[Any] = []
    doors = Doors(_named("own", seen), "https://assoc.example/faifo")
    with contextlib.ExitStack() as stack:
        for name, place in (("above", ""), ("acme", "/faifo/acme")):
            door = Door(name, _named(name, seen), NONE)
            stack.enter_context(doors.opened(f"https://assoc.example{place}", door))
        assert await _status(doors, _scope(path)) == 200
    assert [one[0] for one in seen] == [whose]


@pytest.mark.parametrize("prefix", ["", "/faifo"])
async def test_nobody_takes_what_is_the_installation_s_own(prefix: str) -> None:
    doors = Doors(_named("own", []), f"https://assoc.example{prefix}", {"p", ".well-known"})
    door = Door("acme", _named("acme", []), NONE)
    for place in ("/p", "/p/acme", "/.well-known"):
        taken = doors.opened(f"https://assoc.example{prefix}{place}", door)
        with pytest.raises(ConflictError), taken:
            pass
    for free in (f"https://assoc.example{prefix}/pp", "https://beta.example/p"):
        with doors.opened(free, door):
            pass


async def test_a_face_below_a_prefix_sees_the_rest_of_the_path() -> None:
    seen: list[Any] = []
    doors = Doors(_named("own", seen))
    at = "/participants/acme"
    with doors.opened(at, Door("acme", _named("acme", seen), NONE, strip=at)):
        await _status(doors, _scope(f"{at}/manage/v1/node"))
        await _status(doors, _scope("/manage/v1/node"))
    rest = "/manage/v1/node"
    assert seen == [("acme", rest, rest.encode(), at), ("own", rest, rest.encode(), "")]


class _Room:
    full = True
    limit = 5


@pytest.mark.parametrize(
    ("method", "status"),
    [("GET", 200), ("HEAD", 200), ("OPTIONS", 200), ("POST", 503), ("PUT", 503), ("PATCH", 503)],
)
async def test_without_room_there_is_only_reading(method: str, status: int) -> None:
    room: Any = _Room()
    door = Door("acme", _named("acme", []), NONE, room=room)
    assert await _status(door, _scope("/", method=method)) == status


async def test_it_is_quiet_when_nothing_is_under_way() -> None:
    gate = asyncio.Event()

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await gate.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    door = Door("acme", app, BoundSettings(requests_at_once=2))
    assert door.quiet.is_set()
    asked = [asyncio.create_task(_status(door, _scope("/"))) for _ in range(2)]
    await asyncio.sleep(0)
    assert not door.quiet.is_set()
    assert await _status(door, _scope("/")) == 429
    gate.set()
    assert await asyncio.gather(*asked) == [200, 200]
    assert door.quiet.is_set()
    assert await _status(door, _scope("/")) == 200
