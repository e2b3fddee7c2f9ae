"""A partner's AI passport in the console: judged, and shown with its pictures and tables."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from urllib.parse import quote

sys.path.append(str(Path(__file__).parents[1] / "people"))

from exchange import FAIR, Exchange
from surfing import Browser, hidden


async def test_a_passport_is_shown_with_its_pictures(exchange: Exchange) -> None:
    assert (await exchange.publish("fair", exchange.passport(FAIR))).code == 0
    made = await exchange.cli("review", "page", "--json", "--dir", exchange.consumer.path)
    link = json.loads(made.out)["url"]
    browser = Browser(link.partition("/console/")[0])
    try:
        assert (await browser.ask(link)).status == 303
        did = quote(exchange.provider.did, safe="")
        offer = f"/console/offer?node={did}&dataset=fair&lang=vi"
        form = hidden((await browser.ask(offer)).text)
        sent = {"mark": form["mark"], "do": "passport", "pack": "asean"}
        page = await browser.post(offer, sent, Origin=browser.root)
        assert (page.status, page.text.count("<svg") >= 1) == (200, True)
        assert '<html lang="vi">' in page.text
        assert page.text.count("<html") == 1  # in the console's own frame, under its own policy
        assert "style-src 'self'" in page.headers["Content-Security-Policy"]
        (kept,) = (await exchange.consumer.call("GET", "/passports/decisions"))["items"]
        assert kept["dataset"] == "fair"
        wrong = await browser.post(offer, {**sent, "pack": "nothing"}, Origin=browser.root)
        assert (wrong.status >= 400, 'value="nothing"' in wrong.text) == (True, True)
    finally:
        await browser.close()
