from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from faifo.errors import BusyError, NotProvenError, UnreachableError
from faifo.node.custody.trust_file import (
    TrustedIssuer,
    TrustedParticipant,
    TrustFile,
    add_issuer,
    add_trust,
)
from faifo.node.delivery.peer_answer import PeerAnswer
from faifo.node.outward.resolver import WebResolver
from faifo.node.outward.sources import Sources
from faifo.node.outward.strangers import Bucket, CallersResolver, Limits, Strangers, books
from faifo.store.contract import Store
from faifo.store.records import Member, Standing

LIMITS = Limits(per_minute=6, per_host=3, at_once=2)


def strangers(*known: str) -> Strangers:
    async def met(did: str) -> bool:
        return did in known

    return Strangers(LIMITS, known=met)


async def ask(places: Strangers, host: str, did: str = "did:web:x") -> str:
    try:
        async with places.asking(did, f"https://{host}/did.json"):
            return ""
    except BusyError as error:
        return str(error)


def test_places_come_back_one_by_one(time: Any):
    bucket = Bucket(6)
    for _ in range(6):
        assert bucket.wait() == 0
        bucket.take()
    assert bucket.wait() == 10
    time.passes(9)
    assert bucket.wait() == pytest.approx(1)
    time.passes(1)
    assert bucket.wait() == 0
    time.passes(3600)
    for _ in range(6):
        assert bucket.wait() == 0
        bucket.take()
    assert bucket.wait() > 0


async def test_one_host_and_then_all_together(time: Any):
    places = strangers()
    assert [await ask(places, "a.example") for _ in range(3)] == [""] * 3
    assert await ask(places, "a.example:8443") == (
        "this node looks at no more than 3 callers a minute of a.example that it has not met;"
        " come again in 20 s"
    )
    assert [await ask(places, f"{n}.example") for n in range(3)] == [""] * 3
    assert await ask(places, "z.example") == (
        "this node looks at no more than 6 callers a minute that it has not met; come again in 10 s"
    )
    time.passes(10)
    assert await ask(places, "z.example") == ""


async def test_who_is_known_takes_no_place(time: Any):
    places = strangers("did:web:known")
    places.met("did:web:proven")
    for did in ("did:web:known", "did:web:proven"):
        assert [await ask(places, "a.example", did) for _ in range(20)] == [""] * 20
    assert [await ask(places, "a.example") for _ in range(3)] == [""] * 3


async def test_a_place_is_free_again_whatever_becomes_of_the_question(time: Any):
    places = strangers()
    entered, go = asyncio.Event(), asyncio.Event()

    async def hold(host: str) -> None:
        async with places.asking("did:web:x", f"https://{host}/"):
            entered.set()
            await go.wait()
            raise NotProvenError(step="s", reason="no")

    tasks = [asyncio.create_task(hold(f"{n}.example")) for n in range(2)]
    await entered.wait()
    await asyncio.sleep(0)
    assert await ask(places, "c.example") == (
        "this node looks at no more than 2 callers that it has not met; come again in 1 s"
    )
    go.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert await ask(places, "c.example") == ""


class Nobody:
    """Outgoing calls that all end with 404."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def get(self, url: str, **_: Any) -> PeerAnswer:
        self.asked.append(url)
        return PeerAnswer(404, b"", {})


async def test_a_document_that_failed_is_asked_for_later_only(time: Any, turned_away: Any):
    host = Nobody()
    inner = WebResolver(
        Sources(host),  # type: ignore[arg-type]
        allow_http=False,
        memory=timedelta(minutes=1),
    )
    callers = CallersResolver(inner, strangers(), allow_http=False, pause=timedelta(seconds=5))
    for _ in range(5):
        with pytest.raises(UnreachableError) as heard:
            await callers.resolve("did:web:a.example")
        assert str(heard.value) == turned_away.NOT_HAD
        assert "answered 404" in turned_away.why
    assert len(host.asked) == 1
    # What this node wants for itself is asked for at once.
    with pytest.raises(NotProvenError):
        await inner.resolve("did:web:a.example")
    time.passes(5.1)
    with pytest.raises(UnreachableError):
        await callers.resolve("did:web:a.example")
    assert len(host.asked) == 3


async def test_whom_the_files_and_books_know(tmp_path: Path, store: Store):
    path = tmp_path / "trust.toml"
    add_trust(path, TrustedParticipant(did="did:web:partner.example"))
    add_issuer(path, TrustedIssuer(did="did:web:issuer.example", types=("X",)))
    now = datetime(2026, 1, 1, tzinfo=UTC)

    async def write(tx: Any) -> None:
        for name, status in (("member", Standing.ACTIVE), ("applicant", Standing.APPLIED)):
            await tx.members.put(Member(did=f"did:web:{name}.example", status=status, since=now))

    await store.run(write)
    known = books(store, TrustFile(path))
    found = {
        name: await known(f"did:web:{name}.example")
        for name in ("partner", "issuer", "member", "applicant", "stranger")
    }
    assert found == {
        "partner": True, "issuer": True, "member": True, "applicant": False, "stranger": False,
    }  # fmt: skip
