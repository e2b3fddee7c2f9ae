"""Two nodes start, and a stranger learns nothing."""

from __future__ import annotations

import msgspec

from faifo.demo.stage import Stage, send
from faifo.messages.dsp_2025_1.catalog import CatalogRequestMessage
from faifo.messages.dsp_2025_1.codec import write
from faifo.node.custody.books import books_of
from faifo.node.http.public.wellknown import DSP_PATH
from faifo.node.settings.model import read_settings


async def play(stage: Stage) -> None:
    tell, cast = stage.tell, stage.cast
    tell.act("opening")
    for side in cast.all:
        tell.note("opening.side", name=side.name, economy=side.economy, did=side.did)
    with tell.step("opening.up") as facts:
        await stage.start(*cast.all)
        all_books = [
            books_of(side.directory, read_settings(side.directory.settings)) for side in cast.all
        ]
        own = {one.shown for one in all_books}
        known = all(one.examine().known for one in all_books)
        stage.ensure(len(own) == 2 and known, "own-database", own)
        facts["processes"] = ", ".join(map(str, stage.children.pids))
    with tell.step("opening.stranger") as facts:
        status, body = await send(
            "POST",
            cast.provider.url,
            f"{DSP_PATH}/catalog/request",
            {"Content-Type": "application/json"},
            write(CatalogRequestMessage()),
        )
        stage.ensure(status == 401, "stranger", f"{status} {body!r}")
        facts["status"] = status
    reasons = msgspec.json.decode(body).get("reason") or []
    for reason in reasons[:1]:
        tell.quote(tell.heard([reason]))
