"""What every authenticator, gate and journal keeps, whichever implementation it is.

The data plane's tests use doubles of the last two: they run through the same suite.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ports import (
    AUTHENTICATORS,
    OTHER,
    PEER,
    PID,
    TOKEN,
    Book,
    Documents,
    Opened,
    access,
    node_gate,
    node_journal,
    request,
    token,
)

from dataplane import doubles
from faifo import clock
from faifo.dataplane.gate import AccessDenied, File, StatSignature
from faifo.errors import NotProvenError, UnreachableError
from faifo.node.membership.authentication import Authenticator, claim
from faifo.store.sqlite.store import open_store

# ── who calls ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def documents() -> Documents:
    return Documents()


@pytest.fixture(params=AUTHENTICATORS)
def authenticator(
    request: pytest.FixtureRequest, tmp_path: Path, documents: Documents
) -> Authenticator:
    return AUTHENTICATORS[request.param](tmp_path, documents)


async def test_who_proves_itself_is_a_participant(authenticator: Authenticator) -> None:
    participant = await authenticator.authenticate(f"Bearer {token()}")
    assert participant.did == participant.proof.did == PEER
    assert participant.proof.evidence["kind"]


PAST = clock.now() - timedelta(hours=2)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(None, id="no header"),
        pytest.param("", id="an empty header"),
        pytest.param("Basic YTpi", id="another scheme"),
        pytest.param("Bearer x", id="no token"),
        pytest.param(f"Bearer {token(audience=OTHER)}", id="a token for somebody else"),
        pytest.param(f"Bearer {token(now=PAST)}", id="an old token"),
        pytest.param(f"Bearer {token()[:-8]}AAAAAAAA", id="another signature"),
    ],
)
async def test_who_does_not_is_refused(authenticator: Authenticator, header: str | None) -> None:
    with pytest.raises(NotProvenError):
        await authenticator.authenticate(header)


async def test_a_proof_that_cannot_be_had_now_is_no_refusal(
    authenticator: Authenticator, documents: Documents
) -> None:
    documents.failure = UnreachableError(who=PEER, reason="no answer")
    with pytest.raises(UnreachableError):
        await authenticator.authenticate(f"Bearer {token()}")


async def test_a_token_is_claimed_once(authenticator: Authenticator, tmp_path: Path) -> None:
    store = await open_store(tmp_path / "faifo.db")
    try:
        said = f"Bearer {token(jti='once')}"
        first, again = [await authenticator.authenticate(said) for _ in range(2)]
        await store.run(lambda tx: claim(tx, first))
        with pytest.raises(NotProvenError):
            await store.run(lambda tx: claim(tx, again))
    finally:
        await store.close()


# ── what a token opens ───────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def double_gate(folder: Path) -> AsyncIterator[Opened]:
    gate = doubles.TestGate()
    stat = StatSignature(dev=1, ino=2, size=1, mtime_ns=3, ctime_ns=4)
    gate.sources[PID] = File(path="/x", digest=b"0" * 32, size=1, media_type="text/csv", stat=stat)

    async def shut() -> None:
        del gate.sources[PID]

    yield Opened(gate, shut)


@pytest.fixture(params=[node_gate, double_gate], ids=["the node's", "the double"])
async def opened(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Opened]:
    async with request.param(tmp_path) as made:
        yield made


async def test_a_token_opens_its_transfer(opened: Opened) -> None:
    for _ in range(2):
        grant = await opened.gate.admit(request())
        assert (grant.transfer_id, isinstance(grant.source, File)) == (PID, True)
        assert grant.agreement_id
        assert grant.consumer


@pytest.mark.parametrize("wrong", [{"token": "other"}, {"token": ""}, {"transfer_id": "other"}])
async def test_nothing_else_does(opened: Opened, wrong: dict[str, str]) -> None:
    with pytest.raises(AccessDenied) as caught:
        await opened.gate.admit(request(**wrong))
    assert caught.value.status in {401, 404}
    assert TOKEN not in str(caught.value)


async def test_what_was_shut_opens_nothing_at_once(opened: Opened) -> None:
    await opened.gate.admit(request())
    await opened.shut()
    with pytest.raises(AccessDenied) as caught:
        await opened.gate.admit(request())
    assert 400 <= caught.value.status < 500


# ── what happened ────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def double_journal(folder: Path) -> AsyncIterator[Book]:
    journal = doubles.TestJournal()

    async def kept() -> list[tuple[str, str]]:
        return [(one.path, one.outcome) for one in journal.records]

    yield Book(journal, kept)


@pytest.fixture(params=[node_journal, double_journal], ids=["the node's", "the double"])
async def book(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Book]:
    async with request.param(tmp_path) as made:
        yield made


async def test_what_is_recorded_is_kept_when_the_call_returns(book: Book) -> None:
    headers = await book.journal.record(access("/a"))
    assert all(isinstance(value, str) for value in headers.values())
    assert await book.kept() == [("/a", "served")]


async def test_accesses_at_once_are_each_kept_once(book: Book) -> None:
    paths = [f"/{number}" for number in range(50)]
    await asyncio.gather(*(book.journal.record(access(path)) for path in paths))
    assert sorted(await book.kept()) == sorted((path, "served") for path in paths)


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "refused", "status": 403, "reason": "policy-refused"},
        {"outcome": "interrupted", "bytes_sent": 5, "range": (0, 9)},
        {"outcome": "served", "response_digest": hashlib.sha256(b"").digest()},
    ],
    ids=["a refusal", "a broken stream", "a digest"],
)
async def test_every_outcome_can_be_recorded(book: Book, changes: dict[str, Any]) -> None:
    await book.journal.record(access("/a", **changes))
    assert await book.kept() == [("/a", changes["outcome"])]
