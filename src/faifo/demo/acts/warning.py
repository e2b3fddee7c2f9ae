"""A scam notice goes out to all subscribers; four acknowledge, and the silent one is named."""

from __future__ import annotations

import asyncio
import shlex
import tomllib
from datetime import timedelta
from importlib.resources import files
from typing import Any

from faifo import clock
from faifo.api.notices import NoticeReport
from faifo.client import Client
from faifo.demo.acts.gathering import WARNINGS
from faifo.demo.stage import Stage, settled

WITHIN_SECONDS = 5
"""After which whoever has not acknowledged is silent; in earnest it would be minutes."""


async def play(stage: Stage) -> None:
    tell, cast = stage.tell, stage.cast
    tell.act("warning")
    content = scam()
    with tell.step("warning.sent") as facts:
        sent = await stage.provider.send_notice(
            kind=WARNINGS,
            dataset=WARNINGS,
            content=content,
            tlp="GREEN",
            within=WITHIN_SECONDS,
            confirmed=True,
        )
        stage.ensure(len(sent.receivers) == len(cast.all) - 1, "all-told", sent.receivers)
        facts.update(count=len(sent.receivers), languages=len(content["texts"]))
    tell.quote(" · ".join(f"{text['lang']}: {text['title']}" for text in content["texts"]))
    texts = [f"{one['lang']}={one['title']}: {one['text']}" for one in content["texts"]]
    given = f"--kind scam --severity Severe --area VN,KR --until {content['ends'][:10]} --tlp GREEN"
    said = " ".join(f"--text {shlex.quote(text)}" for text in texts)
    tell.typed(f"warn send {WARNINGS} {given} {said} --dir {cast.provider.nick}")
    readers = [side for side in cast.all if side.nick in stage.clients and side != cast.provider]
    await asyncio.gather(*(_know(stage, stage.clients[side.nick], sent.id) for side in readers))
    with tell.step("warning.counted"):
        report = await settled(
            lambda: stage.provider.notice_report(sent.id), lambda report: report.silent
        )
    _tell(stage, report)
    tell.typed(f"warn report {sent.id} --dir {cast.provider.nick}")


def scam() -> dict[str, Any]:
    """Return the notice, for the next day, in the languages of its file."""
    body = files("faifo.demo").joinpath("data/scam-notice.toml").read_text("utf-8")
    now = clock.now()
    times = {"begins": clock.text(now), "ends": clock.text(now + timedelta(days=1))}
    return {**tomllib.loads(body), **times}


async def until_come(stage: Stage, client: Client, name: str) -> None:
    """Wait until a notice has come to a node."""

    async def come() -> list[str]:
        return [one.id async for one in client.notices(direction="in")]

    stage.ensure(name in await settled(come, lambda ids: name in ids), "notice-came", name)


async def _know(stage: Stage, client: Client, name: str) -> None:
    """Read a notice as a person does, and acknowledge it."""
    await until_come(stage, client, name)
    await client.acknowledge_notice(name, person=stage.tell.phrase("warning.officer"))


def _tell(stage: Stage, report: NoticeReport) -> None:
    tell = stage.tell
    _, *knowing, off = stage.cast.all
    after = {one.receiver: one.acknowledged for one in report.receivers}
    known = []
    for side in knowing:
        seconds = after.pop(side.did)
        stage.ensure(seconds is not None, "four-know", side.name)
        told, name = tell.number(seconds or 0.0, digits=2), side.name.removesuffix(" (fictional)")
        known.append(tell.phrase("warning.acknowledged", after=told, name=name))
    for pair in zip(known[::2], known[1::2], strict=True):
        tell.quote("; ".join(pair), good=True)
    silent = after == {off.did: None} and len(report.silent) == 1
    stage.ensure(silent, "one-silent", report.silent)
    name = off.name.removesuffix(" (fictional)")
    tell.quote(tell.phrase("warning.silent", name=name, seconds=WITHIN_SECONDS), good=False)
