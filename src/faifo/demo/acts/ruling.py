"""Rules enforce themselves: a quota is used up, a dossier is opened, a person is asked."""

from __future__ import annotations

import asyncio
import hashlib
import shlex
from typing import Final
from urllib.parse import urlsplit

from faifo import ids
from faifo.api.datasets import Publication
from faifo.api.processes import Negotiation
from faifo.demo.stage import Stage, get, settled
from faifo.packs.terms import open_pack, with_packs
from faifo.policy.plain import policy_of
from faifo.policy.terms import Terms, offer

FILE: Final = "economies.csv"
PACK: Final = "viet-nam-transfer"
QUOTA, PEOPLE, ASKED = "quota", "people", "asked"
USES: Final = 2
CITIZENS: Final = 250_000


async def play(stage: Stage) -> None:
    stage.tell.act("rules")
    await _quota(stage)
    await _dossier(stage)
    await _person(stage)


async def _publish(stage: Stage, name: str, terms: Terms | None = None) -> None:
    """Publish a table; without terms under the pack of transfers from Viet Nam."""
    pack = {} if terms else {"packs": (PACK,), "citizens": CITIZENS}
    policy = offer(terms) if terms else with_packs(policy_of({}), (open_pack(PACK),))
    path = str(stage.cast.published / FILE)
    await stage.provider.publish(
        Publication(id=name, location=path, media_type="text/csv", policy=policy, **pack)  # type: ignore[arg-type]
    )


async def _quota(stage: Stage) -> None:
    tell, cast = stage.tell, stage.cast
    await _publish(stage, QUOTA, Terms(uses=str(USES)))
    tell.typed(f"publish {FILE} --id {QUOTA} --uses {USES} --dir {cast.provider.nick}")
    agreed = await stage.consumer.negotiate(cast.provider.nick, QUOTA)
    token = await stage.consumer.token(agreed.agreement or "")
    parts = urlsplit(token.endpoint)
    node, fields = f"{parts.scheme}://{parts.netloc}", {"Authorization": token.authorization}
    with tell.step("rules.used", uses=USES):
        answers = [await get(node, parts.path, fields) for _ in range(USES + 1)]
    digests = {hashlib.sha256(body).hexdigest() for _, body in answers[:USES]}
    kept = [one async for one in stage.provider.datasets() if one.id == QUOTA]
    stage.ensure(digests == {kept[0].sha256}, "published-digest", digests)
    stage.ensure([one for one, _ in answers] == [200] * USES + [403], "rules-counted", answers[-1])
    tell.note("rules.refused", status=answers[-1][0])


async def _dossier(stage: Stage) -> None:
    tell, cast = stage.tell, stage.cast
    await _publish(stage, PEOPLE)
    told = f"{FILE} --id {PEOPLE} --pack {PACK} --citizens {CITIZENS}"
    tell.typed(f"publish {told} --dir {cast.provider.nick}")
    with tell.step("rules.dossier"):
        agreed = await stage.consumer.negotiate(
            cast.provider.nick, PEOPLE, accept_terms=("distribute",)
        )
        await stage.consumer.token(agreed.agreement or "")
        found = await settled(stage.provider.dues, lambda dues: dues)
    stage.ensure(len(found) == 1 and found[0].due is not None, "rules-dossier", found)
    (dossier,) = found
    stage.ensure(dossier.detail.get("class") == "important", "rules-dossier", dossier.detail)
    day = f"{dossier.due:%Y-%m-%d}" if dossier.due else ""
    tell.note("rules.clock", due=day, citizens=tell.number(CITIZENS, digits=0))
    tell.typed(f"policy dossier {shlex.quote(dossier.id)} --dir {cast.provider.nick}")


async def _person(stage: Stage) -> None:
    tell, cast, node = stage.tell, stage.cast, stage.provider
    await _publish(stage, ASKED, Terms(approval=("person",)))
    tell.typed(f"publish {FILE} --id {ASKED} --approval person --dir {cast.provider.nick}")
    person, passphrase = tell.phrase("rules.officer"), ids.new_secret()
    asking = asyncio.create_task(stage.consumer.negotiate(cast.provider.nick, ASKED))
    try:
        with tell.step("rules.held"):
            waits = await settled(lambda: _waiting(stage), lambda found: found)
        stage.ensure(len(waits) == 1, "rules-held", waits)
        with tell.step("rules.agreed", person=person):
            await node.add_person(person, "approver", passphrase)
            await node.decide_review(
                waits[0],
                person=person,
                passphrase=passphrase,
                outcome="uphold",
                reason=tell.phrase("rules.why"),
                shown=await node.show_review(waits[0], tell.lang),
            )
            done: Negotiation = await asking
    finally:
        asking.cancel()
    stage.ensure(done.state == "FINALIZED", "finalized", done.state)
    tell.typed(
        f"review decide {waits[0]} --person {shlex.quote(person)} --uphold"
        f" --reason {shlex.quote(tell.phrase('rules.why'))} --dir {cast.provider.nick}"
    )


async def _waiting(stage: Stage) -> list[str]:
    return [one.id async for one in stage.provider.reviews(state="open") if one.kind == "approval"]
