from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from faifo import clock
from faifo.dataplane.gate import AccessDenied, AccessRequest, File, HttpApi
from faifo.machines.role import Role
from faifo.machines.transfer import State
from faifo.node.custody.directory import Directory
from faifo.node.delivery.changes import Changes
from faifo.node.exchange.conduct import Access, Act, PromptConduct, Refuse
from faifo.node.exchange.transferring import token_digest
from faifo.node.offering import gate as gate_module
from faifo.node.offering.gate import NodeGate
from faifo.node.offering.holding import HeldCalls
from faifo.node.people.reviews import Reviews
from faifo.node.settings.model import DataSettings
from faifo.store.contract import Store, Transaction
from faifo.store.records import (
    Agreement,
    Dataset,
    Proof,
    Review,
    ReviewState,
    SourceKind,
    StoredPassport,
    StoredSource,
    Transfer,
)

NOW = clock.now()
TOKEN = "a-data-token"
PEER = "did:web:peer.example"
USE = {"permission": [{"action": "use"}]}
PAST = {
    "permission": [
        {
            "action": "use",
            "constraint": [
                {
                    "leftOperand": "dateTime",
                    "operator": "lteq",
                    "rightOperand": "2020-01-01T00:00:00Z",
                }
            ],
        }
    ]
}

Change = Callable[[Any], Any]


def _transfer(**changes: Any) -> Transfer:
    given: dict[str, Any] = {
        "pid": "t",
        "role": Role.PROVIDER,
        "state": State.STARTED,
        "peer": PEER,
        "proof": Proof(did=PEER),
        "created": NOW,
        "updated": NOW,
        "callback": "http://peer.example",
        "dataset": "d",
        "agreement": "a",
        "format": "HttpData-PULL",
        "open": True,
        "token_digest": token_digest(TOKEN),
        "token_expires": NOW + timedelta(hours=1),
        **changes,
    }
    return Transfer(**given)


def _agreement(**changes: Any) -> Agreement:
    given: dict[str, Any] = {
        "id": "a",
        "role": Role.PROVIDER,
        "provider": "did:web:us.example",
        "consumer": PEER,
        "dataset": "d",
        "document": USE,
        "created": NOW,
        "active": True,
        "publication": "o",
        **changes,
    }
    return Agreement(**given)


def _dataset(**changes: Any) -> Dataset:
    source = StoredSource(
        kind=SourceKind.FILE, location="/x", digest="00" * 32, size=1, signature=(1, 2, 1, 3, 4)
    )
    given: dict[str, Any] = {
        "id": "d",
        "title": "",
        "offer_id": "o",
        "policy": USE,
        "source": source,
        "media_type": "text/csv",
        "published": NOW,
        **changes,
    }
    return Dataset(**given)


async def _filled(
    store: Store, *, transfer: Any = None, agreement: Any = None, dataset: Any = None
) -> None:
    async def fill(tx: Transaction) -> None:
        await tx.transfers.put(_transfer(**(transfer or {})))
        await tx.agreements.put(_agreement(**(agreement or {})))
        await tx.datasets.put(_dataset(**(dataset or {})))

    await store.run(fill)


def _gate(store: Store, folder: Path) -> tuple[NodeGate, Changes]:
    changes = Changes()
    return NodeGate(
        store, changes, directory=Directory(folder), keyring=None, limits=DataSettings()
    ), changes


def _request(**changes: Any) -> AccessRequest:
    given = {"transfer_id": "t", "token": TOKEN, "method": "GET", "path": "", "query": ""}
    return AccessRequest(**{**given, **changes})


async def test_a_token_opens_its_own_transfer(store: Store, tmp_path: Path) -> None:
    await _filled(store)
    grant = await _gate(store, tmp_path)[0].admit(_request())
    assert isinstance(grant.source, File)
    assert (grant.transfer_id, grant.agreement_id, grant.consumer) == ("t", "a", PEER)


async def test_what_is_forgotten_of_a_token_leaves_nothing_behind(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_module, "REMEMBERED", 3)
    await _filled(store)
    gate, changes = _gate(store, tmp_path)
    for number in range(8):
        pid, token = f"t{number}", f"token-{number}"
        other = _transfer(pid=pid, token_digest=token_digest(token))
        await store.run(lambda tx, other=other: tx.transfers.put(other))
        await gate.admit(_request(transfer_id=pid, token=token))
    assert len(gate._known) == 3
    assert {name: len(of) for name, of in gate._tokens_of.items()} == {
        "t5": 1, "t6": 1, "t7": 1, "a": 3, "d": 3,
    }  # fmt: skip
    changes.ring("t6")
    assert len(gate._tokens_of["d"]) == 2
    changes.ring("d")
    assert (gate._known, dict(gate._tokens_of)) == ({}, {})


REFUSALS: list[Any] = [
    pytest.param({}, {"token": "another"}, 401, "token-unknown", id="another token"),
    pytest.param({}, {"transfer_id": "u"}, 401, "token-unknown", id="another transfer"),
    pytest.param({"transfer": {"token_expires": NOW}}, {}, 401, "token-expired", id="expired"),
    pytest.param({"transfer": {"open": False}}, {}, 403, "transfer-closed", id="being stopped"),
    pytest.param(
        {"transfer": {"state": State.SUSPENDED, "open": False}},
        {},
        403,
        "transfer-closed",
        id="suspended",
    ),
    pytest.param(
        {"transfer": {"state": State.COMPLETED}}, {}, 403, "transfer-closed", id="completed"
    ),
    pytest.param({"dataset": {"withdrawn": NOW}}, {}, 410, "withdrawn", id="withdrawn"),
    pytest.param(
        {"dataset": {"passport": StoredPassport(envelope="{}", sha256="0", withdrawal="{}")}},
        {}, 403, "passport-withdrawn", id="its passport is withdrawn",
    ),
    pytest.param({"agreement": {"active": False}}, {}, 403, "agreement-ended", id="not in force"),
    pytest.param({"agreement": {"ended": NOW}}, {}, 403, "agreement-ended", id="ended"),
    pytest.param({"dataset": {"offer_id": "p"}}, {}, 403, "agreement-ended", id="published anew"),
    pytest.param({"dataset": {"version": 2}}, {}, 403, "agreement-ended", id="another version"),
    pytest.param(
        {"agreement": {"consumer": "did:web:c"}}, {}, 403, "agreement-ended", id="somebody else's"
    ),
    pytest.param({"agreement": {"document": PAST}}, {}, 403, "policy-refused", id="the terms"),
    pytest.param(
        {"dataset": {"source": StoredSource(
            kind=SourceKind.HTTP, location="http://h", credentials="nothing")}},
        {}, 503, "source-unavailable", id="no credentials file",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("stored", "request_", "status", "code"), REFUSALS)
async def test_refusals(
    store: Store, tmp_path: Path, stored: Any, request_: Any, status: int, code: str
) -> None:
    await _filled(store, **stored)
    with pytest.raises(AccessDenied) as denied:
        await _gate(store, tmp_path)[0].admit(_request(**request_))
    assert (denied.value.status, denied.value.denial) == (status, code)
    assert TOKEN not in str(denied.value)
    kept = await store.read(lambda tx: tx.decisions.count(stage="access"))
    assert kept == (1 if code == "policy-refused" else 0), "a decision of the terms is kept"


async def test_a_revoked_token_is_refused_from_the_change_on(store: Store, tmp_path: Path) -> None:
    await _filled(store)
    gate, changes = _gate(store, tmp_path)
    await gate.admit(_request())

    async def revoke(tx: Transaction) -> None:
        record = await tx.transfers.get("t")
        await tx.transfers.put(msgspec.structs.replace(record, open=False))
        tx.after_commit(lambda: changes.ring("t"))

    await store.run(revoke)
    with pytest.raises(AccessDenied, match="the transfer is being stopped"):
        await gate.admit(_request())


async def test_an_api_gets_the_headers_of_its_credentials_file(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "backend").write_text("Authorization: Basic a:b=\n\nX-Key:y\n")
    source = StoredSource(kind=SourceKind.HTTP, location="http://h/x", credentials="backend")
    await _filled(store, dataset={"source": source})
    grant = await _gate(store, tmp_path)[0].admit(_request())
    assert isinstance(grant.source, HttpApi)
    assert grant.source.headers == {"Authorization": "Basic a:b=", "X-Key": "y"}
    assert "Basic" not in repr(grant)


async def test_the_token_before_a_renewal_is_good_until_its_own_end(
    store: Store, tmp_path: Path
) -> None:
    before = {"token_digest": token_digest("fresh"), "former_digest": token_digest(TOKEN)}
    await _filled(store, transfer={**before, "former_expires": NOW + timedelta(hours=1)})
    gate, changes = _gate(store, tmp_path)
    for token in (TOKEN, "fresh"):
        assert (await gate.admit(_request(token=token))).transfer_id == "t"

    async def arrived(tx: Transaction) -> None:
        record = await tx.transfers.get("t")
        assert record is not None
        await tx.transfers.put(msgspec.structs.replace(record, former_digest=None))

    await store.run(arrived)
    changes.ring("t")
    with pytest.raises(AccessDenied) as refused:
        await gate.admit(_request())
    assert refused.value.denial == "token-unknown"
    assert (await gate.admit(_request(token="fresh"))).transfer_id == "t"


async def test_a_former_token_ends_with_its_own_time(store: Store, tmp_path: Path) -> None:
    before = {"token_digest": token_digest("fresh"), "former_digest": token_digest(TOKEN)}
    await _filled(store, transfer={**before, "former_expires": NOW})
    with pytest.raises(AccessDenied) as refused:
        await _gate(store, tmp_path)[0].admit(_request())
    assert refused.value.denial == "token-expired"


async def test_a_decision_is_kept_exactly_until_it_can_change(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, time = NOW + timedelta(minutes=10), NOW
    monkeypatch.setattr(clock, "now", lambda: time)
    bound = {"leftOperand": "dateTime", "operator": "lt", "rightOperand": end.isoformat()}
    until = {"permission": [{"action": "use", "constraint": [bound]}]}
    await _filled(store, agreement={"document": until})
    gate, changes = _gate(store, tmp_path)
    first = (await gate.admit(_request())).context
    assert first.until == end + timedelta(microseconds=1)
    time = end - timedelta(microseconds=1)
    assert (await gate.admit(_request())).context.decision is first.decision
    changes.ring("a")
    assert (await gate.admit(_request())).context.decision is not first.decision
    time = end
    with pytest.raises(AccessDenied):
        await gate.admit(_request())
    time = NOW  # the clock was ahead, and is right again
    assert (await gate.admit(_request())).context.until == first.until


# ── calls that wait for a person ─────────────────────────────────────────────────────────────────

EACH = {
    "permission": [
        {
            "action": "use",
            "constraint": [
                {
                    "leftOperand": "urn:faifo:odrl:approval",
                    "operator": "eq",
                    "rightOperand": "each-use",
                }
            ],
        }
    ]
}


def _holding(store: Store, folder: Path, conduct: Any = None) -> tuple[NodeGate, Changes]:
    changes = Changes()
    store.listen(changes.rung)
    reviews = Reviews(did="did:web:us.example", store=store, keys=None, accounts=None)
    gate = NodeGate(
        store, changes, directory=Directory(folder), keyring=None, limits=DataSettings(),
        conduct=conduct, held=HeldCalls(store, changes, reviews),
    )  # fmt: skip
    return gate, changes


async def _waits(store: Store, call: asyncio.Task[Any]) -> Review:
    """Return the review of a call, once it waits."""
    async with asyncio.timeout(30):
        while not call.done():
            found = await store.read(lambda tx: tx.reviews.find(state="open"))
            if found:
                return found[0]
            await asyncio.sleep(0.01)
    await call
    raise AssertionError("it did not wait")


async def _decide(store: Store, changes: Changes, review: Review, state: ReviewState) -> None:
    await store.run(lambda tx: tx.reviews.put(msgspec.structs.replace(review, state=state)))
    changes.ring(review.id)


async def test_a_call_waits_for_a_person_and_goes_on(store: Store, tmp_path: Path) -> None:
    await _filled(store, agreement={"document": EACH})
    gate, changes = _holding(store, tmp_path)
    assert isinstance((await gate.admit(_request(method="HEAD"))).source, File)
    call = asyncio.create_task(gate.admit(_request()))
    review = await _waits(store, call)
    assert (review.kind, review.subject) == ("access", "t")
    with pytest.raises(AccessDenied) as caught:  # one at a time
        await gate.admit(_request())
    assert "A person must agree to it first." in str(caught.value.reasons)
    await _decide(store, changes, review, ReviewState.UPHELD)
    grant = await call
    told = grant.context.decision.written.facts["urn:faifo:odrl:approval"]
    assert told["provenance"] == f"the review {review.id} of this node"
    # The next one is another use.
    other = asyncio.create_task(gate.admit(_request()))
    await _decide(store, changes, await _waits(store, other), ReviewState.REJECTED)
    with pytest.raises(AccessDenied) as caught:
        await other
    assert (caught.value.status, caught.value.denial) == (403, "policy-refused")


async def test_a_call_waits_until_its_deadline_and_is_refused(
    store: Store, tmp_path: Path, time: Any
) -> None:
    expires = time.now + timedelta(hours=1)
    await _filled(store, agreement={"document": EACH}, transfer={"token_expires": expires})
    gate, changes = _holding(store, tmp_path)
    call = asyncio.create_task(gate.admit(_request()))
    review = await _waits(store, call)
    time.passes(51)
    changes.ring(review.id)
    with pytest.raises(AccessDenied) as caught:
        await call
    assert caught.value.denial == "policy-refused"
    kept = await store.read(lambda tx: tx.reviews.get(review.id))
    assert kept is not None
    assert kept.state is ReviewState.LAPSED


class Careful(PromptConduct):
    """A conduct of somebody's own, which lets nothing through."""

    every_access = True

    async def access(self, tx: Any, record: Any, *, asks: bool, now: Any) -> Any:  # noqa: ARG002
        return Refuse((f"{record.pid}: not today",))


class Careless(PromptConduct):
    """A conduct that lets everything through."""

    async def access(self, tx: Any, record: Any, *, asks: bool, now: Any) -> Any:  # noqa: ARG002
        return Act(Access.LET)


async def test_another_conduct_refuses_and_cannot_let_through(store: Store, tmp_path: Path) -> None:
    await _filled(store)
    with pytest.raises(AccessDenied) as caught:
        await _holding(store, tmp_path, Careful())[0].admit(_request())
    assert (caught.value.status, caught.value.denial) == (403, "policy-refused")
    assert "t: not today" in str(caught.value.reasons)

    async def each(tx: Transaction) -> None:
        kept = await tx.agreements.get("a", Role.PROVIDER)
        await tx.agreements.put(msgspec.structs.replace(kept, document=EACH))

    await store.run(each)
    with pytest.raises(AccessDenied):
        await _holding(store, tmp_path, Careless())[0].admit(_request())
