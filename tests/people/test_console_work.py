"""An officer's work in the console, by its forms: publish, replace, ask, stop; and who may not."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from bank import PASSPHRASE
from surfing import Browser, hidden

from faifo.node.membership.authority import write_programme
from faifo.skills.demand import as_csv, published


@pytest.fixture
async def browser(story: Any) -> AsyncIterator[Browser]:
    made = Browser((await story.page_link()).partition("/console/")[0])
    yield made
    await made.close()


async def logged_in(story: Any, browser: Browser, role: str, name: str = "Nguyễn Bình") -> None:
    secret = ("--passphrase-file", story.secret)
    await story.good("people", "add", name, "--role", role, *secret)
    form = {"person": name, "passphrase": PASSPHRASE}
    done = await browser.post("/console/login", form, Origin=browser.root)
    assert done.status == 303, done.text


async def upload(browser: Browser, name: str, content: bytes, page: str = "/console/data") -> str:
    """Upload a file by the form of a page; return where that leads."""
    form = hidden((await browser.ask(page)).text)
    data = aiohttp.FormData(quote_fields=False)
    for field in ("mark", "replace"):
        data.add_field(field, form.get(field, ""))
    data.add_field("file", content, filename=name, content_type="text/csv")
    done = await browser.post("/console/data", data, Origin=browser.root)
    assert done.status == 303, done.text
    return str(done.headers["Location"])


async def test_an_officer_publishes_replaces_and_ends(story: Any, browser: Browser):
    await logged_in(story, browser, "officer")
    place = await upload(browser, "giá gạo.csv", b"province,price\nAn Giang,7.1\n")
    draft = (await browser.ask(place)).text
    assert "giá gạo.csv" in draft
    form = {**hidden(draft), "title": "", "description": "<b>Giá</b>", "until": "tomorrow"}
    empty = await browser.post(place, {**form, "do": "publish"}, Origin=browser.root)
    assert empty.status == 422
    assert 'aria-invalid="true"' in empty.text
    assert "&lt;b&gt;Giá&lt;/b&gt;" in empty.text  # nothing typed is lost
    assert 'value="tomorrow"' in empty.text
    form |= {"title": "Giá gạo", "id": "gia-gao", "until": "2099-12-31", "recipients": "Nobody"}
    odd = await browser.post(place, {**form, "do": "publish"}, Origin=browser.root)
    assert (odd.status, "Nobody" in odd.text, "Giá gạo" in odd.text) == (400, True, True)
    form |= {"recipients": "", "economies": "KR", "keywords": "gạo, giá"}
    look = await browser.post(place, {**form, "do": "look"}, Origin=browser.root)
    shown = await browser.ask(look.headers["Location"])
    row = re.search(r"<tr><td>n\d.*?</tr>", shown.text, re.S)
    assert row, shown.text
    assert "state warn" in row[0]
    assert 'value="Giá gạo"' in shown.text
    form |= {"economies": "", "purposes": "research"}
    done = await browser.post(place, {**form, "do": "publish"}, Origin=browser.root)
    assert (done.status, done.headers["Location"]) == (303, "/console/data/gia-gao")
    made = await story.bank.call("GET", "/datasets/gia-gao")
    assert (made["title"], made["keywords"], made["version"]) == ("Giá gạo", ["gạo", "giá"], 1)
    seen = json.loads(await story.good("catalog", story.bank.did, "--json", node=story.provider))
    assert "gia-gao" in json.dumps(seen)

    # Two replace it at the same time: the second one is told, and wins nothing.
    drafts = [
        await upload(browser, "new.csv", b"a\n%d\n" % number, "/console/data/gia-gao")
        for number in (1, 2)
    ]
    forms = [hidden((await browser.ask(one)).text) for one in drafts]
    for number, status in ((0, 303), (1, 409)):
        sent = {**forms[number], "title": f"Giá {number}", "until": "2099-12-31", "do": "publish"}
        done = await browser.post(drafts[number], sent, Origin=browser.root)
        assert done.status == status, done.text
    assert (await story.bank.call("GET", "/datasets/gia-gao"))["title"] == "Giá 0"

    page = (await browser.ask("/console/data/gia-gao")).text
    end = {**hidden(page), "do": "end"}
    assert (await browser.post("/console/data/gia-gao", end, Origin=browser.root)).status == 422
    end["sure"] = "yes"
    assert (await browser.post("/console/data/gia-gao", end, Origin=browser.root)).status == 303
    assert (await browser.post("/console/data/gia-gao", end, Origin=browser.root)).status == 404
    assert (await story.bank.call("GET", "/datasets/gia-gao"))["withdrawn"]


async def test_an_owner_lets_a_sample_be_seen_and_publishes_a_service(story: Any, browser: Browser):
    await logged_in(story, browser, "officer")
    place = await upload(browser, "a.csv", b"<month>,price\n2026-11,7.1\n2026-12,7.2\n")
    draft = (await browser.ask(f"{place}&lang=en")).text
    assert "&lt;month&gt;<br>" in draft
    assert "2 rows" in draft
    form = {**hidden(draft), "title": "Giá", "id": "gia", "do": "publish"}
    allowed = {**form, "columns": "yes", "sample": "yes", "do": "publish"}
    assert (await browser.post(place, allowed, Origin=browser.root)).status == 303
    (seen,) = [
        one
        for one in json.loads(
            await story.good("catalog", story.bank.did, "--json", node=story.provider)
        )["datasets"]
        if one["id"] == "gia"
    ]
    assert seen["properties"] == {
        "columns": "<month> (date), price (number)",
        "rows": 2,
        "sample": "2026-11, 7.1; 2026-12, 7.2",
    }
    # What is no longer allowed is gone with the next version.
    again = await upload(browser, "b.csv", b"month,price\n2027-01,8\n", "/console/data/gia")
    sent = {**hidden((await browser.ask(again)).text), "title": "Giá", "do": "publish"}
    assert (await browser.post(again, sent, Origin=browser.root)).status == 303
    assert (await story.bank.call("GET", "/datasets/gia"))["properties"] == {}

    page = hidden((await browser.ask("/console/data")).text)
    wrong = await browser.post(
        "/console/data", {**page, "address": "gopher://x"}, Origin=browser.root
    )
    assert (wrong.status, 'value="gopher://x"' in wrong.text) == (422, True)
    led = await browser.post(
        "/console/data", {**page, "address": story.backend}, Origin=browser.root
    )
    assert led.status == 303
    draft = led.headers["Location"]
    form = {**hidden((await browser.ask(draft)).text), "title": "Score", "do": "publish"}
    done = await browser.post(draft, form, Origin=browser.root)
    assert done.status == 303, done.text
    made = await story.bank.call("GET", "/datasets/score")
    assert (made["kind"], made["location"]) == ("http", story.backend)


async def test_what_partners_offer_is_narrowed_by_kind(story: Any, browser: Browser):
    path = story.folder / "a.csv"
    path.write_text("a,b\n1,2\n")
    licence = ("--licence", "CC-BY-4.0")
    await story.good("publish", path, "--id", "table", *licence, node=story.provider)
    await logged_in(story, browser, "viewer")
    page = (await browser.ask("/console/catalog?node=all&lang=en")).text
    assert "text/csv (1)" in page
    place = re.search(r'href="(/console/catalog[^"]*media=text%2Fcsv[^"]*)"', page)
    assert place
    narrowed = (await browser.ask(place[1].replace("&amp;", "&"))).text
    assert ("dataset=table" in narrowed, "dataset=credit" in narrowed) == (True, False)
    assert "all (2)" in narrowed


async def test_an_officer_asks_and_stops(story: Any, browser: Browser):
    await logged_in(story, browser, "officer")
    offer = f"/console/offer?node={story.provider.did.replace('%', '%25')}&dataset=credit"
    page = (await browser.ask(f"{offer}&ask=1")).text
    assert 'role="status"' in page
    done = await browser.post(offer, hidden(page), Origin=browser.root)
    assert done.status == 303, done.text
    (begun,) = json.loads(await story.good("list", "negotiations", "--json"))
    pid = begun["pid"]
    settled = await story.bank.call("GET", f"/negotiations/{pid}?wait=60&settled=1&revision=0")
    assert settled["state"] == "FINALIZED"
    place = f"/console/exchanges/{settled['agreement']}"
    page = (await browser.ask(place)).text
    assert "<details>" in page  # the decision unfolds
    stop = {**hidden(page), "do": "agreement-stop", "reason": "<i>no longer needed</i>"}
    assert (await browser.post(place, stop, Origin=browser.root)).status == 303
    after = (await browser.ask(place)).text
    assert "&lt;i&gt;no longer needed&lt;/i&gt;" in after
    assert "<i>" not in after
    again = await browser.post(place, stop, Origin=browser.root)
    assert again.status in {303, 409}
    partner = f"/console/partners/{story.provider.did.replace('%', '%25')}"
    form = {**hidden((await browser.ask(partner)).text), "do": "stop", "sure": "yes"}
    assert (await browser.post(partner, form, Origin=browser.root)).status == 303
    assert (await story.bank.call("GET", "/stops"))["items"][0]["kind"] in {"partner", "agreement"}


async def test_who_may_not_is_told_so(story: Any, browser: Browser):
    await story.object(await story.decided())
    (waits,) = json.loads(await story.good("review", "list", "--json"))
    await logged_in(story, browser, "viewer", "Xuân")
    for page in ("", "/catalog", "/data", "/exchanges", "/ai", "/partners", "/people"):
        assert (await browser.ask(f"/console{page}")).status == 200, page
    refused = await browser.ask(f"/console/reviews/{waits['id']}")
    assert (refused.status, "my rent" in refused.text) == (403, False)
    report = {"system": "score", "text": "my rent went up", "lang": "en"}
    url = f"{story.bank.public_url}/p/report"
    assert (await story.ask(url, method="POST", data=report)).status < 400
    (notice,) = (await story.bank.call("GET", "/notices"))["items"]
    assert "my rent" not in json.dumps(notice)
    read = await browser.ask(f"/console/notices/{notice['id']}")
    assert (read.status, "my rent" in read.text) == (403, False)
    mark = hidden((await browser.ask("/console/people")).text)["mark"]
    account = {
        "name": "Mallory",
        "role": "administrator",
        "passphrase": "x" * 15,
        "again": "x" * 15,
    }
    partner = f"/console/partners/{story.provider.did.replace('%', '%25')}"
    for place, form in (
        ("/console/people", account),
        ("/console/people", {"do": "remove", "name": "Xuân"}),
        (partner, {"do": "stop", "sure": "yes"}),
        (f"/console/reviews/{waits['id']}", {"outcome": "uphold", "reason": "x", "person": "Xuân",
                                             "passphrase": PASSPHRASE, "shown_sha256": "0" * 64}),
    ):  # fmt: skip
        got = await browser.post(place, {**form, "mark": mark}, Origin=browser.root)
        assert got.status == 403, (place, got.text)
    data = aiohttp.FormData(quote_fields=False)
    data.add_field("mark", mark)
    data.add_field("file", b"a\n1\n", filename="a.csv")
    assert (await browser.post("/console/data", data, Origin=browser.root)).status == 403
    assert not list((story.bank.path / "uploads").glob("*"))
    # A closed account closes its sessions.
    await story.good("people", "remove", "Xuân")
    assert (await browser.ask("/console")).status == 401


async def test_what_breaks_off_is_gone(story: Any, browser: Browser):
    await logged_in(story, browser, "officer")
    mark = hidden((await browser.ask("/console/data")).text)["mark"]
    host, port = browser.root.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    cookie = browser.cookie()
    body = (
        f'--B\r\nContent-Disposition: form-data; name="mark"\r\n\r\n{mark}\r\n--B\r\n'
        'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    )
    head = (
        f"POST /console/data HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {browser.root}\r\n"
        f"Cookie: {cookie}\r\nContent-Type: multipart/form-data; boundary=B\r\n"
        f"Content-Length: 1000000\r\n\r\n{body}"
    )
    writer.write(head.encode() + b"x" * 100_000)
    await writer.drain()
    uploads = story.bank.path / "uploads"
    async with asyncio.timeout(60):
        while not list(uploads.glob("*/.part")):
            await asyncio.sleep(0.02)
        writer.transport.abort()
        while list(uploads.glob("*")):
            await asyncio.sleep(0.02)
    del reader


async def test_a_session_cannot_be_fixed_and_a_form_not_forged(story: Any, browser: Browser):
    name = browser.cookie_name()
    given = {"Cookie": f"{name}=chosen-by-somebody-else.{'0' * 64}"}
    assert (await browser.ask("/console", headers=given)).status == 401
    await logged_in(story, browser, "officer")
    first = browser.cookie()
    assert "chosen" not in first
    form = {"person": "Nguyễn Bình", "passphrase": PASSPHRASE}
    assert (await browser.post("/console/login", form, Origin=browser.root)).status == 303
    assert browser.cookie() != first
    old = await story.ask(f"{browser.root}/console", headers={"Cookie": first})
    assert old.status == 401
    forged = {"do": "add", "mark": "0" * 64}
    assert (await browser.post("/console/people", forged, Origin=browser.root)).status == 403
    wrong = {**form, "passphrase": "another passphrase"}
    assert (await browser.post("/console/login", wrong, Origin=browser.root)).status == 401
    away = {**form, "next": "https://attacker.example/"}
    done = await browser.post("/console/login", away, Origin=browser.root)
    assert done.headers["Location"] == "/console"
    answer = await browser.ask("/console")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"


async def test_a_session_ends_with_what_opened_it(story: Any, browser: Browser):
    await logged_in(story, browser, "officer")
    assert (await browser.ask("/console")).status == 200
    await story.good("people", "remove", "Nguyễn Bình")
    secret = ("--passphrase-file", story.secret)
    await story.good("people", "add", "Nguyễn Bình", "--role", "administrator", *secret)
    assert (await browser.ask("/console")).status == 401, "of another account of that name"

    key = story.bank.path / "manage-keys" / "viewer" / "wall"
    key.parent.mkdir(parents=True)
    key.write_text("k" * 32)

    async def link() -> str:
        told = {"method": "POST", "headers": {"Authorization": f"Bearer {'k' * 32}"}}
        return str(
            json.loads((await story.ask(f"{browser.root}/manage/v1/page", **told)).text)["url"]
        )

    await asyncio.sleep(1.1)  # keys.MEMORY_SECONDS
    assert (await browser.ask(await link())).status == 303
    assert (await browser.ask("/console")).status == 200
    unused = await link()
    key.write_text("n" * 32)
    await asyncio.sleep(1.1)
    assert (await browser.ask("/console")).status == 401
    assert (await browser.ask(unused)).status == 401


async def test_keys_by_role(story: Any):
    folder = story.bank.path / "manage-keys"
    for role in ("viewer", "administrator", "auditr"):
        (folder / role).mkdir(parents=True, exist_ok=True)
        (folder / role / "k.key").write_text(f"{role}-" + "k" * 32)
    url = f"{story.bank.manage_url}/manage/v1"

    async def status(role: str, method: str, path: str, **sent: Any) -> int:
        headers = {"Authorization": f"Bearer {role}-{'k' * 32}"}
        return (await story.ask(f"{url}{path}", method=method, headers=headers, **sent)).status

    async with asyncio.timeout(60):
        while await status("viewer", "GET", "/node") == 401:
            await asyncio.sleep(0.1)
    person = {"name": "An", "role": "viewer", "passphrase": "x" * 15}
    assert await status("viewer", "POST", "/people", json=person) == 403
    assert await status("viewer", "GET", "/invitations") == 403  # who was invited wrote a name
    # Who objected is told why, and evidence holds what was decided about persons.
    assert await status("viewer", "GET", "/reviews/x") == 403
    assert await status("viewer", "GET", "/evidence/x") == 403
    assert await status("administrator", "GET", "/evidence/x") == 404
    assert await status("administrator", "GET", "/invitations") == 200
    assert await status("administrator", "POST", "/people", json=person) == 201
    assert await status("administrator", "POST", "/reviews/x/decision", json={}) == 403
    assert await status("auditr", "GET", "/node") == 401


LEVELS = """
economy = "VN"
framework = "Trade test"
codes = ["1", "2"]
here = "Bậc thợ"
version = "7"
issuer = "A ministry"
issued = 2026-01-01T00:00:00Z
source = "a decision"
licence = "CC BY 4.0"
[[levels]]
code = "1"
level = "Bậc 3"
name = { en = "skilled", vi = "lành nghề" }
reason = "§2 <of> the decision"
[[levels]]
code = "2"
reason = "nothing here is like it"
"""
COOK = {
    "name": "Nấu <b>ăn</b>", "description": "d", "criteria": "c",
    "alignment": [{"framework": "Trade test", "code": "1"}],
}  # fmt: skip
PROMISE = """
id = "schools-online"
title = { en = "All schools online", vi = "Mọi trường có mạng" }
source = "a report"
said = 2026-01-01
who = "a ministry"
status = "committed"
due = 2036-01-01
[indicator]
name = "schools"
baseline = 100
target = 200
series = [{ at = 2026-01-02, value = 100 }, { at = 2026-02-01, value = 150 }]
[[evidence]]
kind = "dataset"
ref = "nowhere"
at = 2026-01-02
"""


async def test_skills_demand_and_the_register(story: Any, browser: Browser, tmp_path: Path):
    centre, bank = story.provider, story.bank
    await centre.stop()
    settings = centre.path / "faifo.toml"
    settings.write_text(settings.read_text() + "\n[credentials]\nissuer = true\n")
    write_programme(centre.path, name="Centre", economy="KR")
    await centre.start()
    (bank.path / "levels").mkdir()
    (bank.path / "levels" / "trade.toml").write_text(LEVELS)
    trust = ("trust", "issuer", centre.did, "--type", "OpenBadgeCredential")
    await story.good(*trust)
    made = await centre.call("POST", "/skills/badges", {"achievement": COOK, "name": bank.did})
    await bank.call("POST", "/skills/held", {"badge": made["file"]})
    (bank.path / "demand").mkdir()
    counts = {("5120", "Huế", "2026-10", age): many
              for age, many in (("15-29", 62), ("30-64", 40), ("65+", 4))}  # fmt: skip
    (bank.path / "demand" / "vn.csv").write_text(as_csv(published(counts, "VN")))
    (tmp_path / "promise.toml").write_text(PROMISE)
    await story.good("publish", "--carries", "commitments", "--id", "policies")
    await story.good("warn", "subscribe", bank.did, "policies", node=centre)
    send = ("mission", "--entry", tmp_path / "promise.toml", "--send", "policies")
    await story.good(*send)
    await logged_in(story, browser, "officer")

    page = (await browser.ask("/console/skills?lang=vi")).text
    assert "Nấu &lt;b&gt;ăn&lt;/b&gt;" in page
    assert "được trình cho đối tác nào hỏi" in page
    assert "§2 &lt;of&gt; the decision" in page
    assert "Bậc 3 · lành nghề" in page
    form = {**hidden(page), "badge": made["file"], "economy": "vn", "holder": ""}
    done = await browser.post("/console/skills", form, Origin=browser.root)
    assert done.status == 201, done.text
    assert "Đã chứng minh: Nấu &lt;b&gt;ăn&lt;/b&gt;" in done.text
    assert "Ở VN là bậc nào" in done.text
    bad = {**form, "badge": made["file"].replace("vc+jwt,e", "vc+jwt,x")}
    refused = await browser.post("/console/skills", bad, Origin=browser.root)
    assert refused.status >= 400
    assert 'role="alert"' in refused.text
    assert (await browser.post("/console/skills", {**form, "badge": ""}, Origin=browser.root)
            ).status == 422  # fmt: skip

    page = (await browser.ask("/console/demand?lang=ko")).text
    assert re.search(r"<td>2026-10</td><td>60</td><td>60</td><td>2</td>", page)
    assert "<desc" in page
    assert "<td>숨김</td>" in page

    page = (await browser.ask("/console/register?lang=en")).text
    assert re.search(r"All schools online.*?50 percent of the way to the target", page, re.S)
    assert "not found in this node&#39;s books" in page
    assert "indicator.series[2026-02-01].value" in page
    assert (await browser.ask("/console/register?since=never")).status == 400
    twin = json.loads((await browser.ask("/console/register?as=json")).text)
    (mine,) = [one for one in twin["getRegister"]["items"] if one["progress"]["by"] == bank.did]
    assert (mine["progress"]["share"], mine["evidence"][0]["state"]) == (0.5, "missing")


async def test_demand_that_reveals_is_not_shown(story: Any, browser: Browser):
    (story.bank.path / "demand").mkdir()
    text = as_csv(published({("5120", "Huế", "2026-10", "15-29"): 62}, "VN"))
    (story.bank.path / "demand" / "vn.csv").write_text(text.replace(",60,", ",5,"))
    await logged_in(story, browser, "officer")
    page = await browser.ask("/console/demand?lang=en")
    assert "under its minimum" in page.text
    assert page.status >= 400


async def test_the_pages_bell_rings_for_a_session_alone_and_says_nothing(
    story: Any, browser: Browser
):
    assert (await browser.ask("/console/events")).status == 401
    await logged_in(story, browser, "viewer")
    headers = {"Cookie": browser.cookie()}
    async with aiohttp.ClientSession(headers=headers) as session, asyncio.timeout(60):
        async with session.get(f"{browser.root}/console/events") as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            assert await answer.content.readuntil(b"\n\n") == b"retry: 1000\n\n"
            await story.good("people", "add", "Xuân", "--role", "viewer",
                             "--passphrase-file", story.secret)  # fmt: skip
            rung = await answer.content.readuntil(b"\n\n")
            assert re.fullmatch(rb"id: \d+\ndata: new\n\n", rung)
            address = f"{story.bank.manage_url}/metrics"
            key = (story.bank.path / "manage.key").read_text().strip()
            open_one = await story.ask(address, headers={"Authorization": f"Bearer {key}"})
            assert "faifo_event_streams 1.0" in open_one.text
        away = {"Host": "attacker.example"}
        async with session.get(f"{browser.root}/console/events", headers=away) as answer:
            assert answer.status == 421
