"""Somebody without a node: sees the terms, agrees, downloads or calls; and how that ends."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from typing import Any

import pytest
from house import CONTENT

UNTIL = "Jun 30, 2027"


async def test_a_guest_sees_the_terms_agrees_and_downloads_what_is_proven(house: Any) -> None:
    await house.publish(terms={"purposes": ["research"]}, description="<b>bold</b>")
    made = await house.invite(note="for Dr Lan")
    url = made["url"]
    page = await house.ask(url)
    assert page.status == 200
    for said in ("rice house", "The &lt;rice&gt; table", "&lt;b&gt;bold", "research", UNTIL,
                 hashlib.sha256(CONTENT).hexdigest(), "Agree to the terms"):  # fmt: skip
        assert said in page.text, said
    vietnamese = await house.ask(url, headers={"Accept-Language": "vi"})
    assert "Đồng ý với điều khoản" in vietnamese.text
    assert "30 thg 6, 2027" in vietnamese.text
    for one in (page, vietnamese):
        assert "<script" not in one.text
        assert "default-src 'none'" in one.headers["Content-Security-Policy"]
        assert "//" not in one.text.replace(url, "").partition("<body")[2]
    assert (await house.ask(f"{url}/data")).status == 409  # nobody has agreed

    assert (await house.agree(url)).status == 303
    shown = await house.ask(url)
    assert "Nguyễn Lan (lan@example.vn)" in shown.text
    data = await house.ask(f"{url}/data")
    assert (data.status, data.text.encode()) == (200, CONTENT)
    digest = base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()
    assert data.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    assert data.headers["Content-Disposition"].startswith("attachment")
    assert data.headers["Content-Security-Policy"].startswith("sandbox;")
    part = await house.ask(f"{url}/data", headers={"Range": "bytes=6-10"})
    assert (part.status, part.text) == (206, "price")

    report = await house.node.call("GET", "/reports/accesses?by=partner,dataset,purpose")
    rows = [(one["partner"], one["dataset"], one["purpose"], one["served"], one["bytes"])
            for one in report["rows"]]  # fmt: skip
    assert rows == [("mailto:lan@example.vn", "rice", "research", 2, len(CONTENT) + 5)]
    assert await house.states() == [("agreed", 2)]
    agreement = (await house.node.call("GET", "/invitations"))["items"][0]["agreement"]
    events = await house.node.call("GET", f"/timeline/{agreement}")
    assert "guest-agreed" in [one["code"] for one in events["entries"]]
    # Neither the link's secret nor the token is in the books, the log or the answers.
    secret = url.rpartition("/")[2]
    assert secret.encode() not in (house.node.path / "faifo.db").read_bytes()
    assert secret not in house.node.log_tail()
    assert secret not in json.dumps(events)


async def test_what_is_missing_is_told_beside_the_field_and_nothing_typed_is_lost(
    house: Any,
) -> None:
    await house.publish()
    url = (await house.invite())["url"]
    refused = await house.agree(url, email="lan at example", agreed="")
    assert refused.status == 422
    assert 'id="email-wrong"' in refused.text
    assert 'id="agreed-wrong"' in refused.text
    assert 'id="name-wrong"' not in refused.text
    assert 'value="Nguyễn Lan"' in refused.text
    assert 'value="lan at example"' in refused.text
    assert await house.states() == [("open", 0)]


async def test_other_terms_than_were_shown_are_not_agreed_to(house: Any) -> None:
    await house.publish()
    url = (await house.invite())["url"]
    page = (await house.ask(url)).text
    version = page.partition('name="version" value="')[2].partition('"')[0]
    await house.publish(terms={"purposes": ["teaching"]}, replace=True)
    refused = await house.agree(url, version=version)
    assert refused.status == 409
    assert "teaching" in refused.text
    assert (await house.agree(url)).status == 303
    assert (await house.agree(url)).status == 409  # once


async def test_it_ends_by_count_and_what_is_under_way_is_not_broken_off(house: Any) -> None:
    await house.publish()
    url = (await house.invite(count=3))["url"]
    await house.agree(url)
    found = await asyncio.gather(*(house.ask(f"{url}/data") for _ in range(6)))
    assert sorted(one.status for one in found) == [200, 200, 200, 409, 409, 409]
    assert all(one.text.encode() == CONTENT for one in found if one.status == 200)
    # The agreement ends when the last of them has gone, a moment after its answer has come.
    await house.heard("agreement-ended")
    assert await house.states() == [("used-up", 3)]
    assert "This invitation is used up" in (await house.ask(url)).text
    agreements = await house.node.call("GET", "/agreements")
    assert [bool(one["ended"]) for one in agreements["items"]] == [True]


@pytest.mark.parametrize("way", ["revoke", "agreement", "dataset", "partner"])
async def test_a_person_ends_it(house: Any, way: str) -> None:
    await house.publish()
    made = await house.invite()
    url = made["url"]
    await house.agree(url)
    assert (await house.ask(f"{url}/data")).status == 200
    if way == "revoke":
        ended = await house.node.call("DELETE", f"/invitations/{made['id']}")
        assert ended["state"] == "ended"
    else:
        agreement = (await house.node.call("GET", "/invitations"))["items"][0]["agreement"]
        name = {"agreement": agreement, "dataset": "rice", "partner": "mailto:lan@example.vn"}[way]
        await house.node.call("POST", "/stops", {"kind": way, "name": name, "reason": "enough"})
    assert (await house.ask(f"{url}/data")).status == 409
    assert "This invitation has ended" in (await house.ask(url)).text
    transfers = await house.node.call("GET", "/transfers")
    assert [(one["state"], one["outbox"]) for one in transfers["items"]] == [("TERMINATED", [])]


async def test_a_guest_reads_in_his_language_why_it_is_not_permitted(house: Any) -> None:
    await house.publish()
    url = (await house.invite())["url"]
    order = {"kind": "dataset", "name": "rice", "reason": "the data is being checked"}
    await house.node.call("POST", "/stops", order)
    why = "Bên cung cấp đã dừng việc này: the data is being checked"
    page = await house.ask(url, headers={"Accept-Language": "vi"})
    assert why in page.text
    assert "<form" not in page.text  # nobody types what will be refused
    assert hashlib.sha256(CONTENT).hexdigest() not in page.text
    refused = await house.agree(url, lang="vi")
    assert (refused.status, refused.text.count(why)) == (409, 1)
    await house.node.call("DELETE", "/stops/dataset/rice")
    assert (await house.agree(url)).status == 303


async def test_a_link_leads_to_nothing_else_that_comes_under_the_same_id(house: Any) -> None:
    await house.publish()
    url = (await house.invite())["url"]
    await house.node.call("DELETE", "/datasets/rice")
    assert await house.states() == [("ended", 0)]
    await house.publish(description="other data")
    assert "This invitation has ended" in (await house.ask(url)).text
    assert (await house.agree(url)).status == 409
    assert await house.states() == [("ended", 0)]


async def test_who_had_a_link_is_not_told_of_what_comes_under_the_same_id(house: Any) -> None:
    await house.publish()
    url = (await house.invite())["url"]
    await house.agree(url)
    await house.node.call("DELETE", "/datasets/rice")
    await house.publish(title="A table that is nobody's business", terms={"purposes": ["secrets"]})
    page = await house.ask(url)
    assert "This invitation has ended" in page.text
    for told in ("business", "secrets", hashlib.sha256(CONTENT).hexdigest()):
        assert told not in page.text, told


async def test_it_ends_by_date(house: Any) -> None:
    await house.publish()
    url = (await house.invite())["url"]
    await house.agree(url)
    await house.pass_over("2026-01-01T00:00:00.000000Z")
    await house.heard("invitation-ended")
    assert (await house.ask(f"{url}/data")).status == 409
    assert "This invitation is over" in (await house.ask(url)).text
    agreements = await house.node.call("GET", "/agreements")
    assert [one["reason"] for one in agreements["items"]] == [["the invitation is over"]]


async def test_a_guest_goes_on_for_a_new_version_of_the_file(house: Any) -> None:
    await house.publish()
    url = (await house.invite())["url"]
    await house.agree(url)
    fresh = house.folder / "fresh.csv"
    fresh.write_bytes(b"newer\n")
    await house.publish(location=str(fresh), replace=True)
    assert (await house.ask(f"{url}/data")).text == "newer\n"


async def test_a_service_is_called_with_a_path_and_no_secret_of_this_host(
    house: Any, backend: Any
) -> None:
    address, seen = backend
    await house.publish("model", address)
    url = (await house.invite("model"))["url"]
    await house.agree(url)
    assert f"curl {url}/data/" in (await house.ask(url)).text
    headers = {"Cookie": "session=1", "Authorization": "Bearer theirs"}
    got = await house.ask(f"{url}/data/v1/price%20s?a=1", "POST", data=b"x", headers=headers)
    assert got.status == 200
    assert got.headers["Content-Security-Policy"].startswith("sandbox;")
    assert got.headers["Content-Disposition"] == "attachment"
    assert "Set-Cookie" not in got.headers
    assert seen[0].raw_path == "/v1/price%20s?a=1"
    assert not {"Cookie", "Authorization"} & set(seen[0].headers)


async def test_a_guessed_link_tells_nothing_and_is_paced(house: Any) -> None:
    await house.publish()
    url = (await house.invite())["url"]
    root, _, secret = url.rpartition("/")
    near = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    told = set()
    for guess in (near, "x", "A" * 43, "%00", "ế", "A" * 2000, f"{near}/data", "x/data/y"):
        got = await house.ask(f"{root}/{guess}")
        told.add((got.status, got.text))
    assert [status for status, _ in told] == [404]
    async with asyncio.timeout(60):
        while (got := await house.ask(f"{root}/{near}/data")).status == 404:
            pass
    assert (got.status, got.headers["Retry-After"]) == (429, "60")


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"economies": ["VN"]}, "economy"),
        ({"recipients": ["did:web:partner.example"]}, "did:web:partner.example"),
        ({"credentials": ["MembershipCredential"]}, "what the recipient has proven"),
    ],
)
async def test_terms_that_want_a_proof_are_not_invitable(house: Any, terms: Any, why: str) -> None:
    await house.publish(terms=terms)
    order = {"dataset": "rice", "until": "2027-06-30T00:00:00Z"}
    status, said = await house.refused("POST", "/invitations", order)
    assert status == 403
    assert said.startswith("an invitation of a guest, who can prove nothing but the link, refused:")
    assert why in said


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ({"until": "2020-01-01T00:00:00Z"}, 400),
        ({"until": "2099-01-01T00:00:00Z"}, 400),
        ({"dataset": "nothing"}, 404),
        ({"count": 0}, 400),
    ],
)
async def test_an_invitation_that_cannot_be_is_refused(house: Any, order: Any, status: int) -> None:
    await house.publish()
    whole = {"dataset": "rice", "until": "2027-06-30T00:00:00Z", **order}
    assert (await house.refused("POST", "/invitations", whole))[0] == status
    assert await house.states() == []
