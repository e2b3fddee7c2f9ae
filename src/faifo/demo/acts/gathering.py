"""The set-up of the scene: two economies, six organisations, and never more than five nodes."""

from __future__ import annotations

import asyncio
from typing import Final

from faifo.api.datasets import Publication
from faifo.demo.cast import Organisation
from faifo.demo.stage import Stage

WARNINGS: Final = "warnings"
INCIDENTS: Final = "incidents"
CARRIED: Final = {WARNINGS: "warnings", INCIDENTS: "ai-incidents"}
"""Datasets of the provider, and the kind of notices that each carries."""


async def play(stage: Stage) -> None:
    tell, cast = stage.tell, stage.cast
    tell.act("gathering")
    named = {
        economy: ", ".join(
            side.name.removesuffix(" (fictional)") for side in cast.all if side.economy == economy
        )
        for economy in ("VN", "KR")
    }
    tell.note("gathering.who", **named)
    *staying, off = cast.all
    with tell.step("gathering.subscribed") as facts:
        await stage.start(cast.provider, off)
        for dataset, kind in CARRIED.items():
            title = tell.phrase(f"gathering.{dataset}-title")
            await stage.provider.publish(Publication(id=dataset, carries=kind, title=title))
        await _subscribe(stage, off)
        await stage.stop(off)
        await stage.start(*staying[1:])
        await asyncio.gather(*(_subscribe(stage, side) for side in staying[1:]))
        facts.update(count=len(stage.clients), name=off.name)
    tell.typed(f"publish --carries warnings --id {WARNINGS} --dir {cast.provider.nick}")
    tell.typed(f"warn subscribe {cast.provider.nick} {WARNINGS} --dir {cast.consumer.nick}")


async def _subscribe(stage: Stage, side: Organisation) -> None:
    """Agree about the notices, as about any dataset."""
    for dataset in CARRIED:
        agreed = await stage.clients[side.nick].negotiate(stage.cast.provider.nick, dataset)
        stage.ensure(agreed.state == "FINALIZED", "finalized", agreed.state)
