"""Maintenance, and two who meet by a link: on pages, at the command line, as others see it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
from surfing import Browser, hidden

from faifo.node.custody.trust_file import read_trust, write_trust


@pytest.fixture
async def browser(story: Any) -> AsyncIterator[Browser]:
    link = await story.page_link()
    made = Browser(link.partition("/console/")[0])
    await made.ask(link)
    yield made
    await made.close()


async def test_in_maintenance_others_come_again_and_own_people_go_on(story: Any, browser: Browser):
    page = (await browser.ask("/console/node")).text
    assert "token-1" in page
    begin = {**hidden(page), "do": "begin", "reason": "<new> disk", "until": "2099-01-01"}
    unsure = await browser.post("/console/node", begin, Origin=browser.root)
    assert (unsure.status, 'value="&lt;new&gt; disk"' in unsure.text) == (422, True)
    sure = {**begin, "sure": "yes"}
    assert (await browser.post("/console/node", sure, Origin=browser.root)).status == 303

    refused = await story.cli("catalog", story.bank.did, node=story.provider)
    assert refused.code != 0
    told = await story.ask(f"{story.bank.public_url}/catalog/request")
    assert (told.status, int(told.headers["Retry-After"]) > 10**6) == (503, True)
    assert "maintenance (<new> disk)" in json.loads(told.text)["detail"]
    for lang, said in (("en", "Closed for a while"), ("vi", "Tạm đóng"), ("ko", "닫혀")):
        for path in ("/p/report", "/p/guest/x", "/p/guest/x/data"):  # guests are people, too
            where = f"{story.bank.public_url}{path}"
            got = await story.ask(where, headers={"Accept-Language": lang})
            assert (got.status, said in got.text) == (503, True), got.text
            assert "&lt;new&gt; disk" in got.text
            assert got.headers["Content-Type"].startswith("text/html")
    open_to_all = ("/.well-known/did.json", "/.well-known/dspace-version", "/health/live")
    for path in (*open_to_all, "/p/style.css"):
        assert (await story.ask(story.bank.public_url + path)).status == 200, path
    assert (await browser.ask("/console")).status == 200
    troubles = (await story.bank.call("GET", "/status"))["troubles"]
    assert "maintenance" in {one["check"] for one in troubles}

    # It outlasts the process; what is asked of others goes on.
    await story.bank.stop()
    assert "In maintenance since" in await story.good("node", "maintenance")
    await story.bank.start()
    assert (await story.ask(f"{story.bank.public_url}/p/report")).status == 503
    assert "credit" in await story.good("catalog", story.provider.did)
    assert "Not in maintenance" in await story.good("node", "maintenance", "off")
    assert (await story.ask(f"{story.bank.public_url}/p/report")).status == 200
    await story.good("catalog", story.bank.did, node=story.provider)


async def test_two_meet_by_a_link_and_both_confirm(story: Any, browser: Browser):
    for node in (story.bank, story.provider):
        write_trust(node.path / "trust.toml", ())
    theirs = json.loads(await story.good("trust", "pair", "--json", node=story.provider))
    shown = (await story.ask(theirs["link"])).text
    assert theirs["fingerprint"] in shown
    assert re.fullmatch(r"([a-z2-7]{4} ){4}[a-z2-7]{4}", theirs["fingerprint"])
    place = f"/console/pair?link={quote(theirs['link'], safe='')}"
    page = (await browser.ask(place)).text
    assert theirs["fingerprint"] in page
    form = {**hidden(page), "name": "Hàn <Giang>", "economy": "kr"}
    assert (await browser.post(place, form, Origin=browser.root)).status == 422
    form["sure"] = "yes"
    other = {**form, "fingerprint": "aaaa aaaa aaaa aaaa aaaa"}
    wrong = await browser.post(place, other, Origin=browser.root)
    assert (wrong.status, "not those that were compared" in wrong.text) == (409, True)
    assert read_trust(story.bank.path / "trust.toml") == ()
    assert (await browser.post(place, form, Origin=browser.root)).status == 303
    (known,) = read_trust(story.bank.path / "trust.toml")
    assert (known.did, known.name, known.economy) == (story.provider.did, "Hàn <Giang>", "KR")
    # Only one side has confirmed: nothing is shared yet.
    assert (await story.cli("catalog", story.provider.did)).code != 0
    ours = json.loads(await story.good("trust", "pair", "--json"))
    met = await story.good("trust", "pair", ours["link"], node=story.provider)
    assert ours["fingerprint"] in met
    said = ("--fingerprint", ours["fingerprint"].upper())
    await story.good("trust", "pair", ours["link"], *said, node=story.provider)
    assert "credit" in await story.good("catalog", story.provider.did)
    again = await browser.post(place, form, Origin=browser.root)
    assert again.status == 409
    assert (await browser.ask("/console/pair?link=https://nobody.invalid/p/pair")).status == 200
    picture = (await browser.ask("/console/partners?lang=en")).text
    assert "&lt;Giang&gt;" in picture
    assert re.search(r"<desc[^>]*>[^<]* – KR: \d+; </desc>", picture)
