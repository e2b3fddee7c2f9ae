"""A table of answers in the console: uploaded, measured, described, signed, published beside."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from surfing import Browser, hidden

TEXTS = {"name": "Máy <b>chấm</b> điểm", "version": "1", "purpose": "cho vay"}


@pytest.fixture
async def browser(story: Any) -> AsyncIterator[Browser]:
    link = await story.page_link()
    made = Browser(link.partition("/console/")[0])
    await made.ask(link)
    yield made
    await made.close()


def loans() -> bytes:
    chance, rows = random.Random(1), ["sex,paid,approved,score"]
    for _ in range(600):
        score = chance.random()
        paid = int(chance.random() < 0.3 + 0.5 * score)
        rows.append(f"{chance.choice('mf')},{paid},{int(score > 0.5)},{score:.3f}")
    return "\n".join(rows).encode()


async def upload(browser: Browser, *files: tuple[str, bytes], page: str = "/console/assess") -> str:
    mark = hidden((await browser.ask(page)).text)["mark"]
    data = aiohttp.FormData(quote_fields=False)
    data.add_field("mark", mark)
    for name, content in files:
        data.add_field("file", content, filename=name, content_type="text/csv")
    sent = await browser.post(page, data, Origin=browser.root)
    assert sent.status == 303, sent.text
    return str(sent.headers["Location"])


async def measured(browser: Browser, place: str) -> str:
    """Wait until a table is measured, by what a page says that looks again; return the page."""
    async with asyncio.timeout(120):
        while 'data-again="1"' in (page := (await browser.ask(place)).text):
            await asyncio.sleep(0.1)
    return page


async def test_a_table_becomes_a_passport_beside_a_service(story: Any, browser: Browser):
    place = await upload(browser, ("vay & nợ.csv", loans()))
    page = (await browser.ask(f"{place}?lang=en")).text
    assert "Assess: vay &amp; nợ.csv" in page
    form = {**hidden(page), "do": "measure"}
    nothing = await browser.post(place, {**form, "threshold": "half"}, Origin=browser.root)
    assert (nothing.status, 'value="half"' in nothing.text) == (422, True)
    form |= {"label": "paid", "prediction": "approved", "score": "score", "group-1": "sex"}
    assert (await browser.post(place, form, Origin=browser.root)).status == 303
    page = await measured(browser, place)
    assert page.count('<svg role="img"') >= 2
    assert "sex=f" in page

    about = {**hidden(page), **TEXTS, "purpose": "", "kind": "system", "do": "look"}
    lacking = await browser.post(place, about, Origin=browser.root)
    assert lacking.status == 422
    assert "Máy &lt;b&gt;chấm&lt;/b&gt; điểm" in lacking.text  # nothing typed is lost
    about |= TEXTS
    draft = await browser.post(place, about, Origin=browser.root)
    assert (draft.status, "Nothing is signed yet" in draft.text) == (200, True)
    assert "Máy &lt;b&gt;chấm&lt;/b&gt; điểm" in draft.text
    unsure = await browser.post(place, {**about, "do": "sign"}, Origin=browser.root)
    assert unsure.status == 422
    sign = {**about, "do": "sign", "sure": "yes"}
    assert (await browser.post(place, sign, Origin=browser.root)).status == 303
    signed = await browser.ask(f"{place}?file=1")
    assert "attachment" in signed.headers["Content-Disposition"]
    name = place.rsplit("/", 1)[1]
    kept = await story.bank.call("GET", f"/uploads/{name}/assessment")
    assert (kept["state"], kept["signed"]) == ("done", signed.text)

    mark = hidden((await browser.ask("/console/data")).text)["mark"]
    beside = {"mark": mark, "address": story.backend, "passport": name}
    led = (await browser.post("/console/data", beside, Origin=browser.root)).headers["Location"]
    publish = {**hidden((await browser.ask(led)).text), "title": "Máy", "id": "may"}
    done = await browser.post(led, {**publish, "do": "publish"}, Origin=browser.root)
    assert done.status == 303, done.text
    own = (await browser.ask("/console/passports/may")).text
    assert own.count('<svg role="img"') >= 2
    assert "Máy &lt;b&gt;chấm&lt;/b&gt; điểm" in own
    told = await story.bank.call("GET", "/passports/own/may")
    assert (told["status"], told["passport"]) == ("valid", signed.text)
    catalog = json.loads(await story.good("catalog", story.bank.did, "--json", node=story.provider))
    (seen,) = [one for one in catalog["datasets"] if one["id"] == "may"]
    assert seen["passport_sha256"] == told["sha256"]
    assert (await browser.ask("/console/passports/nothing")).status == 404


async def test_what_cannot_be_measured_says_why(story: Any, browser: Browser):
    place = await upload(browser, ("a.csv", loans()))
    form = hidden((await browser.ask(place)).text) | {"do": "measure"}
    lacking = await browser.post(place, form, Origin=browser.root)
    assert (lacking.status, 'id="label-wrong"' in lacking.text) == (422, True)
    wrong = {**form, "label": "paid", "prediction": "nowhere"}
    assert (await browser.post(place, wrong, Origin=browser.root)).status == 303
    page = await measured(browser, f"{place}?lang=vi")
    assert ('role="alert"' in page, "nowhere" in page) == (True, True)
    name = place.rsplit("/", 1)[1]
    refused = await story.bank.raw("POST", f"/uploads/{name}/passport", {"about": TEXTS})
    assert refused[0] == 404
    # A table that is measured is bounded, and there is one at a time.
    big = await upload(browser, ("b.csv", loans() * 3))
    begun = f"/uploads/{big.rsplit('/', 1)[1]}/assessment"
    order = {"label": "paid", "prediction": "approved"}
    assert (await story.bank.call("POST", begun, order))["state"] == "running"
    status, told = await story.bank.raw("POST", begun, order)
    assert (status, "measured" in json.loads(told)["detail"]) == (409, True)
    # The node ends meanwhile: nothing of it is left but the upload.
    await story.bank.stop()
    await story.bank.start()
    assert (await story.bank.call("GET", begun))["state"] in {"none", "done"}


async def test_a_folder_is_published_under_the_same_terms(story: Any, browser: Browser):
    files = (("gạo/a.csv", b"a,b\n1,2\n"), ("gạo/2026/b.csv", b"a,b\n3,4\n"))
    place = await upload(browser, *files, page="/console/data")
    draft = (await browser.ask(f"{place}&lang=en")).text
    assert "2 files" in draft
    assert "gạo/2026/b.csv" in draft
    form = {**hidden(draft), "purposes": "research", "do": "publish"}
    assert (await browser.post(place, form, Origin=browser.root)).status == 303
    for name, _ in files:
        made = await story.bank.call("GET", f"/datasets/{name}")
        assert (made["title"], made["withdrawn"]) == (name, None)
        assert "research" in json.dumps(made["policy"])
    # The same again: what is there stays as it is.
    again = await upload(browser, *files, page="/console/data")
    form = {**hidden((await browser.ask(again)).text), "do": "publish"}
    assert (await browser.post(again, form, Origin=browser.root)).status == 303
    assert (await story.bank.call("GET", "/datasets/gạo/a.csv"))["version"] == 1
    mark = hidden((await browser.ask("/console/data")).text)["mark"]
    for names in (["x/../../y.csv"], ["x/.hidden/y.csv"], [f"{n}.csv" for n in range(201)]):
        data = aiohttp.FormData(quote_fields=False)
        data.add_field("mark", mark)
        for name in names:
            data.add_field("file", b"a,b\n1,2\n", filename=name)
        refused = await browser.post("/console/data", data, Origin=browser.root)
        assert refused.status in {400, 413}, names
    kept = {one.parent.name for one in (story.bank.path / "uploads").rglob("y.csv")}
    assert kept == set()


async def test_backups_and_languages_are_pages(story: Any, browser: Browser):
    page = (await browser.ask("/console/backup?lang=en")).text
    assert "No backup was made yet." in page
    form = {**hidden(page), "do": "make"}
    assert (await browser.post("/console/backup", form, Origin=browser.root)).status == 303
    (made,) = (await story.bank.call("GET", "/backups"))["items"]
    assert made["there"]
    assert made["target"] in (await browser.ask("/console/backup")).text
    copy = story.folder / "copy"
    await story.cli("restore", made["target"], node=SimpleNamespace(path=copy))
    assert (copy / "faifo.toml").read_text() == (story.bank.path / "faifo.toml").read_text()
    shown = (await browser.ask("/console/languages?lang=en")).text
    languages = (await story.bank.call("GET", "/languages"))["items"]
    assert {one["code"]: one["read"] for one in languages} == {"en": True, "vi": False, "ko": False}
    assert shown.count("not yet") == 2
    assert "thỏa thuận" in shown
