"""The page of the node: who gets in, what it shows, and a decision by form."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from bank import PASSPHRASE
from surfing import Browser, hidden


@pytest.fixture
async def browser(story: Any) -> AsyncIterator[Browser]:
    link = json.loads(await story.good("review", "page", "--json"))["url"]
    made = Browser(link.partition("/console/")[0])
    made.link = link
    yield made
    await made.close()


async def test_a_link_opens_the_page_once(browser: Any):
    shut = await browser.ask("/console")
    assert shut.status == 401
    assert "localhost" not in shut.text.replace("faifo", "")  # nothing about the node
    opened = await browser.ask(browser.link)
    assert opened.status == 303
    cookie = opened.headers["Set-Cookie"]
    assert re.match(r"faifo-console-\d+=", cookie)
    assert {"HttpOnly", "SameSite=strict", "Path=/console"} <= set(cookie.split("; "))
    assert (await browser.ask("/console")).status == 200
    assert (await browser.ask(browser.link)).status == 401
    assert (await browser.ask("/console/login?token=")).status == 401
    assert (await browser.ask("/console/login?token=%ff")).status == 401


async def test_the_page_shows_the_day_in_both_languages(story: Any, browser: Any):
    url = await story.decided()
    await story.object(url)
    await browser.ask(browser.link)
    english = (await browser.ask("/console?lang=en")).text
    for said in ("Today", "An objection to a decision", "something waits for a person",
                 "Credit &lt;score&gt;", "Trần Văn Bình", "refused"):  # fmt: skip
        assert said in english, said
    vietnamese = (await browser.ask("/console?lang=vi")).text
    assert "Khiếu nại một quyết định" in vietnamese
    assert "có việc chờ một người xem xét" in vietnamese
    for page in (english, vietnamese):
        assert page.count("<script") == 1  # the console's own file
        assert "style=" not in page
    twin = await story.bank.call("GET", "/today")
    assert len(twin["waits"]) == len(twin["decisions"]) == 1
    theirs = await story.provider.call("GET", "/today")
    assert [(one["dataset"], one["served"]) for one in theirs["accesses"]] == [("credit", 1)]


async def test_a_person_decides_by_form(story: Any, browser: Any):
    url = await story.decided()
    await story.with_approver()
    await story.object(url, text="<script>alert(1)</script>")
    await browser.ask(browser.link)
    place = re.search(r'href="(/console/reviews/[^"?]+)', (await browser.ask("/console")).text)
    assert place
    page = (await browser.ask(place[1] + "?lang=vi")).text
    assert "&lt;script&gt;alert(1)" in page
    form = {
        **hidden(page), "outcome": "uphold", "reason": "đọc nhầm",
        "person": "Lê Thị An", "passphrase": "sai hẳn mật khẩu rồi",
    }  # fmt: skip
    elsewhere = await browser.post(place[1], form)
    assert elsewhere.status == 403
    other = await browser.post(place[1], form, Origin="http://attacker.example")
    assert other.status == 403
    wrong = await browser.post(place[1], form, Origin=browser.root)
    assert wrong.status == 401
    assert 'role="alert"' in wrong.text
    assert "đọc nhầm" in wrong.text  # nothing typed is lost, but the passphrase
    assert form["passphrase"] not in wrong.text
    form["passphrase"] = PASSPHRASE
    done = await browser.post(place[1], form, Origin=browser.root)
    assert done.status == 303
    assert "bạn đã đúng" in (await browser.ask(place[1] + "?lang=vi")).text
    assert "Quyết định đã bị hủy" in (await story.ask(url + "?lang=vi")).text


async def test_nothing_of_the_page_is_shown_without_a_session(story: Any, browser: Any):
    await story.object(await story.decided())
    (waits,) = json.loads(await story.good("review", "list", "--json"))
    for path in ("/console", f"/console/reviews/{waits['id']}", "/console/reviews/x"):
        for headers in ({}, {"Cookie": "faifo-console-1=x"}, {"Authorization": "Bearer x"}):
            got = await browser.ask(path, headers=headers)
            assert (got.status, "my rent" in got.text) == (401, False), path
    decide = f"/console/reviews/{waits['id']}"
    assert (await browser.post(decide, {}, Origin=browser.root)).status == 401
    # Nothing of it is on the public address.
    for path in ("/console", "/console/login", "/console/style.css"):
        assert (await story.ask(story.bank.public_url + path)).status == 404


async def test_another_name_leads_nowhere(browser: Any):
    await browser.ask(browser.link)
    for host in ("attacker.example", "127.0.0.1.attacker.example", "[::1", ""):
        got = await browser.ask("/console", headers={"Host": host})
        assert got.status in {400, 421}, host
    form = hidden((await browser.ask("/console")).text)
    assert (await browser.post("/console/logout", {}, Origin=browser.root)).status == 303
    assert (await browser.ask("/console")).status == 200  # without the page's mark nothing is done
    assert (await browser.post("/console/logout", form, Origin=browser.root)).status == 303
    assert (await browser.ask("/console")).status == 401


async def test_every_page_in_both_languages(story: Any, browser: Any):
    await story.decided()
    await browser.ask(browser.link)
    (agreement,) = json.loads(await story.good("list", "agreements", "--json"))
    did = story.provider.did.replace("%", "%25")
    pages = [
        "", "/catalog", "/catalog?node=all&q=credit", f"/offer?node={did}&dataset=credit",
        f"/offer?node={did}&dataset=credit&ask=1", "/data", "/data/new?upload=x",
        "/exchanges", "/exchanges?kind=transfers", "/exchanges?kind=negotiations",
        f"/exchanges/{agreement['id']}", "/ai", "/partners", f"/partners/{did}",
        f"/partners/{did}?test=1", "/reports", "/reports?look=1&by=day&by=partner", "/people",
        "/parts", "/node", "/pair", "/skills", "/demand", "/demand?economy=VN", "/register",
        "/search?q=credit", f"/search?q={agreement['id']}",
    ]  # fmt: skip
    for lang in ("en", "vi", "ko"):
        for page in pages:
            mark = "&" if "?" in page else "?"
            got = await browser.ask(f"/console{page}{mark}lang={lang}")
            assert got.status == 200, (page, got.text[:3000])
            assert f'<html lang="{lang}">' in got.text
            assert got.text.count("<script") == 1  # the console's own file
            assert re.findall(r"\sstyle=|https?://(?!\S*(127|localhost))", got.text) == []
            twin = await browser.ask(f"/console{page}{mark}as=json")
            assert (twin.status, twin.headers["Content-Type"]) == (200, "application/json"), page
            assert json.loads(twin.text) is not None
