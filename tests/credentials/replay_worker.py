"""One worker of a replay: claims tokens in its own process, over its own connection to the store.

`python replay_worker.py DATABASE TOKENS`; begins when a line comes in, and prints, for each token,
1 if it was accepted and 0 if it was refused as used.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from faifo.errors import NotProvenError
from faifo.node.membership.authentication import Participant, spend
from faifo.store.records import Proof, TokenUse
from faifo.store.sqlite.store import open_store

DID = "did:web:peer.example"
REFUSAL = "DCP 1.0 §4.3.3 step 6: the token was used before (jti)"


async def main(database: str, tokens: int) -> None:
    store = await open_store(Path(database), sequencer=None)
    say("ready")
    await asyncio.to_thread(sys.stdin.readline)
    try:
        # One after the other, so that those of several workers fall between each other.
        accepted = [await claimed(store, number) for number in range(tokens)]
    finally:
        await store.close()
    say("".join(map(str, accepted)))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def claimed(store: object, number: int) -> int:
    use = TokenUse(did=DID, jti=f"token {number}", expires=datetime(2099, 1, 1, tzinfo=UTC))
    participant = Participant(did=DID, proof=Proof(did=DID), use=use)
    try:
        await spend(store, participant)  # type: ignore[arg-type]
    except NotProvenError as error:
        if str(error) != REFUSAL:
            raise
        return 0
    return 1


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
