"""What the suites of the ports run on: the node's own parts, and the doubles that tests use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from dataplane.doubles import TOKEN
from faifo import clock
from faifo.dataplane.gate import AccessRequest, Gate
from faifo.dataplane.journal import Access
from faifo.machines.role import Role
from faifo.machines.transfer import State
from faifo.node.custody.directory import Directory
from faifo.node.custody.trust_file import TrustedParticipant, TrustFile, write_trust
from faifo.node.delivery.changes import Changes
from faifo.node.exchange.transferring import token_digest
from faifo.node.membership.authentication import (
    Authenticator,
    Prover,
    SelfIssuedAuthenticator,
    StrangerAuthenticator,
)
from faifo.node.offering.access_journal import NodeJournal
from faifo.node.offering.gate import NodeGate
from faifo.node.settings.model import DataSettings
from faifo.store.contract import Transaction
from faifo.store.records import Agreement, Dataset, Proof, SourceKind, StoredSource, Transfer
from faifo.store.sqlite.store import open_store
from faifo.trust import self_issued
from faifo.trust.did import DidDocument, read_did_document, write_did_document
from faifo.trust.keys import KeyPurpose, SigningKey

US, PEER, OTHER = "did:web:us.example", "did:web:peer.example", "did:web:other.example"
PID = "transfer-1"
KEY = SigningKey(
    id=f"{PEER}#token-1",
    purpose=KeyPurpose.TOKEN,
    created=clock.now(),
    private_key=ec.generate_private_key(ec.SECP256R1()),
)


def token(**changes: Any) -> str:
    """Return what PEER says to us, but for `changes`."""
    given: dict[str, Any] = {"audience": US, "jti": "one", "now": clock.now(), **changes}
    return self_issued.issue(key=KEY, did=PEER, **given)


class Documents:
    """DID documents; `failure` is raised instead."""

    def __init__(self) -> None:
        self.failure: Exception | None = None

    async def resolve(self, did: str, **_: object) -> DidDocument:
        if self.failure:
            raise self.failure
        return read_did_document(write_did_document(did, [KEY], []), did=did)


def by_trust_file(folder: Path, documents: Documents) -> Authenticator:
    write_trust(folder / "trust.toml", (TrustedParticipant(did=PEER, name="Peer"),))
    return SelfIssuedAuthenticator(
        did=US, trust=TrustFile(folder / "trust.toml"), resolver=documents
    )


def of_strangers(folder: Path, documents: Documents) -> Authenticator:
    return StrangerAuthenticator(Prover(did=US, resolver=documents))


AUTHENTICATORS = {"trust file": by_trust_file, "strangers": of_strangers}


def request(**changes: str) -> AccessRequest:
    given = {
        "transfer_id": PID,
        "token": TOKEN,
        "method": "GET",
        "path": "",
        "query": "",
        **changes,
    }
    return AccessRequest(**given)


class Opened:
    """A gate, and how its transfer is shut."""

    def __init__(self, gate: Gate, shut: Callable[[], Awaitable[None]]) -> None:
        self.gate = gate
        self.shut = shut


@asynccontextmanager
async def node_gate(folder: Path) -> AsyncIterator[Opened]:
    store, changes, now = await open_store(folder / "faifo.db"), Changes(), clock.now()

    async def fill(tx: Transaction) -> None:
        source = StoredSource(
            kind=SourceKind.FILE, location="/x", digest="00" * 32, size=1, signature=(1, 2, 1, 3, 4)
        )
        use = {"permission": [{"action": "use"}]}
        await tx.datasets.put(
            Dataset(id="d", title="", offer_id="o", policy=use, source=source,
                    media_type="text/csv", published=now)
        )  # fmt: skip
        await tx.agreements.put(
            Agreement(id="a", role=Role.PROVIDER, provider=US, consumer=PEER, dataset="d",
                      document=use, created=now, publication="o", active=True)
        )  # fmt: skip
        await tx.transfers.put(
            Transfer(pid=PID, role=Role.PROVIDER, state=State.STARTED, peer=PEER,
                     proof=Proof(did=PEER), created=now, updated=now, callback="http://p.example",
                     dataset="d", agreement="a", format="HttpData-PULL", open=True,
                     token_digest=token_digest(TOKEN), token_expires=now + timedelta(hours=1))
        )  # fmt: skip

    async def shut() -> None:
        async def close(tx: Transaction) -> None:
            record = await tx.transfers.get(PID)
            assert record
            await tx.transfers.put(msgspec.structs.replace(record, open=False))
            tx.after_commit(lambda: changes.ring(PID))

        await store.run(close)

    await store.run(fill)
    try:
        limits = DataSettings()
        yield Opened(
            NodeGate(store, changes, directory=Directory(folder), keyring=None, limits=limits), shut
        )
    finally:
        await store.close()


class Book:
    """A journal, and what it has kept: path and outcome of each access."""

    def __init__(self, journal: Any, kept: Callable[[], Awaitable[list[tuple[str, str]]]]) -> None:
        self.journal = journal
        self.kept = kept


@asynccontextmanager
async def node_journal(folder: Path) -> AsyncIterator[Book]:
    store = await open_store(folder / "faifo.db")

    async def kept() -> list[tuple[str, str]]:
        rows = await store.read(lambda tx: tx.journal.find())
        return [(row.detail["path"], row.event.removeprefix("access-")) for _, row in rows]

    try:
        yield Book(NodeJournal(store), kept)
    finally:
        await store.close()


def access(path: str, **changes: Any) -> Access:
    given: dict[str, Any] = {
        "access_id": path, "grant": None, "transfer_id": PID, "method": "GET", "path": path,
        "status": 200, "outcome": "served", **changes,
    }  # fmt: skip
    return Access(**given)
