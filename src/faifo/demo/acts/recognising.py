"""Strangers: refused, recognised by their authority's word, served, revoked, refused again."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import timedelta
from pathlib import Path

from faifo import clock
from faifo.api.datasets import Publication
from faifo.client import Client
from faifo.demo.authorities import MEMBERSHIP, Economies, found
from faifo.demo.stage import LOOK_SECONDS, PATIENCE_SECONDS, Stage, settled
from faifo.errors import PeerError
from faifo.phrases import say

CACHE_SECONDS = 1.0
SHARED = "urn:faifo:demo:members"


async def play(stage: Stage) -> None:
    tell = stage.tell
    tell.act("recognising")
    economies = found(stage.cast.root, cache_seconds=int(CACHE_SECONDS))
    for side in economies.all:
        tell.note("opening.side", name=side.name, economy=side.economy, did=side.did)
    with tell.step("recognising.up"):
        await stage.start(*economies.all)
    host, guest, provider, consumer = (stage.clients[side.nick] for side in economies.all)
    with tell.step("recognising.admitted"):
        for desk, node, side in (
            (host, provider, economies.provider),
            (guest, consumer, economies.consumer),
        ):
            await desk.decide_member("admit", side.did, claims={"name": side.name})
            await _holds(stage, node)
    await _publish(provider, economies)
    with tell.step("recognising.stranger"):
        why = await _refused(stage, consumer, economies)
    tell.quote(why, good=False)
    with tell.step("recognising.recognised", authority=economies.guest.name):
        until = clock.now() + timedelta(days=30)
        await host.recognise(economies.guest.did, (MEMBERSHIP,), until)
        await _until_served(consumer, economies)
    with tell.step("recognising.served") as facts:
        seen = (await consumer.catalog(economies.provider.did)).datasets
        stage.ensure([one.id for one in seen] == [SHARED], "shared-by-members", seen)
        facts["count"] = len(seen)
    await _revoke(stage, guest, consumer, economies)


async def _revoke(stage: Stage, guest: Client, consumer: Client, economies: Economies) -> None:
    tell = stage.tell
    with tell.step("recognising.revoked"):
        await guest.decide_member("revoke", economies.consumer.did, reason="demo")
    revoked = time.perf_counter()
    with tell.step("recognising.refused") as facts:
        why, served = await _until_refused(stage, consumer, economies)
        taken = time.perf_counter() - revoked
        # How long a question takes is the machine's; after the cache time none is answered.
        late = served - revoked
        stage.ensure(late <= CACHE_SECONDS, "refused-in-time", f"{late:.2f} s")
        facts.update(seconds=tell.number(taken, digits=2), cache=int(CACHE_SECONDS))
    issuer = economies.guest.did
    is_so = say("errors.told.status.revoked", tell.lang, names=MEMBERSHIP, issuer=issuer)
    stage.ensure(is_so in why, "revocation-named", why)
    tell.quote(why, good=False)


async def _holds(stage: Stage, node: Client) -> None:
    held = await settled(node.credentials, len)
    stage.ensure(bool(held), "credential-came", held)


async def _publish(provider: Client, economies: Economies) -> None:
    file = Path(economies.provider.folder).with_name("shared-by-members.csv")
    file.write_text("what,value\nmembers,2\n", encoding="utf-8")
    await provider.publish(Publication(id=SHARED, location=str(file)))


async def _refused(stage: Stage, consumer: Client, economies: Economies) -> str:
    try:
        seen = await consumer.catalog(economies.provider.did)
    except PeerError as error:
        return _reason(stage, error)
    stage.ensure(False, "stranger", seen)
    return ""


async def _until_served(consumer: Client, economies: Economies) -> None:
    until = time.perf_counter() + PATIENCE_SECONDS
    while True:
        try:
            await consumer.catalog(economies.provider.did)
        except PeerError:
            if time.perf_counter() > until:
                raise
        else:
            return
        await asyncio.sleep(LOOK_SECONDS)


async def _until_refused(stage: Stage, consumer: Client, economies: Economies) -> tuple[str, float]:
    """Return the reason, and when the last question that was still answered had begun."""
    served = float("-inf")
    until = time.perf_counter() + PATIENCE_SECONDS
    while True:
        begun = time.perf_counter()
        try:
            seen = await consumer.catalog(economies.provider.did)
        except PeerError as error:
            return _reason(stage, error), served
        served = begun
        stage.ensure(begun < until, "revoked-is-out", seen)
        await asyncio.sleep(LOOK_SECONDS)


def _reason(stage: Stage, error: PeerError) -> str:
    told = stage.tell.heard(error.reasons) or error.sentence(stage.tell.lang)
    return re.sub(r"\s+", " ", told)
