"""An officer's pages about terms and laws: packs, terms clause by clause, what is due."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from surfing import Browser, hidden
from test_console_work import logged_in

from faifo.packs.terms import names, open_pack, with_packs
from faifo.phrases import LANGUAGES, say
from faifo.policy.plain import policy_of
from faifo.policy.plain_text import read_plain
from faifo.policy.spelling import for_the_wire

TRANSFER = "viet-nam-transfer"


@pytest.fixture
async def browser(story: Any) -> AsyncIterator[Browser]:
    made = Browser((await story.page_link()).partition("/console/")[0])
    yield made
    await made.close()


async def test_packs_are_shown_with_law_article_and_certainty(story: Any, browser: Browser):
    await logged_in(story, browser, "officer")
    room = (await browser.ask("/console/rules")).text
    assert all(f"/console/rules/packs/{name}" in room for name in names())
    assert "faifo policy due" in room
    for lang in LANGUAGES:
        page = (await browser.ask(f"/console/rules/packs/{TRANSFER}?lang={lang}")).text
        assert open_pack(TRANSFER).title[lang] in page
        assert "91/2025/QH15" in page
        assert say("cli.policy.certainty.B", lang, at="2026-11-28") in page
        assert say("cli.policy.status.declared", lang) in page
        assert f"faifo policy explain {TRANSFER}" in page
    twin = json.loads((await browser.ask(f"/console/rules/packs/{TRANSFER}?as=json")).text)
    assert twin["pack"]["dossier"] == "VN"
    assert (await browser.ask("/console/rules/packs/nothing")).status == 404


async def test_terms_are_built_tried_and_published(story: Any, browser: Browser):
    await logged_in(story, browser, "officer")
    place = "/console/rules/terms"
    form = {**hidden((await browser.ask(place)).text), "plain": "", "do": "add"}

    async def added(**fields: str) -> str:
        done = await browser.post(place, {**form, **fields}, Origin=browser.root)
        assert done.status == 303, done.text
        form["plain"] = parse_qs(urlsplit(done.headers["Location"]).query)["plain"][0]
        return str(done.headers["Location"])

    await added(kind="if", what="purpose", operator="isA", value="research")
    await added(kind="forbid", what="aiTrain")
    await added(kind="must", what="delete", value="P90D")
    there = await added(kind="if", what="economy", operator="", value="JP, KR")
    policy = policy_of(read_plain(form["plain"]))
    assert policy["permission"][0]["constraint"][1]["rightOperand"] == ["JP", "KR"]
    page = (await browser.ask(there)).text
    assert "state warn" in page  # the partner is of no economy that this node knows
    twin = json.loads((await browser.ask(f"{there}&as=json")).text)
    assert twin["tryTerms"]["policy"] == policy
    assert not twin["tryTerms"]["partners"][0]["visible"]

    for wrong in (
        {"kind": "if", "what": "colour", "value": "red"},
        {"kind": "if", "what": "purpose", "value": ""},
        {"kind": "must", "what": ""},
        {"do": "look", "plain": "x" * 2001},
    ):
        odd = await browser.post(place, {**form, **wrong}, Origin=browser.root)
        assert odd.status in (400, 422), wrong
        assert 'role="alert"' in odd.text

    chosen = {"do": "look", "plain": "forbid: [aiTrain]", "pack-research": "yes"}
    look = await browser.post(place, {**form, **chosen}, Origin=browser.root)
    page = (await browser.ask(look.headers["Location"])).text
    assert 'name="pack-research" value="yes" checked' in page
    data = aiohttp.FormData(quote_fields=False)
    for name, value in hidden(page).items():
        data.add_field(name, value.replace("&#39;", "'"))
    data.add_field("file", b"a\n1\n", filename="a.csv", content_type="text/csv")
    done = await browser.post("/console/data", data, Origin=browser.root)
    assert done.status == 303, done.text
    draft = done.headers["Location"]
    page = (await browser.ask(draft)).text
    assert 'name="pack-research" value="yes" checked' in page
    sent = {**hidden(page), "title": "A", "plain": "forbid: [aiTrain]", "pack-research": "yes"}
    sent |= {"citizens": "12", "do": "publish"}
    many = await browser.post(draft, {**sent, "citizens": "x"}, Origin=browser.root)
    assert many.status == 422
    done = await browser.post(draft, sent, Origin=browser.root)
    assert done.status == 303, done.text
    made = await story.bank.call("GET", "/datasets/a")
    wanted = with_packs(policy_of(read_plain("forbid: [aiTrain]")), (open_pack("research"),))
    told = for_the_wire(wanted), ["research"], 12
    assert (made["policy"], made["packs"], made["citizens"]) == told
    # Who replaces it by a form loses none of its terms.
    again = await browser.ask("/console/data/new?upload=x&file=b.csv&replace=a")
    assert "aiTrain" in again.text


async def test_what_is_due_is_shown_and_done(story: Any, browser: Browser):
    await logged_in(story, browser, "officer")
    file = story.bank.path.with_name(story.bank.path.name + "-data") / "d.csv"
    file.write_text("a\n")
    policy = policy_of(read_plain("must: [{do: delete, by: PT0S}]"))
    order = {"location": str(file), "title": "D", "policy": policy}
    dataset = (await story.bank.call("POST", "/datasets", order))["id"]
    asked = {"node": story.bank.did, "dataset": dataset, "accept_terms": ["delete"]}
    theirs = await story.provider.call("POST", "/negotiations", asked)
    await story.provider.settled(f"/negotiations/{theirs['pid']}", "FINALIZED")
    (ours,) = (await story.bank.call("GET", "/negotiations"))["items"]
    await story.bank.settled(f"/negotiations/{ours['pid']}", "FINALIZED")
    page = (await browser.ask("/console/rules")).text
    assert say("console.rules.overdue", "en") in page
    form = {**hidden(page.rpartition("</td></tr>")[0])}
    silent = await browser.post("/console/rules", {**form, "note": ""}, Origin=browser.root)
    assert silent.status == 422
    done = await browser.post("/console/rules", {**form, "note": "shredded"}, Origin=browser.root)
    assert done.status == 303, done.text
    page = (await browser.ask("/console/rules")).text
    assert "shredded" in page
    assert say("console.rules.overdue", "en") not in page


async def test_how_a_partners_request_parts_from_the_offer_is_shown(story: Any, browser: Browser):
    await logged_in(story, browser, "officer")
    file = story.bank.path.with_name(story.bank.path.name + "-data") / "e.csv"
    file.write_text("a\n")
    policy = policy_of(read_plain("allow: [{do: use, if: [{purpose: [research, education]}]}]"))
    order = {"location": str(file), "title": "E", "policy": policy}
    dataset = (await story.bank.call("POST", "/datasets", order))["id"]
    asked = {"node": story.bank.did, "dataset": dataset, "purpose": "research"}
    theirs = await story.provider.call("POST", "/negotiations", asked)
    await story.provider.settled(f"/negotiations/{theirs['pid']}", "FINALIZED")
    (ours,) = (await story.bank.call("GET", "/negotiations"))["items"]
    page = (await browser.ask(f"/console/exchanges/{ours['pid']}")).text
    told = page.partition(say("console.exchanges.difference", "en"))[2].partition("</p>")[0]
    assert "education" in told
    assert "research" in told
