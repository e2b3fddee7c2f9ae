"""The how-to's commands, in its order, as a newcomer would type them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

import commanding

pytest.importorskip("polars", reason="needs faifo[ai]")

from faifo.cli.main import run

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "assess-a-model.md"
BLOCK = re.compile(r"<!-- test: (?P<name>[^ ]+) -->\n```\w+\n(?P<body>.*?)```", re.S)


def blocks() -> dict[str, str]:
    return {m["name"]: m["body"] for m in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))}


def made(block: str, folder: Path) -> None:
    """Run a block as a shell does: programs that make files, and commands."""
    folders = (commanding.folder(), Path(sys.executable).parent, os.environ["PATH"])
    told = {**os.environ, "PATH": os.pathsep.join(map(str, folders))}
    subprocess.run(["bash", "-ec", block], check=True, env=told, cwd=folder)


def commands(block: str) -> list[list[str]]:
    return [shlex.split(line)[1:] for line in block.splitlines() if line.startswith("faifo ")]


def test_the_page_holds_the_blocks_that_are_run() -> None:
    assert list(blocks()) == [
        *("files", "assess", "assumptions", "train", "skops", "benchmark", "loan.toml"),
        *("make", "decide", "withdraw"),
        *("publish", "call", "review", "decisions", "recognise", "withdraw-published"),
    ]


def test_a_newcomer_gets_through_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    page = blocks()
    made(page["files"], tmp_path)
    (tmp_path / "loan.toml").write_text(page["loan.toml"], encoding="utf-8")
    for step in ("assess", "assumptions", "benchmark", "make"):
        for command in commands(page[step]):
            assert run(command) == 0, capsys.readouterr().err
    for name in ("evidence.json", "run.json", "figures.csv", "report.en.html", "report.vi.html"):
        assert (tmp_path / "evidence" / name).stat().st_size > 100
    assert "<svg" in (tmp_path / "loan.html").read_text(encoding="utf-8")
    check, decide = commands(page["decide"])
    assert run(check) == 0, capsys.readouterr().err
    # Only answers were given: what needs the model is asked for.
    assert run(decide) == 3
    said = capsys.readouterr().out
    assert "More is needed under asean-2024" in said
    assert "[asean-2024/reliability.noise] There is no evidence robustness." in said
    assert "[asean-2024/fairness.impact] “disparate impact ratio” of sex (" in said
    assert (tmp_path / "loan.decision.json").stat().st_size > 100
    assert "Decision" in (tmp_path / "decision.html").read_text(encoding="utf-8")
    (withdraw,) = commands(page["withdraw"])
    assert run(withdraw) == 0
    assert run([*check, "--withdrawal", "loan.withdrawal.json"]) == 6
    assert "withdrawn by its issuer" in capsys.readouterr().err
    assert run([*decide, "--withdrawal", "loan.withdrawal.json"]) == 3
    assert "It is not proven: status: withdrawn" in capsys.readouterr().out


@pytest.mark.parametrize("block", ["train", "skops"])
def test_a_newcomer_measures_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: str
) -> None:
    pytest.importorskip("sklearn" if block == "train" else "skops", reason="needs ai-check")
    monkeypatch.chdir(tmp_path)
    made(blocks()["files"], tmp_path)
    made(blocks()[block], tmp_path)
    (folder,) = tmp_path.glob("*/evidence.json")
    methods = {entry["method"]["id"] for entry in json.loads(folder.read_text())["evidence"]}
    assert {"performance", "group-fairness", "robustness", "reproducibility"} <= methods


class Typed:
    """Types the page's commands, with two real nodes in the place of those it names."""

    def __init__(self, folder: Path, provider: Any, consumer: Any, backend: str) -> None:
        self._folder = folder
        self._instead = {
            "did:web:node.example.org": provider.did,
            "https://models.internal/loan": backend,
        }
        self._nodes = {"mynode": str(provider.path), "theirs": str(consumer.path)}
        self._node = ""

    async def block(self, name: str) -> list[tuple[int, str]]:
        """Return how each command of a block ended, and all that it said."""
        ended = []
        for chosen in re.findall(r"^export FAIFO_DIR=\$PWD/(\w+)$", blocks()[name], re.MULTILINE):
            self._node = self._nodes[chosen]
        for command in commands(blocks()[name]):
            typed = [self._instead.get(word, word) for word in command]
            process = await asyncio.create_subprocess_exec(
                *(commanding.faifo(), *typed),
                cwd=self._folder,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "", "FAIFO_DIR": self._node},
            )
            said, _ = await process.communicate()
            ended.append((process.returncode or 0, said.decode()))
        return ended


@pytest.fixture
async def backend() -> AsyncIterator[str]:
    """The provider's own model service."""

    async def predict(_: web.Request) -> web.Response:
        return web.json_response({"approved": True})

    app = web.Application()
    app.router.add_get("/predict", predict)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_newcomer_gets_through_the_exchange(
    tmp_path: Path, make_node: Any, backend: str
) -> None:
    provider, consumer = make_node("bank"), make_node("regulator")
    provider.trust(consumer.did)
    consumer.trust(provider.did)
    await asyncio.gather(provider.start(), consumer.start())
    made(blocks()["files"], tmp_path)
    (tmp_path / "loan.toml").write_text(blocks()["loan.toml"], encoding="utf-8")
    typed = Typed(tmp_path, provider, consumer, backend)
    for name in ("assess", "publish"):
        assert [code for code, _ in await typed.block(name)] == [0] * len(commands(blocks()[name]))
    ((code, said),) = await typed.block("call")
    assert (code, "faifo ai review" in said) == (3, True), said
    (looked, _), (decided, why), (called, answer) = await typed.block("review")
    assert (looked, decided, called) == (3, 0, 0), why + answer
    assert '{"approved": true}' in answer
    assert "Loan scorer" in (tmp_path / "review.html").read_text(encoding="utf-8")

    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{consumer.public_url}/.well-known/did.json") as document,
    ):
        (tmp_path / "theirs.did.json").write_text(await document.text())
    (listed, rows), (checked, proven) = await typed.block("decisions")
    assert (listed, checked) == (0, 0), rows + proven
    assert "Lê Thị An" in rows
    assert "proven: signed by " + consumer.did in proven
    assert [code for code, _ in await typed.block("recognise")] == [0, 0]
    assert [code for code, _ in await typed.block("withdraw-published")] == [0]
    ((code, said),) = await typed.block("call")
    assert (code, "status: withdrawn by its issuer" in said) == (3, True), said
