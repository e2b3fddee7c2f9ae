"""The good partner, a process of its own: calls again and again, and tells how long it took.

On stdin the node's DID, URL and dataset, as JSON. On stdout its own DID, then a line a call: when
it ended (monotonic seconds), how long it took (ms), and its status.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from typing import Any

import aiohttp
from harness import CONTEXT, DSP, Peer, peer

PAUSE = 0.01


async def main() -> None:
    """Call until stdin ends."""
    async with peer() as good:
        print(json.dumps({"did": good.did}), flush=True)
        loop = asyncio.get_running_loop()
        told = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
        number = 0
        while True:
            number += 1
            began = time.monotonic()
            status = await _call(good, told, number)
            ended = time.monotonic()
            line = {"at": ended, "ms": (ended - began) * 1000, "status": status}
            print(json.dumps(line), flush=True)
            await asyncio.sleep(PAUSE)


async def _call(good: Peer, told: dict[str, Any], number: int) -> int:
    headers = {"Authorization": f"Bearer {good.token(told['did'])}"}
    timeout = aiohttp.ClientTimeout(total=30)
    method, path, body = _request(good, told, number)
    try:
        async with good.client.request(
            method, told["url"] + path, json=body, headers=headers, timeout=timeout
        ) as answer:
            await answer.read()
            return answer.status
    except (aiohttp.ClientError, OSError, TimeoutError):
        return 0


def _request(good: Peer, told: dict[str, Any], number: int) -> tuple[str, str, Any]:
    """Return a look into the catalog, at one dataset, or the first message of a negotiation."""
    if number % 10 == 0:
        dataset = told["dataset"]
        offer = {"@type": "Offer", "target": dataset["id"], "@id": dataset["offer_id"]}
        body = {
            "@context": [CONTEXT],
            "@type": "ContractRequestMessage",
            "@id": f"urn:uuid:{uuid.uuid4()}",
            "consumerPid": f"urn:uuid:{uuid.uuid4()}",
            "callbackAddress": good.root + "/cb",
            "offer": {**offer, **dataset["policy"]},
        }
        return "POST", f"{DSP}/negotiations/request", body
    if number % 2:
        body = {"@context": [CONTEXT], "@type": "CatalogRequestMessage"}
        return "POST", f"{DSP}/catalog/request", body
    return "GET", f"{DSP}/catalog/datasets/{told['dataset']['id']}", None


if __name__ == "__main__":
    asyncio.run(main())
