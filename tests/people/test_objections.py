"""From a decision about a person to its reversal, as both sides and the person see it."""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from bank import PASSPHRASE

from faifo.ai.oversight import HumanDecision, verify_together
from faifo.errors import NotProvenError
from faifo.trust.did_document import ASSERTION_METHOD, read_did_document


async def wait_until(check: Any, seconds: float = 20) -> Any:
    async with asyncio.timeout(seconds):
        while not (found := await check()):
            await asyncio.sleep(0.05)
    return found


async def journal(node: Any, event: str) -> list[dict[str, Any]]:
    rows = await asyncio.to_thread(node.records, "journal")
    return [row for row in rows if row.event == event]


async def test_an_upheld_objection_reverses_the_decision_and_the_partner_is_told(story: Any):
    url = await story.decided()
    await story.with_approver()
    assert (await story.object(url)).status == 303
    waiting = json.loads(await story.good("review", "list", "--json"))
    assert [one["kind"] for one in waiting] == ["objection"]
    name = waiting[0]["id"]
    shown = await story.good("review", "show", name)
    for text in ("900 is my rent", "income: 900", "approved: false", "credit"):
        assert text in shown
    signed = story.folder / "signed.json"
    said = await story.cli(
        "review", "decide", name, "--person", "Lê Thị An", "--uphold", "--reason",
        "the rent was read as income", "--passphrase-file", story.secret, "--out", signed,
    )  # fmt: skip
    assert said.code == 0, said
    page = (await story.ask(url)).text
    assert "The decision was reversed" in page
    assert "the rent was read as income" in page
    assert "<form" not in page
    # A page that was open since before: it hears the same, and nothing is booked.
    for text in ("and once more", "  "):
        late = await story.object(url, text=text)
        assert late.status == 409
        assert "The decision was reversed" in late.text
        assert "<form" not in late.text
        assert 'role="alert"' not in late.text
    (listed,) = json.loads(await story.good("review", "list", "--all", "--json"))
    # A viewer may list them, and does not read what persons wrote.
    assert "the rent was read as income" not in str(listed)

    await wait_until(lambda: journal(story.bank, "reversal-told"))
    (came,) = await journal(story.provider, "reversal-came")
    assert came.peer == story.bank.did
    assert came.dataset == "credit"
    told = json.dumps(came.detail, default=str)
    for private in ("rent", "income", "An"):
        assert private not in told
    await proven(story, signed.read_bytes(), shown)


async def proven(story: Any, signed: bytes, shown: str) -> None:
    """The person and the node have signed what was shown, and nobody else could have."""
    did = story.bank.did
    body = (await story.ask(f"{story.bank.public_url}/.well-known/did.json")).text.encode()
    document = read_did_document(body, did=did)

    def key_of(key_id: str) -> Any:
        return document.method(key_id, ASSERTION_METHOD)

    found: HumanDecision = verify_together(signed, key_of)
    assert (found.person.name, found.person.role) == ("Lê Thị An", "approver")
    assert found.outcome == "uphold"
    assert f"SHA-256 {found.shown_sha256}" in shown
    envelope = json.loads(signed)
    assert envelope["signatures"][0]["keyid"] == f"{did}#person-1"
    for left_out in (0, 1):
        less = {**envelope, "signatures": [envelope["signatures"][left_out]]}
        with pytest.raises(NotProvenError):
            verify_together(json.dumps(less).encode(), key_of)
    payload = json.loads(base64.b64decode(envelope["payload"]))
    payload["predicate"]["reason"] = "another"
    other = base64.b64encode(json.dumps(payload).encode()).decode()
    with pytest.raises(NotProvenError):
        verify_together(json.dumps({**envelope, "payload": other}).encode(), key_of)
    with pytest.raises(NotProvenError):  # a person's key is no key of the node
        document.method(f"{did}#person-1", ASSERTION_METHOD)


async def test_a_rejected_objection_leaves_the_decision_and_tells_nobody(story: Any):
    url = await story.decided()
    await story.with_approver()
    await story.object(url, kind="human-review")
    (waits,) = json.loads(await story.good("review", "list", "--json"))
    decide = (
        "review", "decide", waits["id"], "--person", "Lê Thị An", "--reject",
        "--reason", "it holds",
        "--passphrase-file", story.secret,
    )  # fmt: skip
    assert (await story.cli(*decide)).code == 0
    page = (await story.ask(url)).text
    assert "the decision stands" in page
    assert "it holds" in page
    assert "The decision was reversed" not in page
    assert "<form" in page  # the person may object once more
    again = await story.cli(*decide)
    assert again.code == 7
    assert "Lê Thị An has decided on it already" in again.err
    assert await journal(story.bank, "person-decision-reversed") == []


async def test_nobody_decides_in_somebody_elses_name(story: Any):
    url = await story.decided()
    await story.with_approver()
    wrong = story.folder / "wrong.pass"
    wrong.write_text("mùa xuân năm ấy có nắng\n")
    await story.good(
        "people", "add", "Clerk", "--role", "officer", "--passphrase-file", story.secret
    )
    await story.object(url)
    (waits,) = json.loads(await story.good("review", "list", "--json"))

    async def decide(person: str, secret: Any) -> Any:
        given = ("--uphold", "--reason", "r", "--passphrase-file", secret)
        return await story.cli("review", "decide", waits["id"], "--person", person, *given)

    other = await decide("Lê Thị An", wrong)
    unknown = await decide("Nobody", story.secret)
    assert other.code == unknown.code == 6
    assert other.err.splitlines()[-1] == unknown.err.splitlines()[-1]
    clerk = await decide("Clerk", story.secret)
    assert clerk.code == 3
    assert "approver" in clerk.err
    await decide("Lê Thị An", wrong)
    await decide("Lê Thị An", wrong)
    locked = await decide("Lê Thị An", story.secret)
    assert "three wrong passphrases in a row" in locked.err
    assert json.loads(await story.good("review", "list", "--json"))[0]["state"] == "open"
    for node in (story.bank, story.provider):
        assert PASSPHRASE not in node.log_tail()


async def test_what_is_shown_is_what_is_signed(story: Any):
    url = await story.decided()
    await story.with_approver()
    await story.object(url, text="one\nThe AI system: another")
    (waits,) = json.loads(await story.good("review", "list", "--json"))
    shown = json.loads(await story.good("review", "show", waits["id"], "--json"))
    # What somebody writes cannot pass for a line of the node's own.
    assert "\n    The AI system: another" in shown["shown"]
    order = {
        "person": "Lê Thị An", "passphrase": PASSPHRASE, "outcome": "uphold", "reason": "r",
        "shown_sha256": "0" * 64, "shown_lang": "en",
    }  # fmt: skip
    status, body = await story.bank.raw("POST", f"/reviews/{waits['id']}/decision", order)
    assert status == 409, body
    # In another language another text is shown, and it has another digest.
    order |= {"shown_sha256": shown["shown_sha256"], "shown_lang": "vi"}
    status, body = await story.bank.raw("POST", f"/reviews/{waits['id']}/decision", order)
    assert status == 409, body
    order["shown_lang"] = "en"
    status, body = await story.bank.raw("POST", f"/reviews/{waits['id']}/decision", order)
    assert status == 200, body
    # What was signed is shown for good, whatever is said of the decision since.
    await story.bank.stop()
    with closing(sqlite3.connect(story.bank.path / "faifo.db", isolation_level=None)) as book:
        book.execute("UPDATE person_decision SET record = json_set(record, '$.title', 'Other')")
    await story.bank.start()
    again = json.loads(await story.good("review", "show", waits["id"], "--json"))
    assert (again["shown"], again["shown_sha256"]) == (shown["shown"], shown["shown_sha256"])
    assert "Other" in await story.good("review", "show", waits["id"], "--lang", "vi")
