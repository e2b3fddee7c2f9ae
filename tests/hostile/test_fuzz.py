"""A fuzz run over every public endpoint of a real node.

Mutated valid messages by a participant whose key the harness holds: at least half of the requests
pass authentication, so that they reach the rooms behind it. FAIFO_SEED chooses other mutations;
with FAIFO_FUZZ_SECONDS they go on for so long. Counts go to build/fuzz-counts.txt.
"""

from __future__ import annotations

import asyncio
import copy
import json
import os
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from harness import CONTEXT, DSP, Peer, free_port, peer, running, write_node
from world import World

from faifo.errors import IllegalTransitionError
from faifo.machines import negotiation, transfer
from faifo.machines.role import Role
from faifo.store.contract import Transaction

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEED = int(os.environ.get("FAIFO_SEED", "20261122"))
SECONDS = float(os.environ.get("FAIFO_FUZZ_SECONDS", "0"))
REQUESTS = 2_500
LIMIT = 64 * 1024
COUNTS = Path(__file__).parents[2] / "build" / "fuzz-counts.txt"

JUNK: list[Any] = [
    None, True, False, 0, -1, 7, 2**63, 2**70, 1e308, 0.5, "", " ", "x", "\0", "\ud7ff", "\uffff",
    "ữ", "\U0001f30f" * 600, "x" * 3000, "../..", "%2F%00", "urn:uuid:0", "did:web:localhost",
    "http://[::1", "http://localhost:1/x", "2026-11-31T00:00:00Z", "FINALIZED", [], [None], [[]],
    ["x"] * 500, {}, {"@id": "x"}, {"@value": {}}, {"": ""}, [{"and": [{"or": []}]}], CONTEXT,
]  # fmt: skip
RAW: list[bytes] = [
    b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"@type":"x","@type":"y"}',
    b"[" * 5000, b'{"a":' * 5000, b'{"a":NaN}', b'{"a":1e999}', b'{"a":"\\ud800"}', b"0" * 20_000,
    b" " * 300_000,
]  # fmt: skip
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"]
TAILS = ["", "/", "//", "/..", "/%2e%2e/", "/%00", "/%ff", "?x=%ff", "?after=%00", ";x", "/x" * 40,
         "%2F", "/request", "/agreement", "?after=" + "y" * 5000]  # fmt: skip


class Fuzz:
    """Makes requests and judges answers."""

    def __init__(self, there: World, seed: int) -> None:
        self.random = random.Random(seed)
        self.there = there
        self.counts: Counter[tuple[str, str]] = Counter()
        self.proven = 0
        self.sent = 0
        self.dataset: dict[str, Any] = {}
        self.negotiations: list[dict[str, Any]] = []
        self.transfers: list[dict[str, Any]] = []
        self.agreements: list[str] = []
        self.failures: list[str] = []

    async def feed(self) -> None:
        """Begin a genuine negotiation, and sometimes go on to a transfer, to have real ids."""
        node, friend = self.there.node, self.there.friend
        if self.random.random() < 0.5:
            self.negotiations.append(await friend.negotiated(node, self.dataset))
            return
        agreed = await friend.agreed(node, self.dataset)
        self.negotiations.append(agreed)
        self.agreements.append(agreed["agreement"])
        self.transfers.append(await friend.started(node, agreed["agreement"]))

    # ── requests ─────────────────────────────────────────────────────────────────────────────

    def valid(self) -> tuple[str, str, str, dict[str, Any] | None]:
        """Return handler, method, path and body of a request that may pass."""
        pick, friend = self.random.choice, self.there.friend
        process, moving = pick(self.negotiations), pick(self.transfers)
        pid = pick([process["providerPid"], process["consumerPid"], "urn:uuid:nothing"])
        tid = pick([moving["providerPid"], moving["providerPid"], moving["consumerPid"]])
        offer = friend.request(self.dataset)["offer"]
        agreement = {**offer, "@type": "Agreement", "assigner": "a", "assignee": "b"}
        n, t = f"/negotiations/{quote(pid)}", f"/transfers/{quote(tid)}"
        say, why = friend.message, {"code": "c", "reason": ["r"]}
        event = pick(["ACCEPTED", "FINALIZED"])
        first_offer = say("ContractOfferMessage", process, offer=offer)
        del first_offer["consumerPid"]
        first_offer |= {
            "callbackAddress": f"{friend.root}/cb",
            "providerPid": friend.message("x", process)["@id"],
        }
        counter = {"offer": offer}
        return pick([
            ("catalog", "POST", "/catalog/request",
             {"@context": [CONTEXT], "@type": "CatalogRequestMessage"}),
            ("dataset", "GET", f"/catalog/datasets/{quote(self.dataset['id'], safe='')}", None),
            ("n.request", "POST", "/negotiations/request", friend.request(self.dataset)),
            ("n.offers", "POST", "/negotiations/offers", first_offer),
            ("n.state", "GET", n, None),
            ("n.counter", "POST", f"{n}/request",
             say("ContractRequestMessage", process, **counter)),
            ("n.offer", "POST", f"{n}/offers", say("ContractOfferMessage", process, **counter)),
            ("n.agreement", "POST", f"{n}/agreement",
             say("ContractAgreementMessage", process, agreement=agreement)),
            ("n.verification", "POST", f"{n}/agreement/verification",
             say("ContractAgreementVerificationMessage", process)),
            ("n.events", "POST", f"{n}/events",
             say("ContractNegotiationEventMessage", process, eventType=event)),
            ("n.termination", "POST", f"{n}/termination",
             say("ContractNegotiationTerminationMessage", process, **why)),
            ("t.request", "POST", "/transfers/request",
             friend.transfer_request(pick([*self.agreements, "nothing"]))),
            ("t.state", "GET", t, None),
            ("t.start", "POST", f"{t}/start", say("TransferStartMessage", moving)),
            ("t.completion", "POST", f"{t}/completion", say("TransferCompletionMessage", moving)),
            ("t.suspension", "POST", f"{t}/suspension",
             say("TransferSuspensionMessage", moving, **why)),
            ("t.termination", "POST", f"{t}/termination",
             say("TransferTerminationMessage", moving, **why)),
            ("data", "GET", f"/../../data/{quote(moving['providerPid'])}", None),
        ])  # fmt: skip

    def mutated(self, document: Any) -> Any:
        document = copy.deepcopy(document)
        for _ in range(self.random.choice([0, 1, 1, 1, 2, 4])):
            at = document
            while True:
                inner = [v for v in (at.values() if isinstance(at, dict) else at)
                         if isinstance(v, dict | list) and v]  # fmt: skip
                if not inner or self.random.random() < 0.4:
                    break
                at = self.random.choice(inner)
            self._spoil(at)
        return document

    def _spoil(self, at: Any) -> None:
        junk = copy.deepcopy(self.random.choice(JUNK))
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        how = self.random.random()
        if not keys or how < 0.15:
            if isinstance(at, dict):
                at[self.random.choice(["x", "@id", "offer", "dataAddress", "constraint"])] = junk
            else:
                at.append(junk)
        elif how < 0.4:
            del at[self.random.choice(keys)]
        else:
            at[self.random.choice(keys)] = junk

    def authorization(self, handler: str) -> tuple[dict[str, str], bool]:
        """Return headers, and whether they prove who calls."""
        friend, node, draw = self.there.friend, self.there.node, self.random.random()
        if handler == "data":
            token = self.random.choice(self.transfers)["token"]
            return {"Authorization": f"Bearer {token if draw < 0.8 else token[:-1]}"}, draw < 0.8
        if draw < 0.8:
            return {"Authorization": f"Bearer {friend.token(node.did)}"}, True
        if draw < 0.85:
            return {}, False
        token = self.there.stranger.token(node.did)
        if draw < 0.95:
            claim = self.random.choice(["iss", "sub", "aud", "exp", "iat", "jti", "nbf"])
            junk = self.random.choice(JUNK)
            token = friend.token(node.did, **{claim: junk}) if _signable(claim, junk) else "a.b.c"
        return {"Authorization": f"Bearer {token}"}, False

    def headers(self) -> dict[str, str]:
        if self.random.random() < 0.9:
            return {"Content-Type": "application/json"}
        return self.random.choice(
            [
                {"Content-Type": "text/html"},
                {"Content-Type": ""},
                {"Content-Type": "application/json", "Content-Encoding": "br"},
                {"Content-Type": "application/json", "Accept-Encoding": "gzip;q=x"},
                {"Content-Type": "application/json", "X-Junk": "\u00ff" * 300},
                {"Content-Type": "application/json", "Range": "bytes=9-1,-5,x"},
                {"Content-Type": "application/json", "If-Range": '"x'},
            ]
        )

    async def one(self) -> None:
        handler, method, path, document = self.valid()
        proof, proven = self.authorization(handler)
        headers = {**self.headers(), **proof}
        data: bytes | None = None
        if document is not None:
            spoilt = self.random.random()
            data = (
                self.random.choice(RAW)
                if spoilt < 0.08
                else json.dumps(self.mutated(document)).encode()
            )
        if self.random.random() < 0.08:
            method = self.random.choice(METHODS)
        path = path.removeprefix("/../..") if handler == "data" else DSP + path
        if self.random.random() < 0.08:
            path += self.random.choice(TAILS)
        self.sent += 1
        self.proven += proven
        status, kind, body = await self.exchange(method, path, headers, data)
        self.counts[handler, f"{status // 100}xx"] += 1
        wrong = _judge(handler, method, status, kind, body)
        if wrong:
            self.failures.append(
                f"{wrong}: {method} {path} {data!r:.300} -> {status} {body!r:.300}"
            )

    async def exchange(
        self, method: str, path: str, headers: dict[str, str], data: bytes | None
    ) -> tuple[int, str, bytes]:
        """Send by hand: a client library would mend what is broken on purpose."""
        port = int(self.there.node.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        fields = {"Host": f"localhost:{port}", **headers}
        if data is not None:
            fields["Content-Length"] = str(len(data))
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items())
        try:
            writer.write(head.encode("latin-1") + b"\r\n" + (data or b""))
            async with asyncio.timeout(10):
                top = await reader.readuntil(b"\r\n\r\n")
                lines = top.split(b"\r\n")
                named = dict(line.lower().split(b": ", 1) for line in lines[1:] if b": " in line)
                status = int(lines[0].split(b" ", 2)[1])
                length = int(named.get(b"content-length", b"-1"))
                body = b""
                if method != "HEAD" and status not in {204, 304}:
                    body = await (reader.readexactly(length) if length >= 0 else reader.read())
        finally:
            writer.close()
        return status, named.get(b"content-type", b"").decode(), body


def _signable(claim: str, value: Any) -> bool:
    return not (claim in {"exp", "iat", "nbf"} and not isinstance(value, int | float)) and not (
        claim in {"iss", "sub"} and not isinstance(value, str)
    )


def _judge(handler: str, method: str, status: int, kind: str, body: bytes) -> str | None:
    """Return what is wrong with an answer, or None."""
    if status >= 500 and status not in {503, 504}:
        return "a 5xx"
    if b"Traceback" in body or b'File "' in body:
        return "a traceback"
    if len(body) > LIMIT:
        return "a body over 64 KiB"
    if method == "HEAD":
        return None if not body else "a body for HEAD"
    if handler == "data" and status < 300:
        return None
    try:
        document = json.loads(body)
    except ValueError:
        return "no JSON"
    if not isinstance(document, dict):
        return "no JSON object"
    if kind.startswith("application/problem+json"):
        return None if document.get("status") == status else "another status in the problem"
    if "@type" not in document:
        return "no type"
    expected = {"c": "Catalog", "d": ("Catalog", "Dataset"), "n": "ContractNegotiation",
                "t": "Transfer"}[handler[0]]  # fmt: skip
    if not str(document["@type"]).startswith(expected):
        return "another type"
    if status >= 400 and not document["@type"].endswith("Error"):
        return "no error type"
    return None


async def test_no_mutation_of_any_request_breaks_the_node(there: World) -> None:
    fuzz = Fuzz(there, SEED)
    fuzz.dataset = await there.node.publish(id="fuzz/dữ liệu", terms={"purposes": ["research"]})
    while not (fuzz.transfers and len(fuzz.negotiations) > 3):
        await fuzz.feed()
    end = time.monotonic() + SECONDS
    while fuzz.sent < REQUESTS or time.monotonic() < end:
        await asyncio.gather(*(fuzz.one() for _ in range(16)))
        if fuzz.random.random() < 0.15:
            await fuzz.feed()

    lines = [f"seed {SEED}: {fuzz.sent} requests, {fuzz.proven} with a genuine token"]
    lines += [
        f"{name:16} {status} {count}" for (name, status), count in sorted(fuzz.counts.items())
    ]
    COUNTS.parent.mkdir(exist_ok=True)
    COUNTS.write_text("\n".join(lines) + "\n")
    print("\n" + "\n".join(lines))  # noqa: T201

    assert fuzz.failures == []
    assert fuzz.proven * 2 > fuzz.sent
    handlers = {name for name, _ in fuzz.counts}
    assert len(handlers) == 18, handlers
    taken = {name for name, status in fuzz.counts if status == "2xx"}
    assert len(taken) >= 12, "the harness must get something through nearly everywhere"

    process = await there.friend.agreed(there.node, fuzz.dataset)
    assert process["agreement"], "the node goes on as before"
    assert await there.node.node.store.read(_broken_books) == []


async def _broken_books(tx: Transaction) -> list[str]:
    """Return what is wrong in the store: every state must follow from the history, step by step."""
    wrong = []
    machines: list[tuple[Any, Any]] = [(tx.negotiations, negotiation), (tx.transfers, transfer)]
    for table, machine in machines:
        for record in await table.find():
            state = None
            for _, entry in await tx.history.find(process=record.pid):
                if not 200 <= entry.status < 300:
                    continue
                sender = record.role if entry.direction == "out" else record.role.other
                try:
                    state = machine.advance(state, machine.Message(entry.message), sender=sender)
                except IllegalTransitionError as error:
                    wrong.append(f"{record.pid}: {error}")
            if state != record.state and not record.one_sided:
                wrong.append(f"{record.pid} is {record.state}; its history says {state}")
    for agreement in await tx.agreements.find():
        record = await tx.negotiations.get(agreement.negotiation or "")
        final = record is not None and record.state is negotiation.State.FINALIZED
        if agreement.active and not final:
            wrong.append(f"agreement {agreement.id} is active without FINALIZED")
        if agreement.role is Role.PROVIDER and (record is None or record.permitted is not True):
            wrong.append(f"agreement {agreement.id} was never permitted")
    return wrong


async def test_the_books_check_finds_a_broken_book(tmp_path: Path) -> None:
    import msgspec

    async with peer() as friend:
        path = write_node(tmp_path / "node", port=free_port(), trusted={"friend": friend.did})
        async with running(path) as node:
            process = await _one(friend, node)

            async def spoil(tx: Transaction) -> None:
                record = await tx.negotiations.get(process["providerPid"])
                assert record is not None
                state = negotiation.State.VERIFIED
                await tx.negotiations.put(msgspec.structs.replace(record, state=state))

            assert await node.node.store.read(_broken_books) == []
            await node.node.store.run(spoil)
            (wrong, _) = await node.node.store.read(_broken_books)
            assert wrong.endswith("is VERIFIED; its history says FINALIZED")


async def _one(friend: Peer, node: Any) -> dict[str, Any]:
    return await friend.agreed(node, await node.publish())
