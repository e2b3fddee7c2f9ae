"""Whose evidence counts for more at a node: signed by itself, until it ends or is withdrawn."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from exchange import FEW, PACK, Exchange

from faifo import clock, ids
from faifo.ai.decision.records import Recognition
from faifo.ai.passport import statement
from faifo.ai.passport.build import sign_record, withdraw
from faifo.node.custody.keyring import make_key, read_keyring
from faifo.trust.keys import KeyPurpose

ASSESSED = PACK.replace("at_least = 0.8", 'at_least = 0.5\nassessor = "second-party"')
PATIENCE = 20.0


def own_key(node: Any) -> Any:
    ring = read_keyring(node.path / "keys", did=node.did)
    if not any(key.purpose is KeyPurpose.PASSPORT for key in ring):
        make_key(node.path / "keys", KeyPurpose.PASSPORT, now=clock.now())
        ring = read_keyring(node.path / "keys", did=node.did)
    return ring.signing(KeyPurpose.PASSPORT)


def recognition(exchange: Exchange, *, key: Any = None, **changed: Any) -> str:
    """Return a recognition of the provider's fairness evidence, signed."""
    now = clock.now()
    facts: dict[str, Any] = {
        "id": ids.new_urn(now),
        "recogniser": exchange.consumer.did,
        "issuer": exchange.provider.did,
        "methods": ("group-fairness",),
        "counts_as": "second-party",
        "valid_from": now - timedelta(seconds=1),
        "valid_until": now + timedelta(days=30),
    }
    record = Recognition(**(facts | changed))
    key = key or own_key(exchange.consumer)
    return sign_record(statement.RECOGNITION, record, "0" * 64, key).decode()


async def tell(exchange: Exchange, text: str) -> tuple[int, Any]:
    status, answer = await exchange.consumer.raw(
        "POST", "/passports/recognitions", {"recognition": text}
    )
    return status, json.loads(answer)


@pytest.fixture
async def assessed(exchange: Exchange) -> Exchange:
    """A model with evidence of its own provider, where a second party's is asked for."""
    exchange.pack.write_text(ASSESSED)
    await exchange.publish("loans", exchange.passport(FEW))
    judged = await exchange.check("loans")
    findings = judged["decision"]["findings"]
    codes = [one["code"] for one in findings if one["code"] != "own-pack"]
    assert (judged["passes"], codes) == (False, ["assessor"])
    return exchange


async def test_a_recognition_counts_until_it_is_withdrawn(assessed: Exchange) -> None:
    out = assessed.folder / "lab.recognition.json"
    where = ("--dir", assessed.consumer.path)
    told = await assessed.cli(
        "ai", "recognise", assessed.provider.did, "--method", "group-fairness",
        "--counts-as", "second-party", "--out", out, *where,
    )  # fmt: skip
    assert (told.code, "it counts in this node's own checks" in told.out) == (0, True), told.err
    called = await assessed.call("loans")
    assert (called.code, assessed.calls) == (0, 1), called.err
    await assessed.consumer.stop()
    await assessed.consumer.start()
    assert (await assessed.check("loans"))["passes"]

    gone = assessed.folder / "gone.json"
    told = await assessed.cli(
        "ai", "passport", "withdraw", out, "--reason", "the lab has closed", "--out", gone, *where
    )
    assert (told.code, "it counts no more" in told.out) == (0, True), told.err
    called = await assessed.call("loans")
    assert (called.code, assessed.calls) == (3, 1)
    assert "is self-assessed; second-party is asked" in called.err
    page = await assessed.consumer.call("GET", "/passports/recognitions")
    assert [one["withdrawn"] for one in page["items"]] == [True]
    events = [e.event for e in assessed.consumer.records("journal")]
    assert [e for e in events if "recogni" in e] == ["evidence-recognised", "recognition-withdrawn"]
    # What was withdrawn does not come back with the same words.
    assert (await tell(assessed, out.read_text()))[1]["withdrawn"]
    assert not (await assessed.check("loans"))["passes"]


async def test_a_recognition_ends(assessed: Exchange) -> None:
    soon = clock.now() + timedelta(seconds=3)
    assert (await tell(assessed, recognition(assessed, valid_until=soon)))[0] == 200
    assert (await assessed.check("loans"))["passes"]
    until = clock.monotonic() + PATIENCE
    while (await assessed.check("loans"))["passes"]:
        assert clock.monotonic() < until
        await asyncio.sleep(0.1)
    assert clock.now() >= soon


async def test_a_person_is_asked_again_when_a_recognition_ends(assessed: Exchange) -> None:
    text = recognition(assessed)
    await tell(assessed, text)
    assert (await assessed.review("loans", "accept"))["passes"]
    body = withdraw(
        text.encode(), issuer=assessed.consumer.did, reason="r", now=clock.now(),
        key=own_key(assessed.consumer),
    )  # fmt: skip
    await assessed.consumer.call("POST", "/passports/withdrawals", {"withdrawal": body.decode()})
    assert not (await assessed.check("loans"))["passes"]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"issuer": "did:web:another.example.org"}, id="of another issuer"),
        pytest.param({"methods": ("calibration",)}, id="of another method"),
        pytest.param(
            {"valid_from": clock.now() + timedelta(days=1)}, id="that begins only tomorrow"
        ),
    ],
)
async def test_a_recognition_counts_for_what_it_says(
    assessed: Exchange, changed: dict[str, Any]
) -> None:
    assert (await tell(assessed, recognition(assessed, **changed)))[0] == 200
    assert not (await assessed.check("loans"))["passes"]


async def test_only_what_this_node_has_signed_counts(assessed: Exchange) -> None:
    theirs = recognition(assessed, key=own_key(assessed.provider))
    status, answer = await tell(assessed, theirs)
    assert (status, answer["code"]) == (401, "not-proven")
    assert "is no passport key that this node publishes" in answer["detail"]
    status, answer = await tell(assessed, recognition(assessed, recogniser=assessed.provider.did))
    assert (status, "the recogniser is" in answer["detail"]) == (401, True)
    ended = recognition(assessed, valid_until=clock.now() - timedelta(seconds=1))
    status, answer = await tell(assessed, ended)
    assert (status, "the recognition ended at" in answer["detail"]) == (409, True)
    assert not (await assessed.check("loans"))["passes"]
    assert (await assessed.consumer.call("GET", "/passports/recognitions"))["items"] == []
