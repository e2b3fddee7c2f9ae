"""Receipts in the console: those of an exchange as files, one checked, and all the evidence."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from surfing import Browser, hidden
from test_console_work import logged_in

from faifo.ledger.bundle import read_bundle


@pytest.fixture
async def browser(story: Any) -> AsyncIterator[Browser]:
    made = Browser((await story.page_link()).partition("/console/")[0])
    yield made
    await made.close()


async def checked(browser: Browser, file: bytes = b"", name: str = "", **fields: str) -> Any:
    """Send the form of the page that checks; a browser sends the file's part last."""
    form = {**hidden((await browser.ask("/console/check")).text), **fields}
    data = aiohttp.FormData(quote_fields=False)
    for field in ("mark", "receipt", "opening", "key"):
        data.add_field(field, form.get(field, "").replace("\n", "\r\n"))
    data.add_field("file", io.BytesIO(file), filename=name, content_type="application/zip")
    place = "/console/check?lang=en" + ("&as=json" if fields.get("twin") else "")
    return await browser.post(place, data, Origin=browser.root)


async def test_receipts_of_an_exchange_are_shown_given_as_files_and_checked(
    story: Any, browser: Browser
):
    await logged_in(story, browser, "officer")
    await story.decided()
    (agreement,) = json.loads(await story.good("list", "agreements", "--json"))
    place = f"/console/receipts/{agreement['id']}"
    exchange = (await browser.ask(f"/console/exchanges/{agreement['id']}")).text
    assert f'href="{place.replace(":", "%3A")}"' in exchange
    page = (await browser.ask(f"{place}?lang=en")).text
    assert "an agreement" in page
    assert f"faifo receipts {agreement['id']}" in page
    twin = json.loads((await browser.ask(f"{place}?as=json")).text)["listReceipts"]["items"]
    assert {one["whose"] for one in twin} == {"ours", "theirs"}
    for lang, word in (("vi", "Biên nhận"), ("ko", "수령증")):
        assert word in (await browser.ask(f"{place}?lang={lang}")).text

    theirs = next(one for one in twin if one["whose"] == "theirs")
    links = [html.unescape(one) for one in re.findall(r'href="(\?by=[^"]*)"', page)]
    (link,) = [one for one in links if "theirs" in one and one.endswith("agreement.tlog-proof")]
    file = await browser.ask(f"{place}{link}")
    assert "attachment" in file.headers["Content-Disposition"]
    assert file.text == theirs["receipt"]
    assert (await browser.ask(f"{place}?file=elsewhere.tlog-proof")).status == 404
    assert (await browser.ask("/console/receipts/urn:x?file=evidence.zip")).status == 404

    # The link beside it fills the form; nobody types the partner's key, which is known here.
    form = f"/console/check?id={agreement['id']}&receipt=theirs-{theirs['place']}-agreement&lang=en"
    filled = html.unescape((await browser.ask(form)).text)
    assert theirs["receipt"].strip() in filled
    assert theirs["opening"] in filled
    given = {"receipt": theirs["receipt"], "opening": theirs["opening"]}
    good = await checked(browser, **given)
    assert good.status == 200
    assert "The receipt: proven" in good.text
    assert agreement["id"] in good.text
    record = json.loads((await checked(browser, **given, twin="yes")).text)["checked"]
    assert [(one["proven"], one["kind"]) for one in record] == [(True, "agreement")]

    # What was accepted above is refused with one byte of it changed, and the page says why.
    index = f"index {theirs['place']}\n"
    bad = await checked(browser, receipt=theirs["receipt"].replace(index, "index 999999\n"))
    assert bad.status == 200
    assert "The receipt: NOT proven" in bad.text
    assert "999999" in bad.text
    other = await checked(browser, theirs["receipt"].encode(), "<b>.tlog-proof", key="nothing")
    assert (other.status, "A key cannot be read." in other.text) == (422, True)
    nothing = await checked(browser)
    assert (nothing.status, 'aria-invalid="true"' in nothing.text) == (422, True)
    large = await checked(browser, b"x" * (4 * 1024 * 1024 + 1), "large.zip")
    assert large.status == 413


async def test_the_evidence_is_given_as_a_file_that_the_form_proves(story: Any, browser: Browser):
    await logged_in(story, browser, "approver")
    await story.decided()
    (agreement,) = json.loads(await story.good("list", "agreements", "--json"))
    where = f"{browser.root}/console/receipts/{agreement['id']}?file=evidence.zip"
    async with browser._session.get(where) as answer:
        assert (answer.status, answer.content_type) == (200, "application/zip")
        content = await answer.read()
    assert read_bundle(content).about.agreement == agreement["id"]
    good = await checked(browser, content, "ours.zip")
    assert "ours.zip: proven" in good.text
    broken = await checked(browser, content[:-30], "ours.zip")
    assert "ours.zip: NOT proven" in broken.text


async def test_a_form_from_elsewhere_checks_nothing(story: Any, browser: Browser):
    await logged_in(story, browser, "officer")
    data = aiohttp.FormData({"mark": "", "receipt": "x", "opening": "", "key": ""})
    data.add_field("file", b"x", filename="x.zip")
    refused = await browser.post("/console/check", data, Origin=browser.root)
    assert refused.status == 403
