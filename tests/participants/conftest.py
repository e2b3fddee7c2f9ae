"""An installation that is one process, with two participants that trust each other."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ON_POSTGRESQL, NodeProcess, Pair

import commanding
import postgresql_server
from faifo.node.custody.making import make_node as make_directory
from faifo.node.settings.hosted import template
from faifo.node.settings.model import read_settings


class Participant(NodeProcess):
    """A participant: its directory, and its faces in the process of the installation."""

    def __init__(self, home: NodeProcess, name: str, data: Path) -> None:
        self.home = home
        self.name = name
        super().__init__(home._forker, home.path / "participants" / name, home.port)
        self.data = data
        self.public_url = f"{home.public_url}/{name}"
        self.did = f"{home.did}:{name}"
        self.base = f"{self.public_url}/dsp/2025-1"

    @property
    def manage_url(self) -> str:
        return f"{self.home.manage_url}/participants/{self.name}"

    @property
    def _url(self) -> str:
        return self.manage_url

    @_url.setter
    def _url(self, _: str) -> None: ...

    def key(self) -> str:
        return (self.path / "manage.key").read_text().strip()

    def log_tail(self) -> str:
        return self.home.log_tail()

    async def up(self) -> None:
        await self.home.up()

    async def served(self) -> None:
        """Wait until the installation's process serves it."""
        await _until((self.path / "running.json").exists)

    async def gone(self) -> None:
        await _until(lambda: not (self.path / "running.json").exists())


class Between(Pair):
    """Two participants of one installation, or one of them and a node outside."""

    async def publish(self, content: str = "a,b\n1,2\n", **terms: Any) -> str:
        provider = self.provider
        if not isinstance(provider, Participant):
            return await super().publish(content, **terms)
        file = provider.data / f"{len(list(provider.data.iterdir()))}.csv"
        file.write_text(content)
        body = {"location": str(file), "title": "A", **({"terms": terms} if terms else {})}
        return str((await provider.call("POST", "/datasets", body))["id"])

    async def read(self, transfer: str) -> bytes:
        status, content = await self.consumer.raw("GET", f"/transfers/{transfer}/data")
        assert status == 200, content
        return content


async def _until(good: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not good():
            await asyncio.sleep(0.02)


Join = Callable[..., Participant]


@pytest.fixture
async def join(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Join]:
    """Add a participant to a node's directory, as `faifo participant add` does."""
    made: list[Participant] = []
    numbers = itertools.count(1)

    def add(home: NodeProcess, name: str, *, extra: str = "", url: str = "") -> Participant:
        data = tmp_path_factory.mktemp(f"data{next(numbers)}-{name}-")
        found = Participant(home, name, data)
        found.public_url = url or found.public_url
        text = template(
            name=name,
            economy="VN",
            public_url=found.public_url,
            installation=read_settings(home.path / "faifo.toml"),
            folder=home.path,
        )
        if ON_POSTGRESQL:
            place = postgresql_server.place(found.path)
            url_line = f'url = "{place.url}"\n'
            assert url_line in text
            text = text.replace(url_line, f'{url_line}schema = "{place.schema}"\n')
        fresh = found.path.with_name(f".{name}.new")
        make_directory(fresh, f'{text}\n[publish]\nroots = ["{data}"]\n{extra}')
        fresh.rename(found.path)
        made.append(found)
        return found

    yield add
    for one in made:
        await one.close()


class Installation:
    """The installation's own node, and two participants."""

    def __init__(self, home: NodeProcess, acme: Participant, beta: Participant) -> None:
        self.home = home
        self.acme = acme
        self.beta = beta
        self.pair = Between(acme, beta)


@pytest.fixture
async def installation(make_node: Any, join: Join) -> Installation:
    home = make_node("assoc")
    made = Installation(home, join(home, "acme"), join(home, "beta"))
    await home.start()
    return made


async def faifo(*arguments: Any, home: NodeProcess) -> tuple[int, str, str]:
    """Run the command line for an installation; return its exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(commanding.faifo(), *map(str, arguments), "--dir", str(home.path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@pytest.fixture
def run_faifo() -> Any:
    return faifo
