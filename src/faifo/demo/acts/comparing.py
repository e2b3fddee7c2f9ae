"""At the end both books are laid side by side."""

from __future__ import annotations

from faifo.api.node import Timeline
from faifo.api.processes import Agreement
from faifo.demo.stage import Stage, messages


async def play(stage: Stage) -> dict[str, str]:
    """Return the agreements by dataset."""
    stage.tell.act("comparing")
    agreements = await _agreements(stage)
    await _messages(stage)
    await _accesses(stage)
    return agreements


async def _agreements(stage: Stage) -> dict[str, str]:
    tell = stage.tell
    with tell.step("comparing.agreements") as facts:
        ours = {item.id: item async for item in stage.consumer.agreements()}
        theirs = {item.id: item async for item in stage.provider.agreements()}
        stage.ensure(ours.keys() == theirs.keys() and bool(ours), "same-agreements", list(theirs))
        for name, agreement in ours.items():
            same = agreement.document == theirs[name].document
            stage.ensure(same, "same-document", name)
        facts["count"] = len(ours)
    for name, agreement in sorted(ours.items()):
        states = await _states(stage, agreement, theirs[name])
        active = agreement.active and theirs[name].active
        stage.ensure(active and states == ("FINALIZED", "FINALIZED"), "in-force", states)
        tell.note(
            "comparing.agreement",
            dataset=agreement.dataset,
            agreement=name,
            provider=states[0],
            consumer=states[1],
        )
    return {agreement.dataset: name for name, agreement in ours.items()}


async def _states(stage: Stage, ours: Agreement, theirs: Agreement) -> tuple[str, str]:
    there = await stage.provider.get_negotiation(theirs.negotiation or "")
    here = await stage.consumer.get_negotiation(ours.negotiation or "")
    return str(there.state), str(here.state)


async def _messages(stage: Stage) -> None:
    """Every message must stand in both books with the same bytes, on either side of it."""
    with stage.tell.step("comparing.messages") as facts:
        pids = [(item.pid, item.peer_pid or "") async for item in stage.consumer.negotiations()] + [
            (item.pid, item.peer_pid or "") async for item in stage.consumer.transfers()
        ]
        count = 0
        for here, there in pids:
            ours = _told(await stage.consumer.timeline(here))
            theirs = _told(await stage.provider.timeline(there), turned=True)
            stage.ensure(ours == theirs and bool(ours), "same-messages", (here, there))
            count += len(ours)
        facts.update(count=count, processes=len(pids))


def _told(timeline: Timeline, *, turned: bool = False) -> list[tuple[str, str, str]]:
    """Return direction, name and digest of all messages; `turned` as the other side sees them."""
    other = {"sent": "received", "received": "sent"}
    return sorted(
        (other[message.direction] if turned else message.direction, message.name, message.sha256)
        for _, message in messages(timeline)
    )


async def _accesses(stage: Stage) -> None:
    tell = stage.tell
    with tell.step("comparing.accesses") as facts:
        served: dict[str, int] = {}
        refused = 0
        for transfer in stage.transfers:
            pid = transfer.peer_pid or ""
            timeline = await stage.provider.timeline(pid)
            events = [entry.code for entry in timeline.entries if entry.kind == "event"]
            served[pid] = events.count("access-served")
            refused += events.count("access-refused")
        stage.ensure(served == stage.accesses, "same-accesses", (served, stage.accesses))
        stage.ensure(refused == 1, "refusal-written", refused)
        facts.update(served=sum(served.values()), refused=refused, size=tell.size(stage.crossed))
