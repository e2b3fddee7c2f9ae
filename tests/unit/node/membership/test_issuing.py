from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from faifo.errors import ConflictError, MalformedMessageError, NotFoundError, SettingsError
from faifo.messages.dcp_1_0.issuance import CredentialReference, CredentialRequestMessage
from faifo.node.membership.authority import object_id
from faifo.node.membership.issuing import OPEN_REQUESTS, Issuing
from faifo.store.contract import Store
from faifo.store.records import Standing
from faifo.trust.dcp.credential import read_credential
from faifo.trust.dcp.profiles import Profile
from faifo.trust.dcp.status_list import read_status_list

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MEMBER = "did:web:member.example"
MEMBERSHIP = object_id("MembershipCredential", Profile.VC20)


def request(*names: str, pid: str = "urn:uuid:1") -> CredentialRequestMessage:
    references = tuple(CredentialReference(id=name) for name in names)
    return CredentialRequestMessage(holder_pid=pid, credentials=references)


@pytest.fixture
def desk(issuing: Issuing, store: Store) -> Any:
    """Calls a use case in a unit of work of its own."""

    async def call(name: str, *arguments: Any, **named: Any) -> Any:
        work = getattr(issuing, name)
        return await store.run(lambda tx: work(tx, *arguments, now=NOW, **named))

    return call


async def test_a_request_for_what_is_not_issued_is_refused_whole(desk: Any, store: Store):
    with pytest.raises(MalformedMessageError) as caught:
        await desk("requested", MEMBER, request(MEMBERSHIP, "urn:nothing"))
    assert str(caught.value) == (
        "the credential 'urn:nothing' at $.credentials; expected an id of this issuer's metadata"
    )
    assert await store.read(lambda tx: tx.members.get(MEMBER)) is None


async def test_open_requests_of_one_holder_are_bounded(desk: Any):
    for number in range(OPEN_REQUESTS):
        await desk("requested", MEMBER, request(MEMBERSHIP, pid=f"urn:uuid:{number}"))
    with pytest.raises(ConflictError, match="16 requests of yours wait for a decision"):
        await desk("requested", MEMBER, request(MEMBERSHIP))
    await desk("requested", "did:web:other.example", request(MEMBERSHIP))


async def test_admitting_issues_what_was_asked_for_once_and_queues_it(
    desk: Any, store: Store, rows: Any
):
    await desk("requested", MEMBER, request(MEMBERSHIP, MEMBERSHIP))
    member = await desk("admit", MEMBER, claims={"name": "Member"}, types=())
    assert (member.status, member.name) == (Standing.ACTIVE, "Member")
    (row,) = rows.added
    content = msgspec.json.decode(row.body)
    (container,) = content["credentials"]
    credential = read_credential(container["payload"])
    (subject,) = credential.subjects
    assert subject == {"id": MEMBER, "name": "Member", "economy": "VN"}
    assert credential.valid_until == NOW + timedelta(days=365)
    assert row.give_up == NOW + timedelta(days=7)
    assert {entry.purpose for entry in credential.entries} == {"revocation", "suspension"}


async def test_what_does_not_fit_its_schema_is_not_issued(desk: Any, store: Store, rows: Any):
    with pytest.raises(SettingsError, match="there is no framework at"):
        await desk("admit", MEMBER, claims={}, types=("AIAssuranceCredential",))
    with pytest.raises(SettingsError, match="this authority does not issue Nothing"):
        await desk("admit", MEMBER, claims={}, types=("Nothing",))
    assert rows.added == []
    assert await store.read(lambda tx: tx.members.get(MEMBER)) is None
    assert await store.read(lambda tx: tx.issued.find()) == []


@pytest.mark.parametrize(
    ("standing", "action", "told"),
    [
        pytest.param("revoked", "admit", "is revoked; renew it to admit it again", id="admit"),
        pytest.param("suspended", "admit", "is suspended; renew it", id="admit the suspended"),
        pytest.param("revoked", "suspend", "is revoked; renew it instead", id="suspend"),
    ],
)
async def test_what_the_desk_does_not_do(desk: Any, standing: str, action: str, told: str):
    await desk("admit", MEMBER, claims={"name": "M"}, types=())
    await desk("withdraw", MEMBER, Standing(standing), reason="x")
    admitted = desk("admit", MEMBER, claims={}, types=())
    withdrawn = desk("withdraw", MEMBER, Standing.SUSPENDED, reason="x")
    wanted, other = (admitted, withdrawn) if action == "admit" else (withdrawn, admitted)
    other.close()
    with pytest.raises(ConflictError, match=told):
        await wanted


async def test_who_is_no_member_is_not_withdrawn_nor_renewed(desk: Any):
    for did in (MEMBER, "did:web:nobody.example"):
        if did == MEMBER:
            await desk("requested", MEMBER, request(MEMBERSHIP))
        with pytest.raises(NotFoundError):
            await desk("withdraw", did, Standing.REVOKED, reason="x")
        with pytest.raises(NotFoundError):
            await desk("renew", did, claims={})


async def test_the_lists_show_what_is_withdrawn_and_renewing_leaves_the_revoked(
    desk: Any, issuing: Issuing, store: Store
):
    await desk("admit", MEMBER, claims={"name": "M"}, types=())
    (old,) = await store.read(lambda tx: tx.issued.find())

    async def bits(purpose: str) -> list[bool]:
        name = f"vc20-{purpose}"
        text = await store.read(lambda tx: issuing.book.status_list(tx, name, now=NOW))
        found = read_status_list(text, url=f"https://authority.example/issuer/status/{name}")
        return [found.is_set(one.index) for one in await store.read(lambda tx: tx.issued.find())]

    await desk("withdraw", MEMBER, Standing.SUSPENDED, reason="x")
    assert (await bits("revocation"), await bits("suspension")) == ([False], [True])
    await desk("renew", MEMBER, claims={})
    assert await bits("suspension") == [False, False]
    await desk("withdraw", MEMBER, Standing.REVOKED, reason="x")
    await desk("renew", MEMBER, claims={})
    issued = await store.read(lambda tx: tx.issued.find())
    assert sorted(await bits("revocation")) == [False, True, True]
    revoked = {one.id for one in issued if one.status is Standing.REVOKED}
    assert old.id in revoked
    with pytest.raises(NotFoundError, match="status list"):
        await store.read(lambda tx: issuing.book.status_list(tx, "vc20-other", now=NOW))


async def test_renewing_answers_what_the_member_asks_for_and_leaves_what_does_not_fit(
    desk: Any, store: Store, rows: Any
):
    await desk("admit", MEMBER, claims={"name": "M"}, types=())
    await desk("withdraw", MEMBER, Standing.REVOKED, reason="x")
    ours = await desk("requested", MEMBER, request(MEMBERSHIP))
    assured = object_id("AIAssuranceCredential", Profile.VC20)
    beyond = await desk("requested", MEMBER, request(assured, pid="urn:uuid:2"))
    rows.added.clear()
    await desk("renew", MEMBER, claims={})
    (row,) = rows.added
    assert row.process == ours.id
    assert len(await store.read(lambda tx: tx.issued.find(status=Standing.ACTIVE))) == 1
    (waiting,) = await store.read(lambda tx: tx.issuances.find(status="RECEIVED"))
    assert waiting.id == beyond.id


async def test_only_its_holder_may_ask_how_a_request_is(desk: Any, issuing: Issuing, store: Store):
    kept = await desk("requested", MEMBER, request(MEMBERSHIP))
    status = await store.read(lambda tx: issuing.request_status(tx, MEMBER, kept.id))
    assert status.status.value == "RECEIVED"
    for holder, name in (("did:web:other.example", kept.id), (MEMBER, "urn:uuid:none")):
        with pytest.raises(NotFoundError, match="request of yours"):
            await store.read(lambda tx, h=holder, n=name: issuing.request_status(tx, h, n))
    await desk("refuse", MEMBER, reason="not ours")
    with pytest.raises(NotFoundError, match="application"):
        await desk("refuse", MEMBER, reason="again")
    member = await store.read(lambda tx: tx.members.get(MEMBER))
    assert member is not None
    assert member.status is Standing.REFUSED
