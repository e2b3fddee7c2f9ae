"""The authority's desk in the console: admit, suspend, recognise; of two who decide one wins."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

sys.path += [str(Path(__file__).parents[1] / one) for one in ("people", "passports")]

import aiohttp
from exchange import FEW, signed_passport
from surfing import Browser, hidden

from faifo.dataplane.server import make_server
from people import admit, eventually, holds


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


async def test_an_authority_vouches_for_a_passport_on_pages(
    desk: Any, town: Any, believe: Any, tmp_path: Path
):
    authority, browser = desk
    member = await town.node("member", trusts=[believe(authority)])
    await admit(authority, member, name="Member")
    did = quote(member.did, safe="")
    assert f"/console/assure/{did}" in (await browser.ask(f"/console/authority/{did}")).text
    text = signed_passport(tmp_path, FEW, member.keys.passport()).read_bytes()
    place = f"/console/assure/{did}"

    async def upload(content: bytes | None) -> Any:
        data = aiohttp.FormData(quote_fields=False)
        data.add_field("mark", hidden((await browser.ask(place)).text)["mark"])
        if content is not None:
            data.add_field("file", content, filename="p.json")
        return await browser.post(place, data, Origin=browser.root)

    assert 'id="file-wrong"' in (await upload(None)).text
    where = (await upload(text)).headers["Location"]
    form = {**hidden((await browser.ask(where)).text), "pack": "asean"}
    judged = await browser.post(f"{where}&lang=en", form, Origin=browser.root)
    assert (judged.status, "No credential is issued" in judged.text) == (200, True)
    assert '<svg role="img"' in judged.text
    opinion = {**form, "outcome": "accept", "reason": "<i>seen</i>", "person": ""}
    nobody = await browser.post(where, opinion, Origin=browser.root)
    assert (nobody.status, "&lt;i&gt;seen&lt;/i&gt;" in nobody.text) == (422, True)
    opinion["person"] = "Lê Thị An"
    done = await browser.post(where, opinion, Origin=browser.root)
    assert (done.status, "A credential is issued: asean" in done.text) == (200, True), done.text
    (known,) = await authority.client.members()
    assert "AIAssuranceCredential" in {one.type for one in known.credentials}
    forged = (await upload(text.replace(b'"sig":"', b'"sig":"AAAA'))).headers["Location"]
    refused = await browser.post(forged, opinion, Origin=browser.root)
    assert "A credential is issued" not in refused.text
    large = (await upload(b"x" * (256 * 1024 + 1))).headers["Location"]
    assert (await browser.post(large, form, Origin=browser.root)).status == 413
