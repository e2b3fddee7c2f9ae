"""A purpose outside the terms is refused twice: at home, and by the provider when it is forced.

The second request is sent past the consumer's node, signed with its key, by a small program that
answers the provider as a consumer would. So the provider's refusal is seen as it comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec

from faifo import clock, ids
from faifo.dataplane.server import make_server
from faifo.demo.acts.publishing import AIRPORTS
from faifo.demo.stage import FOREIGN_PURPOSE, PATIENCE_SECONDS, Stage, send, until_state
from faifo.errors import RefusedError
from faifo.messages.dsp_2025_1 import negotiation as wire
from faifo.messages.dsp_2025_1.codec import read, write
from faifo.node.custody.keyring import read_keyring
from faifo.node.http.public.wellknown import DSP_PATH
from faifo.policy.decision import Reason, WrittenDecision
from faifo.policy.explain import sentence
from faifo.policy.spelling import term
from faifo.trust import self_issued
from faifo.trust.keys import KeyPurpose


async def play(stage: Stage) -> None:
    tell = stage.tell
    tell.act("refusing")
    await at_home(stage, AIRPORTS)
    decision = await at_the_provider(stage, AIRPORTS)
    tell.note("refusing.books")
    _show(stage, decision.reason, 0)


async def at_home(stage: Stage, dataset: str, *, told: bool = True) -> None:
    """Ask our own node for another purpose; its words are shown if they are to be `told`."""
    refusal = ""
    with stage.tell.step("refusing.home", purpose=FOREIGN_PURPOSE):
        try:
            await stage.consumer.negotiate(
                stage.cast.provider.nick, dataset, purpose=FOREIGN_PURPOSE
            )
        except RefusedError as error:
            refusal = error.sentence(stage.tell.lang)
        stage.ensure(bool(refusal), "refused-at-home", "an agreement")
    if told:
        stage.tell.quote(refusal, good=False)


async def at_the_provider(stage: Stage, dataset: str, *, named: bool = True) -> WrittenDecision:
    """Ask the provider for it past our own node; return its decision, which stands in its book."""
    tell = stage.tell
    offer = await _foreign_offer(stage, dataset)
    async with _Listener() as listener:
        with tell.step("refusing.refused", purpose=FOREIGN_PURPOSE):
            negotiation = await _request(stage, offer, callback=listener.url)
            async with asyncio.timeout(PATIENCE_SECONDS):
                told = await listener.termination
            reasons = [str(reason) for reason in told.reason or ()]
            stage.ensure(bool(reasons), "refusal-has-reasons", told.code)
        pid = negotiation.provider_pid
        theirs = await until_state(stage.provider, "negotiation", pid, "TERMINATED")
    stage.ensure(theirs.state == "TERMINATED", "terminated", theirs.state)
    stage.ensure(theirs.agreement is None, "no-agreement", theirs.agreement)
    stage.ensure(FOREIGN_PURPOSE in " ".join(reasons), "refusal-names-purpose", reasons)
    decision = await _decision(stage, pid)
    if named:
        tell.note("refusing.told", negotiation=pid)
    for reason in _told(decision.reason):
        stage.ensure(sentence(reason, "en") in reasons, "told-as-decided", reasons)
        tell.quote(sentence(reason, tell.lang), good=False)
    return decision


def _told(reason: Reason) -> Iterator[Reason]:
    """Yield what a refusal comes down to: the reasons that do not hold and have none below."""
    if not reason.holds:
        below = [one for child in reason.children for one in _told(child)]
        yield from below or [reason]


async def _foreign_offer(stage: Stage, dataset: str) -> dict[str, Any]:
    """Return the provider's offer with another purpose written into it."""
    catalog = await stage.consumer.catalog(stage.cast.provider.nick)
    offered = next(entry for entry in catalog.datasets if entry.id == dataset).offers[0]
    changed = [
        {**part, "operator": "eq", "rightOperand": FOREIGN_PURPOSE}
        if term(part["leftOperand"]) == "purpose"
        else part
        for part in offered["permission"][0]["constraint"]
    ]
    permission = {**offered["permission"][0], "constraint": changed}
    return {**offered, "target": dataset, "permission": [permission]}


async def _request(stage: Stage, offer: dict[str, Any], *, callback: str) -> Any:
    """Send a ContractRequestMessage as the consumer, and return the provider's acknowledgement."""
    consumer, provider, now = stage.cast.consumer, stage.cast.provider, clock.now()
    token = self_issued.issue(
        key=read_keyring(consumer.directory.keys, did=consumer.did).signing(KeyPurpose.TOKEN),
        did=consumer.did,
        audience=provider.did,
        jti=ids.new_urn(now),
        now=now,
    )
    message = wire.ContractRequestMessage(
        id=ids.new_urn(now), consumer_pid=ids.new_urn(now), callback_address=callback, offer=offer
    )
    status, body = await send(
        "POST",
        provider.url,
        f"{DSP_PATH}/negotiations/request",
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        write(message),
    )
    stage.ensure(status == 201, "request-taken", f"{status} {body!r}")
    return read(wire.ContractNegotiation, body).message


async def _decision(stage: Stage, pid: str) -> WrittenDecision:
    """Return the provider's decision about a negotiation, from its own book."""
    timeline = await stage.provider.timeline(pid)
    kept = [entry.detail for entry in timeline.entries if entry.kind == "decision"]
    decisions = [msgspec.convert(detail, WrittenDecision) for detail in kept]
    refusals = [decision for decision in decisions if not decision.permits]
    stage.ensure(len(refusals) == 1, "decision-kept", len(refusals))
    return refusals[0]


def _show(stage: Stage, reason: Reason, depth: int) -> None:
    stage.tell.quote(sentence(reason, stage.tell.lang), depth=depth, good=reason.holds)
    for child in reason.children:
        _show(stage, child, depth + 1)


class _Listener:
    """Takes the provider's answers to the forced request, and acknowledges them."""

    def __init__(self) -> None:
        self._server = make_server(self._answer, host="127.0.0.1", port=0)
        self.url = f"http://localhost:{self._server.address[1]}"
        self.termination: asyncio.Future[wire.ContractNegotiationTerminationMessage]

    async def __aenter__(self) -> _Listener:
        self.termination = asyncio.get_running_loop().create_future()
        self._serving = asyncio.create_task(self._server.serve())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.stop()
        await self._serving

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", scope["type"] == "http"
        while more:
            event = await receive()
            body += event.get("body", b"")
            more = event.get("more_body", False)
        if scope["path"].endswith("/termination") and not self.termination.done():
            received = read(wire.ContractNegotiationTerminationMessage, body)
            self.termination.set_result(received.message)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})
