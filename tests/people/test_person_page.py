"""What a person sees who has only the address, and what somebody gets who guesses."""

from __future__ import annotations

import json
import re
from typing import Any

from bank import FIGURES
from msgspec.structs import replace

from faifo.node.custody.books import books_of
from faifo.node.custody.directory import Directory
from faifo.node.settings.model import read_settings
from faifo.store.contract import Transaction
from faifo.store.records import ReviewState

POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)


async def test_the_page_says_with_what_it_was_decided(story: Any):
    url = await story.decided()
    got = await story.ask(url, headers={"Accept-Language": "fr, vi;q=0.8, en;q=0.5"})
    assert got.status == 200
    assert '<html lang="vi">' in got.text
    english = (await story.ask(url + "?lang=en")).text
    for said in (
        "A decision about you", "refused", "Trần Văn Bình", "Credit &lt;score&gt;",
        "&lt;i&gt;help&lt;/i&gt;@model.example", "the credit bureau", "It has none.",
        "&lt;b&gt;bold&lt;/b&gt;", '<a href="https://model.example/notice" rel="noreferrer">',
    ):  # fmt: skip
        assert said in english, said
    for bad in ("<i>", "<b>", "<score>", "<script", "style=", "onclick"):
        assert bad not in english
    assert got.headers["Content-Security-Policy"] == POLICY
    assert got.headers["Referrer-Policy"] == "no-referrer"
    assert got.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in got.headers
    sheet = await story.ask(f"{story.bank.public_url}/p/style.css")
    assert sheet.status == 200
    assert len(sheet.text.encode()) <= 12_000
    assert "url(" not in sheet.text
    assert "@import" not in sheet.text


async def test_a_program_gets_the_link_also_of_a_call_with_nothing_in_it(story: Any):
    ran = await story.cli("call", story.provider.did, "credit", "--about-person", "--json")
    assert (ran.code, ran.out) == (0, "")
    called = json.loads(ran.err)
    assert called["status"] == 204
    page = await story.ask(called["person_url"])
    assert page.status == 200
    assert "Credit &lt;score&gt;" in page.text
    assert "The figures it was decided on" not in page.text


async def test_a_reference_that_is_wrong_looks_like_one_that_never_was(story: Any):
    url = await story.decided()
    root, _, reference = url.rpartition("/")
    near = reference[:-1] + ("A" if reference[-1] != "A" else "B")
    answers = set()
    for guess in (near, "x", "A" * 43, "%2e%2e%2fmanage", "%00", "ế", "A" * 2000, f"{reference}/x"):
        got = await story.ask(f"{root}/{guess}")
        answers.add((got.status, got.text, got.headers["Content-Security-Policy"]))
    assert len(answers) == 1
    assert answers.pop()[0] == 404
    posted = await story.object(f"{root}/{near}")
    assert posted.status == 404
    # The books hold no reference, and the log no address with one.
    assert reference not in story.bank.log_tail()
    database = b"".join(one.read_bytes() for one in story.bank.path.glob("faifo.db*"))
    assert reference.encode() not in database
    assert FIGURES.encode()[:12] in database.replace(b"\\", b"")


async def test_floods_and_bad_forms_are_refused(story: Any):
    url = await story.decided()
    empty = await story.object(url, text="   ")
    assert empty.status == 422
    assert 'role="alert"' in empty.text
    long = await story.object(url, text="ế" * 4001)
    assert long.status == 422
    huge = await story.ask(url, method="POST", data={"text": "x" * 70_000})
    assert huge.status == 413
    plain = await story.ask(url, method="POST", data=b"{}", headers={"Content-Type": "text/plain"})
    assert plain.status == 400
    first = await story.object(url)
    assert first.status == 303
    assert first.headers["Location"] == "?lang=en"
    second = await story.object(url, text="once more")
    assert second.status == 429  # by now also too many from this address
    waiting = json.loads(await story.good("review", "list", "--json"))
    assert len(waiting) == 1
    seen = [(await story.ask(url)).status for _ in range(40)]
    assert 429 in seen
    assert seen[0] == 200


async def test_one_objection_waits_at_a_time(story: Any):
    url = await story.decided()
    await story.object(url, text="the first")
    second = await story.object(url, text="<script>the second</script>")
    assert second.status == 429
    assert "waits for a person already" in second.text
    assert "&lt;script&gt;the second" in second.text  # nothing typed is lost


async def test_who_has_objected_ten_times_waits_for_nothing(story: Any):
    url = await story.decided()
    await story.object(url)
    await story.bank.stop()
    directory = Directory(story.bank.path)
    store = await books_of(directory, read_settings(directory.settings)).open()

    async def answered(tx: Transaction) -> None:
        (first,) = await tx.reviews.find()
        for number in range(10):
            name = first.id if number == 0 else f"{first.id}-{number}"
            one = await tx.reviews.get(name) or replace(first, id=name, revision=0)
            await tx.reviews.put(one, state=ReviewState.REJECTED)

    await store.run(answered)
    await store.close()
    await story.bank.start()
    page = (await story.ask(f"{url}?lang=en")).text
    assert "Nothing more can be sent from this page" in page
    assert "<form" not in page
    again = await story.object(url)
    assert again.status == 409
    assert "waits for a person already" not in again.text


async def test_anybody_may_report_trouble_with_an_ai_system(story: Any):
    page = f"{story.bank.public_url}/p/report"
    form = await story.ask(page + "?lang=vi")
    assert form.status == 200
    assert "Báo cáo sự cố" in form.text
    sent = {"system": "Credit <score>", "text": "it refuses everybody\x1b[2J", "lang": "vi"}
    kept = await story.ask(page, method="POST", data=sent)
    assert kept.status == 201
    (waits,) = json.loads(await story.good("review", "list", "--json"))
    assert waits["kind"] == "incident-report"
    assert waits["subject"].removeprefix("urn:faifo:report:") in kept.text
    shown = await story.good("review", "show", waits["id"])
    assert "Credit <score>" in shown
    assert "\x1b" not in shown
    lacking = await story.ask(page, method="POST", data={"system": "x", "text": ""})
    assert lacking.status == 422
    for _ in range(10):
        last = await story.ask(page, method="POST", data=sent)
    assert last.status == 429
    assert re.search(r"\d+", last.headers["Retry-After"])


async def test_the_pages_lead_nowhere_else(story: Any):
    root = story.bank.public_url
    for path in ("/p/", "/p/style.css/x", "/p/report/x", "/p/../manage/v1/node"):
        got = await story.ask(root + path)
        assert got.status == 404
    assert (await story.ask(f"{root}/p/report", method="DELETE")).status == 405
