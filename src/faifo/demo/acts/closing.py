"""At the end of the scene both books say the same."""

from __future__ import annotations

from faifo.demo.acts import comparing
from faifo.demo.stage import Stage


async def play(stage: Stage) -> None:
    tell = stage.tell
    tell.act("closing")
    await comparing.agreements(stage)
    name = next(iter(stage.agreements.values()))
    for side in (stage.cast.provider, stage.cast.consumer):
        tell.typed(f"show {name} --dir {side.nick}")
    await comparing.same_messages(stage)
    await comparing.accesses(stage)
