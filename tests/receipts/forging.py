"""A provider that lies, with its own keys: heads and receipts of a log that it does not keep."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from faifo.ledger import checkpoint, leaf, note, receipt, tree
from faifo.ledger.leaf import Kind, Opening, Side
from faifo.ledger.tiles import ENTRIES, Tile, unbundle
from faifo.node.custody.keyring import read_keyring
from faifo.trust import self_issued
from faifo.trust.keys import KeyPurpose


class Forger:
    """Speaks as `node`, with the keys of its directory."""

    def __init__(self, node: Any) -> None:
        self.node = node
        ring = read_keyring(Path(node.path) / "keys", did=node.did)
        self.log: Any = ring.signing(KeyPurpose.LOG).private_key
        self.token = ring.signing(KeyPurpose.TOKEN)
        self.origin = f"localhost:{node.port}/log"

    def head(self, size: int, root: bytes) -> str:
        text = checkpoint.written(self.origin, size, root)
        return note.Note(text, (note.sign(text, self.origin, self.log),)).raw

    def receipt(self, size: int, record: bytes = b'{"forged":true}') -> dict[str, str]:
        """A receipt for the last leaf of a log of `size` in which nothing else is true."""
        opening = Opening(Kind.ACCESS, Side.PROVIDER, bytes(32), record)
        ours = leaf.commitment(opening)
        leaves = [b"%d" % at for at in range(size - 1)] + [ours]
        hashes = [tree.leaf_hash(one) for one in leaves]

        def stored(level: int, at: int) -> bytes:
            return tree.folded(hashes[at << level : (at + 1) << level])

        proof = tree.inclusion_proof(size - 1, size, stored)
        head = self.head(size, tree.root_of(size, stored))
        raw = receipt.write_receipt(ours, size - 1, proof, head)
        return {"receipt": raw.decode(), "opening": leaf.write_opening(opening).decode()}

    async def hand(self, to: Any, *parcels: dict[str, str], seen: str | None = None) -> Any:
        """Hand receipts to another node; return its answer."""
        token = self_issued.issue(
            key=self.token, did=self.node.did, audience=to.did, jti=str(uuid.uuid4()),
            now=datetime.now(UTC),
        )  # fmt: skip
        body = {"receipts": parcels, "seen": seen}
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
            session.post(f"{to.public_url}/faifo/v1/receipts", json=body) as answer,
        ):
            raw = await answer.read()
            assert answer.status == 200, raw
            return msgspec.json.decode(raw)

    async def true_head(self, size: int) -> str:
        """A head of the node's real log, by its tiles, which hold less than 256 leaves."""
        tile = f"{self.node.public_url}/log/{Tile(ENTRIES, 0, size).path}"
        async with aiohttp.ClientSession() as session, session.get(tile) as answer:
            hashes = [tree.leaf_hash(one) for one in unbundle(await answer.read())]
        return self.head(
            size,
            tree.root_of(size, lambda level, at: tree.folded(hashes[at << level :][: 1 << level])),
        )

    async def show(self, to: Any, head: str) -> int:
        """Show a head to another node as to a witness; return the status of the answer."""
        url, body = f"{to.public_url}/log/witness/add-checkpoint", f"old 0\n\n{head}"
        async with aiohttp.ClientSession() as session, session.post(url, data=body) as answer:
            return answer.status
