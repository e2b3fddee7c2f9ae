from __future__ import annotations

from typing import Any

import pytest

from faifo.errors import RefusedError, UnreachableError
from faifo.node.delivery.peer_answer import PeerAnswer
from faifo.node.outward.sources import LIMIT, Sources, What

URL = "https://authority.example/status/1"
WHO = "did:web:authority.example"


class Host:
    """Outgoing calls with answers that a test chooses."""

    def __init__(self) -> None:
        self.answer: Any = 200
        self.headers: Any = None

    async def get(self, url: str, *, headers: Any, **_: Any) -> PeerAnswer:  # noqa: ARG002
        self.headers = headers
        if isinstance(self.answer, Exception):
            raise self.answer
        return PeerAnswer(self.answer, b"", {})


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def sources(host: Host) -> Sources:
    return Sources(host)  # type: ignore[arg-type]


async def ask(sources: Sources, url: str = URL, who: str = WHO) -> int:
    return (await sources.get(What.STATUS, url, who=who, named=f"the list {url}")).status


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (500, "it answered 500"),
        (503, "it answered 503"),
        (429, "it answered 429"),
        (408, "it answered 408"),
        (UnreachableError(who="x", reason="no answer in 10 s"), "no answer in 10 s"),
    ],
)
async def test_what_cannot_be_had_is_named_until_it_can(
    host: Host, sources: Sources, time: Any, answer: Any, why: str
):
    begun = time.now
    assert await ask(sources) == 200
    time.passes(60)
    host.answer = answer
    for _ in range(2):
        with pytest.raises(UnreachableError) as caught:
            await ask(sources)
        time.passes(10)
    assert str(caught.value.reason) == why
    (lacking,) = sources.lacking()
    assert (lacking.what, lacking.who, lacking.address) == ("status-list", WHO, URL)
    assert (lacking.why, lacking.attempts, lacking.fine) == (why, 2, begun)
    assert (lacking.last - lacking.since).total_seconds() == 10
    host.answer = 200
    await ask(sources)
    assert sources.lacking() == ()


@pytest.mark.parametrize("answer", [200, 301, 401, 404])
async def test_an_answer_is_an_answer(host: Host, sources: Sources, answer: int):
    host.answer = answer
    assert await ask(sources) == answer
    assert sources.lacking() == ()


async def test_what_must_not_be_called_is_not_called_lacking(host: Host, sources: Sources):
    host.answer = RefusedError(what="a call", reasons=("private",))
    with pytest.raises(RefusedError):
        await ask(sources)
    assert sources.lacking() == ()


async def test_strangers_do_not_push_out_what_was_fine_once(
    host: Host, sources: Sources, time: Any
):
    await ask(sources)
    host.answer = 503
    with pytest.raises(UnreachableError):
        await ask(sources)
    for number in range(LIMIT * 2):
        time.passes(0.1)
        with pytest.raises(UnreachableError):
            await ask(sources, f"https://x{number}.example/", who="did:web:x")
    found = sources.lacking()
    assert len(found) == LIMIT
    assert found[0].who == WHO


async def test_what_nobody_asks_for_any_more_is_forgotten_after_a_day(
    host: Host, sources: Sources, time: Any
):
    host.answer = 503
    with pytest.raises(UnreachableError):
        await ask(sources)
    time.passes(86_401)
    assert sources.lacking() == ()


async def test_a_status_list_is_taken_whatever_its_authority_calls_it(host: Host, sources: Sources):
    await ask(sources)
    wanted = [one.strip() for one in host.headers["Accept"].split(",")]
    assert wanted == ["application/jwt", "application/vc+jwt", "*/*;q=0.5"]
