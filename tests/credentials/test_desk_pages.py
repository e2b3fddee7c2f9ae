"""The authority's desk in the console: admit, suspend, recognise; of two who decide one wins."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "people"))

from surfing import Browser, hidden

from faifo.dataplane.server import make_server
from people import eventually, holds


@pytest.fixture
async def desk(town: Any) -> AsyncIterator[tuple[Any, Browser]]:
    authority = await town.node("authority", authority=True)
    server = make_server(authority.manage_app, host="127.0.0.1", port=0)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    root = f"http://127.0.0.1:{server.address[1]}"
    browser = Browser(root)
    assert (await browser.ask(authority.page_link(root))).status == 303
    yield authority, browser
    await browser.close()
    server.stop()
    await task


async def test_an_authority_decides_on_pages(desk: Any, town: Any, believe: Any):
    authority, browser = desk
    member = await town.node("member", trusts=[believe(authority)])
    await member.client.request_credentials(authority.did, ("MembershipCredential",))
    assert "1 application waits" in (await browser.ask("/console/partners?lang=en")).text
    place = f"/console/authority/{member.did.replace('%', '%25')}"
    page = (await browser.ask(place)).text
    assert "waits for a decision" in page
    admit = {**hidden(page), "do": "admit", "name": "<b>Tây Đô</b>"}
    bent = {**admit, "claims": "no pair"}
    wrong = await browser.post(place, bent, Origin=browser.root)
    assert (wrong.status, "NAME=VALUE" in wrong.text, "no pair" in wrong.text) == (422, True, True)
    assert (await browser.post(place, admit, Origin=browser.root)).status == 303
    # Somebody else had the same page open.
    late = await browser.post(place, {**admit, "do": "refuse"}, Origin=browser.root)
    assert (late.status, "somebody else has decided" in late.text) == (409, True)

    async def held() -> None:
        assert await holds(member) == ["MembershipCredential"]

    await eventually(held, within=5)
    page = (await browser.ask(place)).text
    assert "&lt;b&gt;Tây Đô&lt;/b&gt;" in page
    revoke = {**hidden(page), "do": "revoke", "reason": "it left"}
    unsure = await browser.post(place, revoke, Origin=browser.root)
    assert (unsure.status, "it left" in unsure.text) == (422, True)
    sure = {**revoke, "sure": "yes"}
    assert (await browser.post(place, sure, Origin=browser.root)).status == 303
    (known,) = await authority.client.members()
    assert (known.status, {one.status for one in known.credentials}) == ("revoked", {"revoked"})

    page = (await browser.ask("/console/authority")).text
    order = {**hidden(page), "did": "did:web:osaka.example", "types": "MembershipCredential"}
    none = await browser.post("/console/authority", order, Origin=browser.root)
    assert (none.status, "did:web:osaka.example" in none.text) == (422, True)
    order["until"] = "2099-12-31"
    assert (await browser.post("/console/authority", order, Origin=browser.root)).status == 303
    (other,) = await authority.client.recognitions()
    assert (other.did, other.until.year) == ("did:web:osaka.example", 2099)
    for lang in ("en", "vi", "ko"):
        for one in ("/console/authority", place):
            assert (await browser.ask(f"{one}?lang={lang}")).status == 200
