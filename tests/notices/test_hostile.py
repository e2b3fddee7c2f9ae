"""Forged, replayed, late, misdirected: each is refused with its own error, and changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.conftest import free_port
from warned import Party, Warned


class Listening(Warned):
    """A sender whose receiver is played by the test."""

    party: Party
    agreed: Any


@pytest.fixture
async def heard(make_node: Any, party: Party) -> Listening:
    """The party has an agreement with the node: a receiver's, made behind the node's back."""
    import sqlite3

    import msgspec

    from faifo.machines.negotiation import State
    from faifo.machines.role import Role
    from faifo.store.records import Agreement, Negotiation, Proof

    node = make_node("vn")
    node.trust(party.did)
    await node.start()
    published = await node.call("POST", "/datasets", {"carries": "warnings", "id": "alerts"})
    await node.stop()
    now = datetime.now(UTC)
    begun = Negotiation(
        pid="urn:uuid:n", role=Role.PROVIDER, state=State.FINALIZED, peer=party.did,
        proof=Proof(did=party.did, claims={"name": "party", "economy": "TH"}), created=now,
        updated=now, callback=f"{party.root}/dsp/2025-1", dataset="alerts", offer_id="o", offer={},
        offered_by=Role.CONSUMER, agreement="urn:uuid:a", revision=1,
    )  # fmt: skip
    agreed = Agreement(
        id="urn:uuid:a", role=Role.PROVIDER, provider=node.did, consumer=party.did,
        dataset="alerts", document=published["policy"], created=now, negotiation="urn:uuid:n",
        publication=published["offer_id"], version=1, active=True, revision=1,
    )  # fmt: skip
    brought = msgspec.structs.replace(
        agreed, id="urn:uuid:b", role=Role.CONSUMER, provider=party.did, consumer=node.did,
        dataset="theirs", negotiation=None,
    )  # fmt: skip
    with sqlite3.connect(node.path / "faifo.db") as books:
        for one in (agreed, brought):
            _book(books, one)
        books.execute(
            "INSERT INTO negotiation (pid, role, peer, state, dataset, agreement, revision, record)"
            " VALUES (?, ?, ?, ?, ?, ?, 1, ?)",
            (begun.pid, "provider", party.did, "FINALIZED", "alerts", "urn:uuid:a",
             msgspec.json.encode(begun).decode()),
        )  # fmt: skip
    books.close()
    await node.start()
    found = Listening(node, [])
    found.party, found.agreed = party, brought
    return found


def _book(books: Any, one: Any) -> None:
    import msgspec

    books.execute(
        "INSERT INTO agreement (id, role, provider, consumer, dataset, negotiation,"
        " revision, record) VALUES (?, ?, ?, ?, ?, ?, 1, ?)",
        (one.id, one.role.value, one.provider, one.consumer, one.dataset, one.negotiation,
         msgspec.json.encode(one).decode()),
    )  # fmt: skip


async def _told(heard: Listening, signed: str) -> tuple[int, str]:
    status, body = await heard.party.post(heard.sender, "/words", {"signed": signed})
    return status, body.get("detail", "")


async def test_a_word_counts_once_and_only_as_it_was_signed(heard: Listening):
    party = heard.party
    name = (await heard.got())["id"]
    parcel = await party.parcels.get()
    known = party.word(parcel, stage="acknowledged", person="Mai")
    assert await _told(heard, known) == (200, "")
    first = (await heard.report(name))["receivers"][0]
    assert await _told(heard, known) == (200, "")  # the same statement again: answered as before
    assert (await heard.report(name))["receivers"][0] == first
    status, why = await _told(heard, party.word(parcel, stage="acknowledged", person="Lan"))
    assert (status, why) == (409, "it was acknowledged already")


@pytest.mark.parametrize(
    ("change", "status", "why"),
    [
        ({"subject_sha256": "0" * 64}, 401, "about another notice"),
        ({"to": "did:web:other.example"}, 401, "said to somebody else"),
        ({"notice": "urn:uuid:other"}, 404, "no notice of this node that went there"),
        ({"at": datetime(2026, 1, 1, tzinfo=UTC)}, 400, "a time that cannot be"),
        ({"at": datetime.now(UTC) + timedelta(days=1)}, 400, "a time that cannot be"),
        ({"by": "did:web:other.example"}, 401, "is not of whom it names"),
    ],
)
async def test_a_word_that_cannot_be_is_refused(
    heard: Listening, change: dict[str, Any], status: int, why: str
):
    name = (await heard.got())["id"]
    parcel = await heard.party.parcels.get()
    told, reason = await _told(
        heard, heard.party.word(parcel, **{"stage": "acknowledged", **change})
    )
    assert told == status
    assert why in reason
    assert (await heard.report(name))["receivers"][0]["acknowledged"] is None


async def test_a_forged_word_is_refused(heard: Listening):
    party = heard.party
    name = (await heard.got())["id"]
    parcel = await party.parcels.get()
    other = Party(1)
    forged = party.word(parcel, key=other._key(party.key.purpose, "x"), stage="acknowledged")
    assert (await _told(heard, forged))[0] == 401
    good = party.word(parcel, stage="acknowledged")
    assert (await _told(heard, good.replace('"sig":"', '"sig":"AA')))[0] in {400, 401}
    assert (await heard.report(name))["receivers"][0]["acknowledged"] is None
    assert (await _told(heard, good))[0] == 200


async def test_a_word_after_the_end_is_too_late(heard: Listening):
    name = (await heard.got())["id"]
    parcel = await heard.party.parcels.get()
    await heard.sender.call("POST", f"/notices/{name}/end", {"act": "cancelled", "text": "over"})
    status, why = await _told(heard, heard.party.word(parcel, stage="acknowledged"))
    assert status == 409
    assert "comes too late" in why


async def test_an_answer_that_is_no_signed_word_is_not_counted(heard: Listening):
    other = Party(1)
    heard.party.answers = lambda parcel: heard.party.word(
        parcel, key=other._key(heard.party.key.purpose, "x")
    )
    sent = await heard.send()
    await heard.party.parcels.get()
    await heard.party.parcels.get()  # it is tried again
    line = (await heard.report(sent["id"], wait=0))["receivers"][0]
    assert line["received"] is None


async def test_only_the_sender_ends_a_notice(heard: Listening):
    name = (await heard.got())["id"]
    parcel = await heard.party.parcels.get()
    status, why = await _told(heard, heard.party.followup(parcel, "cancelled"))
    assert status == 403
    assert "only its sender" in why
    assert (await heard.sender.call("GET", f"/notices/{name}"))["state"] == "open"
    assert (await _told(heard, heard.party.followup(parcel, "answer")))[0] == 200
    found = await heard.sender.call("GET", f"/notices/{name}")
    assert [(one["act"], one["by"]) for one in found["said"]] == [("answer", heard.party.did)]


async def test_a_stranger_gets_nothing(heard: Listening, make_node: Any):

    async with Party(free_port()).open() as stranger:
        parcel = {"dataset": "theirs", "signed": stranger.notice("theirs")}
        assert (await stranger.post(heard.sender, "/arrivals", parcel))[0] == 401
        assert (await stranger.post(heard.sender, "/words", {"signed": "x"}))[0] == 401


async def _brought(heard: Listening, signed: str, dataset: str = "theirs", **more: Any) -> Any:
    parcel = {"dataset": dataset, "signed": signed, **more}
    status, body = await heard.party.post(heard.sender, "/arrivals", parcel)
    return status, body.get("detail", "")


async def test_a_notice_is_taken_once_under_an_agreement(heard: Listening):
    signed = heard.party.notice("theirs")
    assert (await _brought(heard, signed))[0] == 200
    assert (await _brought(heard, signed))[0] == 200
    assert len((await heard.sender.call("GET", "/notices"))["items"]) == 1
    status, why = await _brought(heard, heard.party.notice("alerts"), "alerts")
    assert status == 403
    assert "no agreement in force" in why


async def test_an_id_is_of_one_notice_alone(heard: Listening):
    first = heard.party.notice("theirs", id="urn:uuid:1")
    assert (await _brought(heard, first))[0] == 200
    status, why = await _brought(heard, heard.party.notice("theirs", id="urn:uuid:1"))
    assert status == 409
    assert "is here already" in why


@pytest.mark.parametrize(
    ("change", "status", "why"),
    [
        ({"sender": "did:web:localhost%3A1"}, None, ""),
        ({"kind": "prices"}, 404, "known: warnings"),
        ({"content": {}}, 400, "the content of a notice"),
        ({"sent": datetime.now(UTC) + timedelta(days=1)}, 400, "a time that cannot be"),
        ({"until": datetime(2026, 1, 1, tzinfo=UTC)}, 409, "is over since"),
    ],
)
async def test_a_notice_that_cannot_be_is_refused(
    heard: Listening, change: dict[str, Any], status: int | None, why: str
):
    answered, reason = await _brought(heard, heard.party.notice("theirs", **change))
    assert answered == status or (status is None and answered >= 400)
    assert why in reason
    assert (await heard.sender.call("GET", "/notices"))["items"] == []


async def test_what_is_passed_on_must_be_allowed_to_be(heard: Listening):

    async with Party(free_port()).open() as origin:
        status, why = await _brought(heard, origin.notice("theirs", tlp="AMBER"))
        assert status == 403
        assert "TLP:AMBER" in why
        assert (await _brought(heard, origin.notice("theirs", tlp="GREEN")))[0] == 200


async def test_who_signed_it_may_end_what_another_has_brought(heard: Listening):
    import sqlite3

    import msgspec

    node = heard.sender
    async with Party(free_port()).open() as origin:
        signed = origin.notice("theirs", tlp="GREEN", id="urn:uuid:2")
        assert (await _brought(heard, signed))[0] == 200
        node.trust(heard.party.did, origin.did)
        await node.stop()
        with sqlite3.connect(node.path / "faifo.db") as books:
            its = msgspec.structs.replace(heard.agreed, id="urn:uuid:c", provider=origin.did)
            _book(books, its)
        books.close()
        await node.start()
        end = origin.followup({"signed": signed}, "cancelled")
        parcel = {"dataset": "theirs", "signed": signed, "followups": [end]}
        status, word = await origin.post(node, "/arrivals", parcel)
        assert status == 200, word
        assert (await node.call("GET", "/notices/urn:uuid:2"))["state"] == "cancelled"


async def test_a_flood_is_turned_away(heard: Listening):
    answers = [(await _brought(heard, heard.party.notice("theirs")))[0] for _ in range(70)]
    assert answers[:60] == [200] * 60
    assert 503 in answers or 429 in answers


@pytest.mark.parametrize("body", [{}, {"signed": 1}, {"dataset": "x", "signed": "{}"}, []])
async def test_what_is_no_parcel_is_refused(heard: Listening, body: Any):
    status, _ = await heard.party.post(heard.sender, "/arrivals", body)
    assert status in {400, 403}
