"""This node as a witness of partners' logs, and witnesses of its own (C2SP tlog-witness).

A witness signs that nothing larger of a log has been seen, and that it continues what was seen
before. Check and write are one unit of work, so that no two calls can cosign two histories.
"""

from __future__ import annotations

import base64
import logging
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from faifo import clock
from faifo.errors import FaifoError, SettingsError
from faifo.ledger.checkpoint import check_signed, number, parse_checkpoint
from faifo.ledger.note import (
    WITNESS,
    Key,
    Signature,
    cosign,
    parse_signatures,
    parse_vkey,
    public_bytes,
    unbase64,
)
from faifo.ledger.refused import Fault, ProofError
from faifo.ledger.tree import HASH_BYTES, MOST_HASHES, check_consistency
from faifo.node.outward.outgoing import Outgoing
from faifo.node.receipts.log import NodeLog
from faifo.node.receipts.peers import PeerLogs
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.records import LogHead, LogSeen, PeerLog
from faifo.trust.keys import SigningKey

log = logging.getLogger("faifo.log")

SIZE_TYPE: Final = "text/x.tlog.size"


class Said(NamedTuple):
    """The answer of a witness."""

    status: int
    body: str = ""
    media_type: str = "text/plain; charset=utf-8"


def witness_key(ours: NodeLog, signing: SigningKey) -> Key:
    """Return the verifier's key of this node as a witness."""
    assert isinstance(signing.private_key, Ed25519PrivateKey)  # noqa: S101
    return Key(f"{ours.origin(1)}/witness", WITNESS, public_bytes(signing.private_key))


class Witness:
    """Cosigns heads of the logs of nodes that are known here."""

    def __init__(self, store: Store, peers: PeerLogs, key: Key, signing: SigningKey) -> None:
        self._store, self._peers = store, peers
        assert isinstance(signing.private_key, Ed25519PrivateKey)  # noqa: S101
        self.key, self._private = key, signing.private_key

    async def add(self, body: bytes) -> Said:
        """Answer an `add-checkpoint` request."""
        try:
            text, _, note = body.decode().partition("\n\n")
            first, *lines = text.split("\n")
            if not first.startswith("old ") or len(lines) > MOST_HASHES:
                return Said(400)
            old = number(first[4:])
            proof = [unbase64(one, HASH_BYTES) for one in lines]
            head = parse_checkpoint(note.encode())
        except (ProofError, UnicodeDecodeError):
            return Said(400)
        known = await self._store.read(lambda tx: tx.peer_logs.find(origin=head.origin))
        if not known:
            return Said(404)
        try:
            key = await self._peers.key(known[0].did, head.origin)
            check_signed(head, key)
        except (ProofError, FaifoError):
            return Said(403)
        if old > head.size:
            return Said(400)
        seen = LogSeen(size=head.size, root=head.root, note=head.note.raw)

        async def work(tx: Transaction) -> Said:
            # Whatever a log has signed is kept: it may be what shows that it has two histories.
            await self._peers.see(tx, known[0].did, key, head, now=clock.now())
            kept = await tx.peer_logs.get(known[0].did, head.origin)
            return await self._cosigned(tx, kept or known[0], old, proof, seen)

        said = await self._store.run(work)
        if said.status != 200:
            return said
        line = cosign(head.note.text, self.key.name, self._private, int(clock.now().timestamp()))
        return Said(200, line.line)

    async def _cosigned(
        self, tx: Transaction, known: PeerLog, old: int, proof: list[bytes], seen: LogSeen
    ) -> Said:
        last = known.cosigned
        size = last.size if last else 0
        if old != size:
            return Said(409, f"{size}\n", SIZE_TYPE)
        try:
            if last is not None and last.size:
                check_consistency(old, seen.size, last.root, seen.root, proof)
            elif proof:
                return Said(422)
        except ProofError as error:
            status = 409 if error.fault is Fault.FORK else 422
            return Said(status, f"{size}\n" if status == 409 else "", SIZE_TYPE)
        if known.fork:
            return Said(403)
        await tx.peer_logs.put(known, cosigned=seen)
        return Said(200)


def read_witness(line: str) -> tuple[Key, str]:
    """Return the verifier's key and the URL of a witness that the settings name.

    Raises:
        SettingsError: the line has another form.
    """
    try:
        vkey, url = line.split()
        return parse_vkey(vkey), url
    except ValueError:
        raise SettingsError(
            what=Phrase("errors.told.receipts.witness", line=line[:80]),
            expected=Phrase("errors.told.receipts.witness-line"),
        ) from None


class Cosigners:
    """The named witnesses of our own log; `lines` are `vkey URL`."""

    def __init__(self, ours: NodeLog, outgoing: Outgoing, lines: tuple[str, ...]) -> None:
        self._log, self._outgoing = ours, outgoing
        self._named = [read_witness(one) for one in lines]
        self._sizes: dict[str, int] = {}
        self._done: LogHead | None = None

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(key for key, _ in self._named)

    async def ask(self) -> None:
        """Have the newest head of our log cosigned by whoever of them answers."""
        if not self._named or self._log.halted or self._log.current == self._done:
            return
        head, _ = self._log.signed()
        lines = [line for key, url in self._named for line in await self._ask(key, url, head)]
        if lines:
            self._log.cosigned(head, lines)
        if len(lines) == len(self._named):
            self._done = head

    async def _ask(self, key: Key, url: str, head: LogHead) -> list[Signature]:
        for _ in range(2):  # the second time with the size that the first answer told
            old = self._sizes.get(key.name, 0)
            proof = await self._log.consistency(old, head)
            lines = "".join(base64.b64encode(one).decode() + "\n" for one in proof)
            _, note = self._log.signed(head)
            body = f"old {old}\n{lines}\n{note.raw}".encode()
            try:
                answer = await self._outgoing.post(
                    f"{url.rstrip('/')}/add-checkpoint", body, who=key.name, headers={}
                )
                if answer.status == 200:
                    found = parse_signatures(answer.body.decode())
                    mine = note._replace(signatures=found)
                    self._sizes[key.name] = head.size
                    return [one for one in found if mine.signed_by([key]) and one.id == key.id]
                told = number(answer.body.decode().strip()) if answer.status == 409 else head.size
            except (FaifoError, ProofError, UnicodeDecodeError) as error:
                log.warning("the witness %s does not answer well: %s", key.name, error)
                return []
            if told >= head.size:
                log.warning("the witness %s does not cosign (%d)", key.name, answer.status)
                return []
            self._sizes[key.name] = told
        return []
