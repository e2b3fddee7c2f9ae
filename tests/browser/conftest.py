"""A bank of Viet Nam that decides with a model of Korea; both are invented."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from faifo.node.custody.trust_file import TrustedParticipant, write_trust

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "people")]

from bank import Story  # noqa: E402


@pytest.fixture
async def story(make_node: Any, tmp_path: Path) -> AsyncIterator[Story]:
    async def score(_: web.Request) -> web.Response:
        return web.Response(text='{"approved": false}', content_type="application/json")

    app = web.Application()
    app.router.add_post("/score", score)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    backend = f"http://127.0.0.1:{runner.addresses[0][1]}"
    provider, bank = make_node("Viện Mô hình Hán Giang"), make_node("Ngân hàng Mùa Xuân")
    for one, other, name in ((provider, bank, "Ngân hàng"), (bank, provider, "Viện Hán Giang")):
        known = TrustedParticipant(did=other.did, name=name)
        write_trust(one.path / "trust.toml", (known,))
    await asyncio.gather(provider.start(), bank.start())
    made = Story(provider, bank, tmp_path, backend)
    await made.good(
        *("publish", backend, "--id", "credit", "--title", "Mô hình chấm điểm tín dụng"),
        *("--contact", "bao-ve-nguoi-dung@hangang.example"),
        *("--notice", "https://hangang.example/thong-bao", "--appeal", "viết thư cho Viện"),
        node=provider,
    )
    yield made
    await made.close()
    await runner.cleanup()
