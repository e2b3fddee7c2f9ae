"""What was decided is signed and kept; a person's decision counts, and cannot lift everything."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from exchange import FEW, PACK, Exchange, tampered

from faifo.ai.authorship import verify_author
from faifo.ai.decision.records import Decision
from faifo.ai.passport import dsse, statement
from faifo.trust.did_document import ASSERTION_METHOD, read_did_document

LENIENT = PACK.replace("at_least = 0.8", "at_least = 0.5")


async def high(exchange: Exchange) -> Any:
    """Publish a model at high risk, and ask a pack whose only limit it meets."""
    exchange.pack.write_text(LENIENT)
    passport = exchange.passport(FEW, severity=4)
    ran = await exchange.publish("loans", passport)
    assert ran.code == 0, ran.err
    return passport


def events(exchange: Exchange) -> list[Any]:
    entries = exchange.consumer.records("journal")
    return [entry for entry in entries if entry.event.startswith("passport-")]


async def test_a_decision_is_signed_kept_and_in_the_journal(exchange: Exchange) -> None:
    assert not list((exchange.consumer.path / "keys").glob("passport-*"))
    await high(exchange)
    judged = await exchange.check("loans")
    assert (judged["passes"], judged["hard"], judged["taken_by"]) == (False, False, "node")
    assert judged["decision"]["person_must_decide"]

    # Anybody proves it with the DID document, which names the key without a restart.
    document = (await exchange.fetch_did(exchange.consumer)).encode()
    keys = read_did_document(document, did=exchange.consumer.did)
    proven = verify_author(
        judged["signed"].encode(), lambda kid: keys.method(kid, ASSERTION_METHOD)
    )
    assert proven is not None
    assert (proven.kind, proven.author) == (statement.DECISION, exchange.consumer.did)
    payload = dsse.read(judged["signed"].encode()).payload
    decision, about = statement.read_statement(payload, statement.DECISION, Decision)
    assert [sha256 for _, sha256 in about] == [decision.passport_sha256]

    (kept,) = exchange.consumer.records("passport_judgement")
    assert (kept.id, kept.envelope) == (judged["id"], judged["signed"])
    (event,) = events(exchange)
    assert (event.event, event.decision, event.peer) == (
        "passport-judged", kept.id, exchange.provider.did,
    )  # fmt: skip
    assert event.detail["outcome"] == "accept"
    rules = dict.fromkeys(("test/impact", "test/person", "test/pack"), "accept")
    assert event.detail["rules"] == rules
    assert event.detail["key"] == "manage"


async def test_the_same_judgement_is_kept_once_and_outlives_a_restart(exchange: Exchange) -> None:
    await high(exchange)
    first, second = await exchange.check("loans"), await exchange.check("loans")
    assert first["id"] == second["id"]
    exchange.pack.write_text(PACK)
    third = await exchange.check("loans")
    assert third["decision"]["outcome"] == "need-more"
    await exchange.consumer.stop()
    await exchange.consumer.start()
    assert [one["id"] for one in await exchange.decisions()] == [third["id"], first["id"]]
    assert [one["id"] for one in await exchange.decisions(provider="did:web:nobody")] == []
    assert len(events(exchange)) == 3


async def test_a_dataset_without_a_passport_leaves_a_line_and_nothing_signed(
    exchange: Exchange,
) -> None:
    await exchange.provider.call("POST", "/datasets", {"location": exchange.backend, "id": "bare"})
    judged = await exchange.check("bare")
    assert (judged["passes"], judged["hard"], judged["signed"]) == (False, True, None)
    assert await exchange.decisions() == []
    assert [entry.event for entry in events(exchange)] == ["passport-judged"]
    query = {"node": exchange.provider.did, "dataset": "bare", "person": "A", "reason": "r"}
    status, answer = await exchange.consumer.raw(
        "POST", "/passports/reviews", query | {"outcome": "accept"}
    )
    assert (status, json.loads(answer)["code"]) == (404, "not-found")


async def test_a_person_decides_and_the_next_call_goes_through(exchange: Exchange) -> None:
    await high(exchange)
    called = await exchange.call("loans")
    assert (called.code, called.out, exchange.calls) == (3, "", 0)
    where = f"--pack {exchange.pack} --dir {exchange.consumer.path}"
    command = f"faifo ai review {exchange.provider.did} loans {where}"
    assert f"{command} --html review.html" in called.err
    assert f"{command} --outcome accept --person NAME --reason TEXT" in called.err

    page, signed = exchange.folder / "review.html", exchange.folder / "decision.json"
    verb = ("ai", "review", exchange.provider.did, "loans", "--pack", exchange.pack)
    looked = await exchange.cli(*verb, "--html", page, "--dir", exchange.consumer.path)
    assert (looked.code, "a person must decide" in looked.out) == (3, True), looked.err
    assert "Loan scorer" in page.read_text()
    person = ("--person", "Lê Thị An", "--outcome", "accept", "--reason", "every refusal is seen")
    decided = await exchange.cli(*verb, *person, "--out", signed, "--dir", exchange.consumer.path)
    assert decided.code == 0, decided.err
    assert "Decided by Lê Thị An at" in decided.out
    document = exchange.folder / "us.did.json"
    document.write_text(await exchange.fetch_did(exchange.consumer))
    proven = await exchange.cli("ai", "passport", "check", signed, "--did-document", document)
    assert (proven.code, "proven: signed by" in proven.out) == (0, True), proven.err

    called = await exchange.call("loans")
    assert (called.code, exchange.calls) == (0, 1), called.err
    assert "every refusal is seen" in called.err
    listed = await exchange.cli("ai", "decisions", "--dir", exchange.consumer.path, "--json")
    newest = json.loads(listed.out)[0]
    assert (newest["taken_by"], newest["person"], newest["key"]) == (
        "person", "Lê Thị An", "manage",
    )  # fmt: skip
    shown = await exchange.cli("ai", "decisions", newest["id"], "--dir", exchange.consumer.path)
    assert "[test/impact]" in shown.out


async def test_where_people_have_accounts_only_they_decide_and_sign(exchange: Exchange) -> None:
    await high(exchange)
    secret = exchange.folder / "an.pass"
    secret.write_text("mùa xuân năm ấy có mưa\n")
    at = ("--dir", exchange.consumer.path)
    given = ("--passphrase-file", secret)
    made = await exchange.cli("people", "add", "Lê Thị An", "--role", "approver", *given, *at)
    assert made.code == 0, made.err
    signed = exchange.folder / "decision.json"
    verb = ("ai", "review", exchange.provider.did, "loans", "--pack", exchange.pack, *at)
    said = ("--outcome", "accept", "--reason", "every refusal is seen", "--out", signed)
    other = await exchange.cli(*verb, "--person", "Somebody", *said, *given)
    assert other.code == 6, other
    query = {"node": exchange.provider.did, "dataset": "loans", "pack_toml": LENIENT}
    query |= {"person": "Lê Thị An", "outcome": "accept", "reason": "hurry"}
    status, _ = await exchange.consumer.raw("POST", "/passports/reviews", query)
    assert status == 401
    assert not (await exchange.check("loans"))["passes"]
    done = await exchange.cli(*verb, "--person", "Lê Thị An", *said, *given)
    assert done.code == 0, done.err
    assert (await exchange.check("loans"))["passes"]

    document = exchange.folder / "us.did.json"
    document.write_text(await exchange.fetch_did(exchange.consumer))
    check = ("ai", "passport", "check", signed, "--did-document", document)
    proven = await exchange.cli(*check)
    assert (proven.code, "proven: signed by" in proven.out) == (0, True), proven.err
    envelope = json.loads(signed.read_text())
    assert len(envelope["signatures"]) == 2
    signed.write_text(json.dumps({**envelope, "signatures": envelope["signatures"][1:]}))
    alone = await exchange.cli(*check)
    assert (alone.code, "both must sign" in alone.err) == (6, True), alone


async def test_a_person_may_stop_it_again(exchange: Exchange) -> None:
    await high(exchange)
    assert (await exchange.review("loans", "accept"))["passes"]
    assert (await exchange.check("loans"))["passes"]
    stopped = await exchange.review("loans", "refuse", reason="an appeal was ignored")
    assert not stopped["passes"]
    called = await exchange.call("loans")
    assert (called.code, exchange.calls) == (3, 0)
    assert "an appeal was ignored" in called.err


async def test_a_changed_pack_or_a_new_passport_asks_again(exchange: Exchange) -> None:
    await high(exchange)
    await exchange.review("loans", "accept")
    assert (await exchange.check("loans"))["passes"]
    exchange.pack.write_text(LENIENT + "# edited\n")
    assert not (await exchange.check("loans"))["passes"]
    exchange.pack.write_text(LENIENT)
    assert (await exchange.check("loans"))["passes"]
    await exchange.provider.call("DELETE", "/datasets/loans")
    await exchange.publish("loans", exchange.passport(FEW, severity=4))
    assert not (await exchange.check("loans"))["passes"]


async def test_nobody_accepts_a_withdrawn_passport(exchange: Exchange) -> None:
    passport = await high(exchange)
    await exchange.review("loans", "accept")
    called = await exchange.call("loans")
    assert (called.code, exchange.calls) == (0, 1)
    assert (await exchange.withdraw(passport)).code == 0
    # The running transfer is not used again, whatever a person decided before …
    called = await exchange.call("loans")
    assert (called.code, exchange.calls) == (3, 1)
    assert "status: withdrawn by its issuer" in called.err
    assert "Nobody can lift this" in called.err
    # … and nobody decides otherwise now.
    query = {"node": exchange.provider.did, "dataset": "loans", "pack_toml": LENIENT}
    query |= {"person": "A", "outcome": "accept", "reason": "hurry"}
    status, answer = await exchange.consumer.raw("POST", "/passports/reviews", query)
    assert (status, json.loads(answer)["code"]) == (403, "refused")
    assert "status: withdrawn by its issuer" in json.loads(answer)["detail"]
    assert [e.event for e in events(exchange)].count("passport-reviewed") == 1


async def test_a_person_decides_by_a_whole_decision_only(exchange: Exchange) -> None:
    await high(exchange)
    ran = await exchange.cli(
        "ai", "review", exchange.provider.did, "loans", "--person", "A",
        "--dir", exchange.consumer.path,
    )  # fmt: skip
    assert (ran.code, "a person's decision is not whole" in ran.err) == (2, True)
    query = {"node": exchange.provider.did, "dataset": "loans", "person": "A", "reason": "r"}
    for wrong in ({"outcome": "maybe"}, {"outcome": "accept", "person": ""}, {}):
        status, _ = await exchange.consumer.raw("POST", "/passports/reviews", query | wrong)
        assert status == 400
    assert await exchange.decisions() == []


async def test_a_tampered_passport_of_before_does_not_ride_on_a_decision(
    exchange: Exchange,
) -> None:
    passport = await high(exchange)
    await exchange.review("loans", "accept")
    await exchange.provider.stop()
    exchange.change_passport(tampered(passport.read_text()))
    await exchange.provider.start()
    judged = await exchange.check("loans")
    assert (judged["passes"], judged["hard"], judged["passport"]) == (False, True, None)


async def test_two_reviews_at_once_are_both_kept(exchange: Exchange) -> None:
    await high(exchange)
    both = await asyncio.gather(
        exchange.review("loans", "accept"), exchange.review("loans", "refuse")
    )
    kept = [one["id"] for one in await exchange.decisions()]
    assert sorted(kept) == sorted(one["id"] for one in both)
    newest = next(one for one in both if one["id"] == kept[0])
    assert (await exchange.check("loans"))["passes"] is newest["passes"]


async def test_what_a_person_stopped_stays_stopped_however_its_envelope_is_spelt(
    exchange: Exchange,
) -> None:
    passport = await high(exchange)
    first = await exchange.review("loans", "refuse")
    await exchange.provider.stop()
    exchange.change_passport(json.dumps(json.loads(passport.read_text()), indent=2))
    await exchange.provider.start()
    judged = await exchange.check("loans")
    assert (judged["passes"], judged["taken_by"], judged["id"]) == (False, "person", first["id"])
    assert judged["passport"] != passport.read_text()
