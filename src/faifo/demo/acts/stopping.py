"""An incident is reported in one economy, and the credit model stops in the other."""

from __future__ import annotations

import time

import msgspec

from faifo.ai.passport import dsse
from faifo.demo.acts.deciding import DESK, PASSPORT, UNVERIFIED
from faifo.demo.acts.gathering import INCIDENTS
from faifo.demo.acts.judging import decision_of, quote
from faifo.demo.acts.predicting import ask
from faifo.demo.acts.warning import until_come
from faifo.demo.stage import Stage, until_state
from faifo.errors import FaifoError

KIND = "ai-incidents"
DESCRIBED = "incident.toml"


async def play(stage: Stage) -> None:
    tell, cast = stage.tell, stage.cast
    tell.act("stopping")
    content = _report(stage)
    with tell.step("stopping.reported", what=tell.phrase("stopping.happened")) as facts:
        sent = await stage.provider.send_notice(
            kind=KIND, dataset=INCIDENTS, content=content, tlp="AMBER", confirmed=True
        )
        facts["count"] = len(sent.receivers)
    begun = time.perf_counter()
    # Texts and lists of texts are written alike in JSON and in TOML.
    described = [f"{name} = {msgspec.json.encode(told).decode()}" for name, told in content.items()]
    (cast.root / DESCRIBED).write_text("\n".join(described), encoding="utf-8")
    told = f"{INCIDENTS} --describe {DESCRIBED} --passport {PASSPORT}"
    tell.typed(f"ai incident new {told} --dir {cast.provider.nick}")
    with tell.step("stopping.stopped") as facts:
        await until_come(stage, stage.consumer, sent.id)
        judged = await stage.consumer.check_passport(cast.provider.nick, DESK)
        facts["seconds"] = tell.number(time.perf_counter() - begun, digits=2)
    stage.ensure(not judged.passes and judged.hard, "incident-stops", judged.decision)
    quote(stage, [one for one in decision_of(judged).findings if one.code == "proof"])
    tell.typed(f"ai review {cast.provider.nick} {DESK} --dir {cast.consumer.nick}")
    refusal = ""
    running = stage.transfers[-1]
    with tell.step("stopping.refused"):
        states = [
            (await until_state(client, "transfer", pid, "SUSPENDED")).state
            for client, pid in (
                (stage.consumer, running.pid),
                (stage.provider, running.peer_pid or ""),
            )
        ]
        stage.ensure(states == ["SUSPENDED", "SUSPENDED"], "running-suspended", states)
        try:
            await ask(stage, DESK, UNVERIFIED)
        except FaifoError as error:
            refusal = error.sentence(tell.lang)
    stage.ensure(bool(refusal), "incident-stops", "an answer")
    tell.quote(refusal, good=False)


def _report(stage: Stage) -> dict[str, object]:
    """Return the report: the seven criteria that the OECD's framework asks for, and whose it is."""
    tell = stage.tell
    return {
        "title": tell.phrase("stopping.title-of-report"),
        "description": tell.phrase("stopping.happened"),
        "relation": tell.phrase("stopping.relation"),
        "submitter": stage.cast.provider.name,
        "supporting": [stage.booked.id],
        "severity": "serious-incident",
        "harm_types": [tell.phrase("stopping.harm")],
        "passports": [dsse.name(stage.passport)],
    }
