"""The console over books with more rows than a page has: what is cut says so, and is reached."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from bank import Story
from surfing import Browser

from faifo import clock, ids
from faifo.machines.role import Role
from faifo.node.custody.books import books_of
from faifo.node.custody.directory import Directory
from faifo.node.settings.model import read_settings
from faifo.store.contract import Transaction
from faifo.store.records import (
    Agreement,
    Dataset,
    Due,
    Invitation,
    JournalEntry,
    PersonDecision,
    SourceKind,
    StoredPassport,
    StoredSource,
)

READERS, DAYS, OTHERS = 520, 40, 1001
PARTNER = "did:web:reader.example"


async def fill(tx: Transaction) -> None:
    now = clock.now()
    source = StoredSource(kind=SourceKind.HTTP, location="http://h")
    given = {"policy": {}, "source": source, "media_type": "", "published": now}
    passport = StoredPassport(envelope="e", sha256="0" * 64)
    for number in range(OTHERS):
        name = f"x{number:04}"
        await tx.datasets.put(Dataset(id=name, title=name, offer_id=f"urn:{name}", **given))
    about: dict[str, Any] = {**given, "title": "Rice", "passport": passport}
    await tx.datasets.put(Dataset(id="a/rice", offer_id="urn:rice", **about))
    read = [
        JournalEntry(
            event="access-served",
            at=now - timedelta(days=number % DAYS),
            agreement=f"a{number}",
            peer=f"did:web:r{number}.example",
            dataset="d",
        )
        for number in range(READERS)
    ]
    await tx.accesses.count(read)
    for number in range(101):
        who = {"id": ids.new_urn(now), "digest": str(number), "until": now + timedelta(days=1)}
        about = {"dataset": "d" if number else "a/rice", "note": f"for {number}"}
        await tx.invitations.put(Invitation(**who, **about, created=now))
    for number in range(51):
        book: dict[str, Any] = {"provider": "did:web:us.example", "consumer": PARTNER}
        book |= {"document": {}, "dataset": "a/rice", "role": Role.PROVIDER, "created": now}
        await tx.agreements.put(Agreement(id=f"urn:a:{number:02}", active=True, **book))
        said = {"provider": PARTNER, "provider_name": "", "dataset": "d", "title": "Loan"}
        more: dict[str, Any] = {"agreement": "a", "transfer": None, "purpose": "", "terms": {}}
        more |= {"figures": "", "answer": "", "outcome": "refused", "decided_by": "An"}
        when: dict[str, Any] = {"id": ids.new_urn(now), "at": now, "expires": None}
        await tx.person_decisions.put(
            PersonDecision(reference=str(number), **when, **said, **more)
        )  # fmt: skip
    for number in range(OTHERS):
        of: dict[str, Any] = {"agreement": "a", "role": Role.PROVIDER, "dataset": "d"}
        of |= {"kind": "duty", "peer": PARTNER, "action": "delete", "opened": now}
        done = now if number else None
        due = Due(id=f"a#{number:04}", number=f"{number:04}", done=done, due=now, **of)
        await tx.dues.put(due)


@pytest.fixture
async def full(make_node: Any, tmp_path: Any) -> AsyncIterator[tuple[Story, Browser]]:
    node = make_node("full")
    directory = Directory(node.path)
    store = await books_of(directory, read_settings(directory.settings)).open()
    await store.run(fill)
    await store.close()
    node.trust(PARTNER)
    await node.start()
    story = Story(node, node, tmp_path, "")
    link = await story.page_link()
    browser = Browser(link.partition("/console/")[0])
    assert (await browser.ask(link)).status == 303
    yield story, browser
    await browser.close()
    await story.close()


async def test_more_rows_than_a_page_has(full: tuple[Story, Browser]):
    story, browser = full

    async def page(path: str) -> str:
        shown = await browser.ask(f"/console{path}")
        assert shown.status == 200, shown.text
        return shown.text

    month = (clock.now() - timedelta(days=DAYS)).date().isoformat()
    reports = await page(f"/reports?lang=en&by=partner&since={month}")
    assert "The first 500 rows are shown" in reports
    assert clock.now().date().isoformat() in reports.partition("</desc>")[0]
    whole = (await browser.ask(f"/console/reports?by=partner&since={month}&as=csv")).text
    assert whole.startswith("\ufeffpartner,")  # else a spreadsheet reads Vietnamese as Latin-1
    assert len(list(csv.reader(io.StringIO(whole)))) == 1 + READERS

    today = await page("?lang=en")
    assert "<b>50+</b> decisions about persons today" in today

    ai = await page("/ai")
    assert "/console/passports/a/rice" in ai

    rice = await page("/data/a/rice")
    assert "for 0" in rice
    (more,) = re.findall(r'href="(/console/exchanges\?[^"]*dataset=[^"]*)"', rice)
    older = await page(html.unescape(more).removeprefix("/console"))
    assert older.count("<tr><td>") == 1
    assert "Only of" in older
    theirs = await page(f"/partners/{PARTNER}")
    (more,) = re.findall(r'href="(/console/exchanges\?consumer=[^"]*)"', theirs)
    assert (await page(html.unescape(more).removeprefix("/console"))).count("<tr><td>") == 1

    rules = await page("/rules")
    assert "a#0000" in rules
    dues = json.loads(await story.good("policy", "due", "--json"))
    assert [one["id"] for one in dues if one["done"] is None] == ["a#0000"]
    assert len(dues) == OTHERS
