"""Parts of data, under one agreement and one transfer, each proven."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from faifo.client.finding import Found
from faifo.client.reading import ChangedError, Facts, Place, Reader
from faifo.client.transport import BrokenOffError
from faifo.errors import NotProvenError, RefusedError

PLACE = Place(node="rice", dataset="d")


@pytest.fixture
async def reader(node: Any) -> AsyncIterator[Reader]:
    made = Reader(lambda: Found(node.url, "the-key"), purpose="research")
    yield made
    await made.close()


async def test_what_is_known_before_reading(node: Any, reader: Reader):
    digest = hashlib.sha256(node.content)
    facts = await reader.facts(PLACE)
    assert facts == Facts(
        size=10_000,
        etag=f'"{digest.hexdigest()}"',
        sha256=digest.digest(),
    )
    # Two parts of what has no strong tag may be of two contents: it is read as a whole.
    node.etag = 'W/"1"'
    assert (await reader.facts(PLACE)).size is None
    node.etag, node.ranges_served = None, False
    assert (await reader.facts(PLACE)).size is None


async def test_parts_are_asked_for_as_ranges_of_one_transfer(node: Any, reader: Reader):
    parts = [(0, 1), (5, 17), (9_990, 10_000)]
    found = await asyncio.gather(*(reader.part(PLACE, start, end) for start, end in parts))
    assert found == [node.content[start:end] for start, end in parts]
    assert sorted(node.ranges) == ["bytes=0-0", "bytes=5-16", "bytes=9990-9999"]
    assert list(node.transfers) == ["t1"]


async def test_a_transfer_that_is_open_already_is_used(node: Any, reader: Reader):
    node.transfers["t1"] = "STARTED"
    assert await reader.part(PLACE, 0, 5) == b"01234"
    await reader.close()
    assert node.transfers == {"t1": "STARTED"}  # it is not ours to complete


async def test_closing_completes_what_was_begun_here(node: Any, reader: Reader):
    await reader.part(PLACE, 0, 5)
    await reader.close()
    assert node.transfers == {"t1": "COMPLETED"}


@pytest.mark.parametrize("code", ["token-expired", "transfer-closed"])
async def test_a_closed_transfer_is_replaced_once_for_all(
    node: Any, reader: Reader, make_problem: Any, code: str
):
    await reader.part(PLACE, 0, 5)
    node.transfers["t1"] = "TERMINATED"
    node.refusals = [make_problem(401, code, "over")]
    found = await asyncio.gather(*(reader.part(PLACE, n, n + 5) for n in range(20)))
    assert found == [node.content[n : n + 5] for n in range(20)]
    assert list(node.transfers) in (["t1", "t2"], ["t1", "t2", "t3"])


async def test_a_refusal_keeps_its_sentence(node: Any, reader: Reader, make_problem: Any):
    await reader.facts(PLACE)
    node.refusals = [make_problem(403, "policy-refused", "the use refused: too late", "too late")]
    with pytest.raises(RefusedError, match=r"^the use refused: too late$"):
        await reader.facts(PLACE)


async def test_an_answer_that_breaks_off_is_gone_on_with(node: Any, reader: Reader):
    node.breaks = [0]
    assert await reader.part(PLACE, 10, 30) == node.content[10:30]
    assert node.ranges == ["bytes=10-29", "bytes=10-29"]
    node.breaks = [0, 0, 0]
    with pytest.raises(BrokenOffError):
        await reader.part(PLACE, 10, 30)


async def test_other_data_than_those_that_were_opened(node: Any, reader: Reader):
    facts = await reader.facts(PLACE)
    node.content = b"x" * 10_000
    with pytest.raises(ChangedError) as caught:
        await reader.part(PLACE, 0, 10, etag=facts.etag)
    assert str(caught.value) == (
        "the data of d at did:web:provider.example changed while they were read; open them again"
    )
    assert list(node.transfers) == ["t1"]


async def test_a_part_that_is_not_what_its_digest_promises(node: Any, reader: Reader):
    node.range_digest = b"\0" * 32
    with pytest.raises(NotProvenError) as caught:
        await reader.part(PLACE, 0, 4)
    digest = hashlib.sha256(b"0123").hexdigest()
    assert str(caught.value) == f"SHA-256: promised {'00' * 32}, but what came has {digest}"


async def test_the_whole_is_proven(node: Any, reader: Reader):
    assert await reader.whole(PLACE) == node.content
    node.promised = b"\0" * 32
    with pytest.raises(NotProvenError, match=r"^SHA-256: promised 00"):
        await reader.whole(PLACE)


async def test_a_node_that_came_back_elsewhere_is_found_again(node: Any):
    ways = [Found("http://127.0.0.1:9", "old"), Found(node.url, "the-key")]
    reader = Reader(lambda: ways[0])
    with pytest.raises(Exception, match="cannot be reached"):
        await reader.facts(PLACE)
    ways.pop(0)
    assert (await reader.facts(PLACE)).size == 10_000
    await reader.close()
