"""An agreement that one side ends is ended in both books, whoever ends it and whatever the peer."""

from __future__ import annotations

import asyncio
import json
import shutil
import uuid
from typing import Any

import pytest

from faifo.node.custody.directory import Directory
from faifo.node.receipts.restoring import succeed

NOTICE = "AgreementNotice"


async def delivered(node: Any, agreement: str) -> Any:
    """Return the notice that `node` has sent, once its outcome is known."""
    async with asyncio.timeout(30):
        while True:
            found = [one for one in node.records("history") if one.message == NOTICE]
            if found:
                return found[0]
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("who", ["provider", "consumer"])
async def test_both_books_say_that_it_has_ended_and_why(pair: Any, who: str) -> None:
    ours, theirs = pair.provider, pair.consumer
    if who == "consumer":
        ours, theirs = theirs, ours
    agreement = await pair.agreement(await pair.publish())
    transfer = await pair.transfer(agreement)
    order = {"kind": "agreement", "name": agreement, "reason": "enough", "lasting": False}
    await ours.call("POST", "/stops", order)
    told = await theirs.agreement_over(agreement)
    assert (told["ended_by"], told["reason"]) == (who, ["enough"])
    assert told["ended"]
    kept = await ours.call("GET", f"/agreements/{agreement}")
    assert (kept["ended_by"], kept["reason"]) == (who, ["enough"])
    await pair.provider.settled(f"/transfers/{transfer['peer_pid']}", "TERMINATED")
    ended = await pair.consumer.settled(f"/transfers/{transfer['pid']}", "TERMINATED")
    assert not ended["one_sided"]

    sent, came = await delivered(ours, agreement), await delivered(theirs, agreement)
    assert (sent.direction, came.direction) == ("out", "in")
    assert (sent.status, sent.body) == (200, came.body)
    shown = await theirs.call("GET", f"/timeline/{agreement}")
    assert NOTICE in [one.get("facts", {}).get("message") for one in shown["entries"]]
    status, why = await pair.consumer.raw("POST", "/transfers", {"agreement": agreement})
    assert (status, json.loads(why)["reasons"]) == (403, ["enough"])


async def test_it_is_told_after_a_restart_too(pair: Any) -> None:
    agreement = await pair.agreement(await pair.publish())
    await pair.consumer.stop()
    order = {"kind": "agreement", "name": agreement, "reason": "enough"}
    await pair.provider.call("POST", "/stops", order)
    await pair.provider.kill()
    await pair.provider.start()
    await pair.consumer.start()
    assert (await pair.consumer.agreement_over(agreement))["reason"] == ["enough"]


async def test_one_that_the_provider_lost_in_a_restore_is_negotiated_anew(pair: Any) -> None:
    dataset = await pair.publish()
    await pair.provider.stop()
    before = pair.provider.path / "before.db"
    shutil.copy(pair.provider.path / "faifo.db", before)
    await pair.provider.start()
    agreement = await pair.agreement(dataset)
    await pair.provider.stop()
    for extra in ("-wal", "-shm"):
        (pair.provider.path / f"faifo.db{extra}").unlink(missing_ok=True)
    shutil.move(before, pair.provider.path / "faifo.db")
    # The log cannot go on as if nobody held proofs of what it lost.
    await succeed(Directory(pair.provider.path))
    await pair.provider.start()

    begun = await pair.consumer.call("POST", "/transfers", {"agreement": agreement})
    await pair.consumer.settled(f"/transfers/{begun['pid']}", "TERMINATED")
    dropped = await pair.consumer.call("GET", f"/agreements/{agreement}")
    assert dropped["ended"]
    assert agreement in " ".join(dropped["reason"])
    wish = {"node": pair.provider.did, "dataset": dataset, "reuse": True}
    anew = await pair.consumer.call("POST", "/negotiations", wish)
    done = await pair.consumer.settled(f"/negotiations/{anew['pid']}", "FINALIZED")
    await pair.transfer(done["agreement"])

    # What the other side knows nothing of is written down, and nothing waits for it.
    await pair.consumer.call("POST", "/stops", {"kind": "agreement", "name": done["agreement"]})
    await pair.provider.agreement_over(done["agreement"])


# ── a scripted other side ────────────────────────────────────────────────────────────────────────


def notice(agreement: str, **changes: Any) -> bytes:
    document = {
        "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"],
        "@type": NOTICE,
        "@id": f"urn:uuid:{uuid.uuid4()}",
        "agreementId": agreement,
        "action": "end",
        "reason": ["enough"],
        **changes,
    }
    return json.dumps({k: v for k, v in document.items() if v is not None}).encode()


async def test_a_notice_is_answered_as_dsp_messages_are(stage: Any) -> None:
    talk = await stage.negotiated("provider")
    agreement = talk.agreement["@id"]
    path = f"/agreements/{agreement}/notices"
    stranger = stage.others[0]

    async def refused(peer: Any, body: bytes, where: str = path) -> tuple[int, dict[str, Any]]:
        status, answer = await peer.post(stage.node, where, body)
        return status, json.loads(answer)

    for body, code in (
        (b"{}", "malformed"),
        (notice(agreement, action="renew"), "malformed"),
        (notice("urn:another"), "malformed"),
        (notice(agreement, reason="x" * 1_040_000), "too-large"),
    ):
        status, answer = await refused(stage.peer, body)
        assert (status // 100, answer["@type"]) == (4, "AgreementError"), answer
        assert answer["code"] == code
        assert answer["reason"]
    unknown = await refused(stage.peer, notice("urn:none"), "/agreements/urn:none/notices")
    foreign = await refused(stranger, notice(agreement))
    assert unknown[0] == foreign[0] == 404
    assert foreign[1]["reason"][0].replace(agreement, "X") == unknown[1]["reason"][0].replace(
        "urn:none", "X"
    )
    assert not (await stage.node.call("GET", f"/agreements/{agreement}"))["ended"]

    body, token = notice(agreement), stage.peer.token(stage.node)
    first = await stage.peer.post(stage.node, path, body, token)
    assert first[0] == 200
    assert json.loads(first[1])["state"] == "ENDED"
    assert await stage.peer.post(stage.node, path, body, token) == first  # the very same request
    assert await stage.peer.post(stage.node, path, body) == first  # repeated with a fresh token
    assert (await stage.peer.post(stage.node, path, notice(agreement), token))[0] == 404
    kept = await stage.node.call("GET", f"/agreements/{agreement}")
    assert (kept["ended_by"], kept["reason"]) == ("consumer", ["enough"])
    (came,) = (one for one in stage.node.records("history") if one.message == NOTICE)
    assert came.body == body
    # The end is theirs: they are told nothing.
    assert not stage.node.records("outbox")


async def test_who_announces_nothing_hears_it_in_the_words_of_the_protocol(stage: Any) -> None:
    document = json.loads(stage.peer.versions)
    document["protocolVersions"][0].pop("extensions")
    stage.peer.versions = json.dumps(document).encode()
    talk = await stage.at("transfer", "provider", "<START")
    agreement = talk.agreement["@id"]
    await stage.node.call("POST", "/stops", {"kind": "agreement", "name": agreement})
    await talk.take("TERMINATION")
    sent = await delivered(stage.node, agreement)
    assert sent.status == 403
    assert "does not announce" in sent.note
    other = type(talk)(stage.node, stage.peer, "transfer", "provider")
    other.agreement = talk.agreement
    status, answer = await other.send(*await stage.first(other))
    assert status == 400
    assert "stopped by a person" in " ".join(json.loads(answer)["reason"])


async def test_what_something_in_between_says_is_no_acknowledgement(stage: Any) -> None:
    talk = await stage.negotiated("provider")
    agreement = talk.agreement["@id"]
    await stage.node.call("POST", "/stops", {"kind": "agreement", "name": agreement})
    for answer in ((200, b"<html>log in</html>"), (200, b""), (200, b"{}"), (404, b"<html>")):
        asked = await stage.peer.take(lambda one: one.path.endswith("/notices"))
        asked.answer(*answer)
    asked = await stage.peer.take(lambda one: one.path.endswith("/notices"))
    said = {"@type": "AgreementState", "agreementId": agreement, "state": "ENDED"}
    asked.answer(200, json.dumps(said).encode())
    assert (await delivered(stage.node, agreement)).status == 200
