"""Warnings between real nodes: who gets them, who acknowledged, what is not passed on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.conftest import Refused
from warned import Warned, content, subscribed


async def _state(node: Any, name: str, state: str) -> Any:
    """Return a notice once it is in a state; its arrival rings no bell at the receiver's API."""
    async with asyncio.timeout(30):
        while (found := await node.call("GET", f"/notices/{name}"))["state"] != state:
            await asyncio.sleep(0.05)
    return found


async def test_each_receiver_answers_signed_and_the_report_names_the_silent(warned: Warned):
    sent = await warned.got(within=3)
    one, other = warned.receivers
    name = sent["id"]
    assert sent["receivers"] == sorted([one.did, other.did]) or set(sent["receivers"]) == {
        one.did, other.did
    }  # fmt: skip
    came = await one.call("GET", f"/notices/{name}")
    assert (came["content"], came["sha256"]) == (sent["content"], sent["sha256"])
    await one.call("POST", f"/notices/{name}/acknowledgements", {"person": "Kim"})
    acted = {"stage": "acted", "text": "numbers blocked"}
    await one.call("POST", f"/notices/{name}/acknowledgements", acted)
    report = await warned.report(name, "acted")
    lines = {line["receiver"]: line for line in report["receivers"]}
    assert lines[one.did]["state"] == "acted"
    assert lines[one.did]["said"] == "numbers blocked"
    assert 0 <= lines[one.did]["received"] <= lines[one.did]["acknowledged"]
    assert lines[other.did]["state"] == "silent"
    assert report["silent"] == [other.did]


async def test_a_late_word_before_the_end_counts_and_ends_the_silence(warned: Warned):
    sent = await warned.got(within=1)
    name = sent["id"]
    assert len((await warned.report(name, "acknowledged"))["silent"]) == 2
    failed = (await warned.sender.call("GET", "/status"))["points"]
    assert [(one["group"], one["code"]) for one in failed] == [("failed", "silent")] * 2
    assert "has the notice, and has not acknowledged it" in failed[0]["text"]
    for receiver in warned.receivers:
        await receiver.call("POST", f"/notices/{name}/acknowledgements", {})
    report = await warned.report(name, "acknowledged")
    while report["silent"]:
        report = await warned.report(name, "acted", wait=1)
    assert {line["state"] for line in report["receivers"]} == {"acknowledged"}
    assert (await warned.sender.call("GET", "/status"))["points"] == []


async def test_a_cancelled_warning_is_over_everywhere(warned: Warned):
    name = (await warned.got())["id"]
    ended = {"act": "cancelled", "text": "false alarm"}
    assert (await warned.sender.call("POST", f"/notices/{name}/end", ended))["state"] == "cancelled"
    one = warned.receivers[0]
    found = await _state(one, name, "cancelled")
    assert [each["text"] for each in found["said"]] == ["false alarm"]
    with pytest.raises(Refused, match="the notice is cancelled already"):
        await one.call("POST", f"/notices/{name}/acknowledgements", {})
    with pytest.raises(Refused, match="the notice is cancelled already"):
        await warned.sender.call("POST", f"/notices/{name}/end", ended)


@pytest.mark.parametrize(
    ("change", "status", "why"),
    [
        ({"tlp": "RED"}, 403, "named recipients"),
        ({"tlp": "WHITE"}, 400, "WHITE"),
        ({"to": ["did:web:nobody.example"]}, 404, "no subscriber of alerts"),
        ({"kind": "ai-incidents"}, 400, "unknown field `kind`"),
        ({"kind": "prices"}, 404, "known: warnings"),
        ({"dataset": "other"}, 404, "published dataset"),
        ({"content": content(area="a@b.example")}, 403, "an e-mail address in area"),
        (
            {"content": content(begins="2020-01-01T00:00:00Z", ends="2020-01-02T00:00:00Z")},
            409, "is over since 2020-01-02",
        ),
    ],
)  # fmt: skip
async def test_what_may_not_go_out_does_not(
    warned: Warned, change: dict[str, Any], status: int, why: str
):
    with pytest.raises(Refused, match=why) as refused:
        await warned.send(**change)
    assert refused.value.status == status
    assert (await warned.sender.call("GET", "/notices"))["items"] == []


async def test_a_draft_goes_nowhere_and_says_to_whom_it_would(warned: Warned):
    draft = await warned.send(confirmed=False)
    assert (draft["state"], len(draft["receivers"])) == ("draft", 2)
    assert (await warned.sender.call("GET", "/notices"))["items"] == []


async def test_red_reaches_whom_it_names_alone(warned: Warned):
    one, other = warned.receivers
    sent = await warned.got(tlp="RED", to=[one.did])
    assert sent["receivers"] == [one.did]
    assert (await other.call("GET", "/notices"))["items"] == []


@pytest.mark.parametrize("tlp", ["RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR"])
async def test_what_may_not_be_passed_on_is_not(warned: Warned, tlp: str):
    one, other = warned.receivers
    sent = await warned.got(tlp=tlp, to=[one.did])
    name = sent["id"]
    await one.call("POST", "/datasets", {"carries": "warnings", "id": "further"})
    await subscribed(one, other, "further")
    passing = one.call("POST", f"/notices/{name}/passing", {"dataset": "further"})
    # To write the same anew under a milder marking is to pass it on, too.
    source = {"format": "cap-1.2", "identifier": name, "sha256": sent["sha256"]}
    again = {
        "kind": "warnings", "dataset": "further", "content": content(source=source), "tlp": "CLEAR",
        "confirmed": True,
    }  # fmt: skip
    if tlp in {"GREEN", "CLEAR"}:
        await passing
        report = await one.call("GET", f"/notices/{name}/report?wait=20&stage=received")
        assert [line["state"] for line in report["receivers"]] == ["received"]
        came = await other.call("GET", f"/notices/{name}")
        assert (came["sender"], came["via"]) == (warned.sender.did, one.did)
        # What its sender says later goes the same way.
        ended = {"act": "cancelled", "text": "false alarm"}
        await warned.sender.call("POST", f"/notices/{name}/end", ended)
        await _state(other, name, "cancelled")
        return
    with pytest.raises(Refused, match=f"TLP:{tlp.replace('+', '.')}"):
        await passing
    with pytest.raises(Refused, match=f"TLP:{tlp.replace('+', '.')}"):
        await one.call("POST", "/notices", again)
    assert (await other.call("GET", "/notices"))["items"] == []


async def test_a_warning_until_the_end_of_time_is_answered_and_passed_on(warned: Warned):
    """West of UTC the last hours of the year 9999 are beyond what a date can be."""
    one, other = warned.receivers
    sent = await warned.got(content=content(ends="9999-12-31T23:59:59-07:00"), to=[one.did])
    name = sent["id"]
    await one.call("POST", f"/notices/{name}/acknowledgements", {})
    report = await warned.report(name, "acknowledged")
    assert [line["state"] for line in report["receivers"]] == ["acknowledged"]
    await one.call("POST", "/datasets", {"carries": "warnings", "id": "further"})
    await subscribed(one, other, "further")
    await one.call("POST", f"/notices/{name}/passing", {"dataset": "further"})
    report = await one.call("GET", f"/notices/{name}/report?wait=20&stage=received")
    assert [line["state"] for line in report["receivers"]] == ["received"]


async def test_who_has_no_agreement_any_more_gets_nothing(warned: Warned):
    one, other = warned.receivers
    agreed = await one.call("GET", "/agreements")
    stop = {"kind": "agreement", "name": agreed["items"][0]["id"]}
    await warned.sender.call("POST", "/stops", stop)
    assert (await warned.got())["receivers"] == [other.did]
    begun = await other.call("GET", "/agreements")
    moved = await other.call("POST", "/transfers", {"agreement": begun["items"][0]["id"]})
    done = await other.settled(f"/transfers/{moved['pid']}")
    assert "a transfer of alerts, which is pushed" in str(done["reason"])


async def test_what_goes_out_while_a_receiver_is_down_arrives_later(warned: Warned):
    one = warned.receivers[0]
    await one.stop()
    sent = await warned.send()
    await warned.sender.kill()  # and it is not lost with the sender's process either
    await asyncio.gather(warned.sender.start(), one.start())
    report = await warned.report(sent["id"], wait=30)
    assert {line["state"] for line in report["receivers"]} == {"received"}


async def test_times_are_checked_at_the_sender(warned: Warned):
    soon = datetime.now(UTC) + timedelta(seconds=2)
    sent = await warned.got(content=content(ends=soon.isoformat()))
    one = warned.receivers[0]
    await asyncio.sleep((soon - datetime.now(UTC)).total_seconds() + 0.05)
    with pytest.raises(Refused, match="the notice is over since"):
        await one.call("POST", f"/notices/{sent['id']}/acknowledgements", {})
