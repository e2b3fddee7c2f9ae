"""What one caller costs, counted and not timed: bytes parsed or hashed, policies judged, at once.

Between two awaits the event loop serves nobody else. So whatever comes, no more is parsed or hashed
on it in one piece than a message may have, and no request judges more than its terms ask for.
"""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from harness import CONTEXT
from world import World

from faifo.messages import strict_json
from faifo.node.rules import standing

pytestmark = pytest.mark.asyncio(loop_scope="module")

PIECE = 262_144  # protocol.body_bytes


class Counted:
    """The largest piece of each kind on the event loop, and how many calls there were."""

    def __init__(self) -> None:
        self._loop = threading.get_ident()
        self.largest: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()

    def take(self, kind: str, size: int) -> None:
        self.calls[kind] += 1
        if threading.get_ident() == self._loop:
            self.largest[kind] = max(self.largest[kind], size)

    def around(self, kind: str, work: Callable[..., Any], at: int = 0) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            sized = len(arguments) > at and hasattr(arguments[at], "__len__")
            self.take(kind, len(arguments[at]) if sized else 0)
            return work(*arguments, **named)

        return counted


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    found = Counted()

    class Decoder:
        decode = staticmethod(found.around("parsed", strict_json._DECODER.decode))

    real = hashlib.sha256

    class Sha256:
        def __init__(self, data: Any = b"", **_: Any) -> None:
            found.take("hashed", len(data))
            self._digest = real(data)

        def update(self, data: Any) -> None:
            found.take("hashed", len(data))
            self._digest.update(data)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._digest, name)

    monkeypatch.setattr(strict_json, "_DECODER", Decoder)
    monkeypatch.setattr(hashlib, "sha256", Sha256)
    monkeypatch.setattr(standing, "evaluate", found.around("judged", standing.evaluate))
    return found


def request(there: World, dataset: dict[str, Any], **more: Any) -> dict[str, Any]:
    offer = {"@type": "Offer", "@id": dataset["offer_id"], "target": dataset["id"]}
    return {
        "@context": [CONTEXT],
        "@type": "ContractRequestMessage",
        "@id": f"urn:uuid:{uuid.uuid4()}",
        "consumerPid": f"urn:uuid:{uuid.uuid4()}",
        "callbackAddress": there.friend.root + "/cb",
        "offer": {**offer, **dataset["policy"], **more},
    }


async def test_a_body_as_large_as_may_be_is_parsed_in_one_piece_and_no_larger(
    there: World, counted: Counted
) -> None:
    dataset = await there.node.publish(title="Counted")
    filler = "x" * (PIECE - 4096)
    for size, status in ((filler, 201), (filler + "x" * 8192, 413)):
        body = request(there, dataset, **{"odrl:note": size})
        answer = await there.friend.call(there.node, "POST", "/negotiations/request", body)
        assert answer.status == status, answer.body[:200]
    assert counted.largest["parsed"] <= PIECE


async def test_a_large_answer_of_a_partner_is_parsed_beside_the_event_loop(
    there: World, counted: Counted
) -> None:
    entry = {"@id": "d", "@type": "Dataset", "hasPolicy": [], "distribution": []}
    document = {
        "@context": [CONTEXT], "@type": "Catalog", "@id": "c", "participantId": there.friend.did,
        "dataset": [{**entry, "@id": f"d{n}", "dct:title": "x" * 900} for n in range(2000)],
    }  # fmt: skip

    async def catalog(_: web.Request) -> web.Response:
        return web.Response(body=json.dumps(document).encode(), content_type="application/json")

    there.friend.handlers["/dsp/catalog/request"] = catalog
    try:
        answer = await there.node.manage("POST", "/catalog", {"node": there.friend.did})
    finally:
        del there.friend.handlers["/dsp/catalog/request"]
    assert answer.status == 200, answer.body[:200]
    assert counted.calls["parsed"] > 0
    assert counted.largest["parsed"] <= PIECE


async def test_a_large_file_is_hashed_beside_the_event_loop(there: World, counted: Counted) -> None:
    file = there.node.path.parent / "large-counted.bin"
    with file.open("wb") as content:
        content.truncate(64 * 1024 * 1024)
    await there.node.publish(location=str(file), title="Large")
    assert counted.calls["hashed"] >= 64
    assert counted.largest["hashed"] <= PIECE


async def test_a_request_is_judged_as_often_as_its_terms_have_purposes(
    there: World, counted: Counted
) -> None:
    """A request that is taken: once for each purpose, and once more for what is agreed."""
    purposes = ["research", "teaching", "statistics"]
    dataset = await there.node.publish(title="Judged", terms={"purposes": purposes})
    before = counted.calls["judged"]
    answer = await there.friend.call(
        there.node, "POST", "/negotiations/request", request(there, dataset)
    )
    assert answer.status == 201, answer.body
    assert 0 < counted.calls["judged"] - before <= 2 * (len(purposes) + 1)


async def test_a_page_judges_each_of_its_terms_once(there: World, counted: Counted) -> None:
    """However many datasets have the same terms."""
    for number in range(20):
        await there.node.publish(title=f"Same {number}", terms={"purposes": ["research"]})
    before = counted.calls["judged"]
    body = {"@context": [CONTEXT], "@type": "CatalogRequestMessage"}
    answer = await there.friend.call(there.node, "POST", "/catalog/request", body)
    assert answer.status == 200
    shown = answer.json["dataset"]
    terms = {json.dumps(one["hasPolicy"][0].get("permission"), sort_keys=True) for one in shown}
    assert len(shown) >= 20
    assert counted.calls["judged"] - before <= 2 * len(terms) + 2
