"""A transfer that is asked for before the other side's receipt has come waits for it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.receipts.forging import Forger
from tests.receipts.test_handing_over import receipts

from faifo.ledger.note import WITNESS, Key, cosign, public_bytes

NAME = "witness.example/w"
LATER = "\n[receipts]\ndelay_seconds = 3600.0\n"


class Witness:
    """Names itself to nodes, and cosigns when the test lets it."""

    def __init__(self) -> None:
        self.private = Ed25519PrivateKey.generate()
        vkey = Key(NAME, WITNESS, public_bytes(self.private)).vkey
        line = f"{vkey} http://127.0.0.1:1"
        self.wanted = f'{LATER}witnesses = ["{line}"]\ncosignatures = 1\n'

    async def let_through(self, sender: Any, receiver: Any, agreement: str) -> None:
        """Hand over the receipt of an agreement, cosigned."""
        found = await receipts(sender, agreement)
        (ours,) = [one for one in found if (one["whose"], one["kind"]) == ("ours", "agreement")]
        text = ours["receipt"].rpartition("\n\n")[0].partition("\n\n")[2] + "\n"
        line = cosign(text, NAME, self.private, int(time.time())).line
        parcel = {
            "receipt": ours["receipt"] + line, "opening": ours["opening"], "agreement": agreement,
        }  # fmt: skip
        answer = await Forger(sender).hand(receiver, parcel)
        assert "refused" not in answer


async def waiting(node: Any, agreement: str) -> bool:
    found = await node.call("GET", f"/agreements/{agreement}")
    return (found["active"], found["receipts"]) == (False, "waiting")


async def test_a_transfer_asked_for_at_once_waits_for_the_providers_receipt(new_pair: Any):
    witness = Witness()
    pair = await new_pair(LATER, witness.wanted)
    begun = await pair.negotiate(await pair.publish())
    done = await pair.consumer.settled(f"/negotiations/{begun['pid']}")
    agreement = done["agreement"]
    assert await waiting(pair.consumer, agreement)
    asked = asyncio.create_task(pair.consumer.call("POST", "/transfers", {"agreement": agreement}))
    # Whoever asks later is answered before: the order waits for what has not come.
    for _ in range(5):
        assert await waiting(pair.consumer, agreement)
    assert not asked.done()
    await witness.let_through(pair.provider, pair.consumer, agreement)
    transfer = await asked
    assert (await pair.consumer.settled(f"/transfers/{transfer['pid']}", "STARTED"))["pid"]
    assert not await waiting(pair.consumer, agreement)


@pytest.mark.timeout(120)
async def test_a_provider_without_the_consumers_receipt_says_when_to_come_again(new_pair: Any):
    witness = Witness()
    pair = await new_pair(witness.wanted, LATER)
    begun = await pair.negotiate(await pair.publish())
    done = await pair.consumer.settled(f"/negotiations/{begun['pid']}")
    agreement = done["agreement"]
    await pair.provider.settled(f"/negotiations/{done['peer_pid']}")
    assert await waiting(pair.provider, agreement)
    transfer = await pair.consumer.call("POST", "/transfers", {"agreement": agreement})
    place = f"/transfers/{transfer['pid']}"
    async with asyncio.timeout(60):
        while not (sent := (await pair.consumer.call("GET", place))["outbox"][0])["attempts"]:
            await asyncio.sleep(0.05)
    assert sent["last_error"].startswith("answered 429: ")
    assert "whose receipt has come" in sent["last_error"]
    await witness.let_through(pair.consumer, pair.provider, agreement)
    await pair.consumer.settled(place, "STARTED")
