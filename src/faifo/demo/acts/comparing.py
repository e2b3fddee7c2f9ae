"""At the end both books are laid side by side."""

from __future__ import annotations

from faifo.api.node import Timeline
from faifo.api.processes import Agreement
from faifo.demo.stage import Stage, messages

SUSPENSION = "TransferSuspensionMessage"


async def play(stage: Stage) -> None:
    """Compare the books of the two sides, and note the agreements by dataset."""
    stage.tell.act("comparing")
    await agreements(stage)
    for dataset, name in sorted(stage.agreements.items()):
        stage.tell.note("comparing.agreement", dataset=dataset, agreement=name)
    await same_messages(stage)
    await accesses(stage)


async def agreements(stage: Stage) -> None:
    """Every agreement of the two must stand in both books with the same words and state."""
    with stage.tell.step("comparing.agreements") as facts:
        other = stage.cast.consumer.did
        ours = {item.id: item async for item in stage.consumer.agreements()}
        theirs = {
            item.id: item async for item in stage.provider.agreements() if item.consumer == other
        }
        stage.ensure(ours.keys() == theirs.keys() and bool(ours), "same-agreements", list(theirs))
        for name, agreement in ours.items():
            same = agreement.document == theirs[name].document
            stage.ensure(same, "same-document", name)
            states = await _states(stage, agreement, theirs[name])
            active = agreement.active and theirs[name].active
            stage.ensure(active and states == ("FINALIZED", "FINALIZED"), "in-force", states)
        facts["count"] = len(ours)
    stage.agreements = {agreement.dataset: name for name, agreement in ours.items()}


async def _states(stage: Stage, ours: Agreement, theirs: Agreement) -> tuple[str, str]:
    there = await stage.provider.get_negotiation(theirs.negotiation or "")
    here = await stage.consumer.get_negotiation(ours.negotiation or "")
    return str(there.state), str(here.state)


async def same_messages(stage: Stage) -> None:
    """Every message must stand in both books with the same bytes, on either side of it."""
    with stage.tell.step("comparing.messages") as facts:
        every = (stage.consumer.negotiations(), stage.consumer.transfers())
        # What the other side refused at once has no place in its book.
        pids = [(one.pid, one.peer_pid) for kind in every async for one in kind if one.peer_pid]
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
        # Both sides may stop a transfer at one moment: a message that is overtaken need not go out.
        if message.name != SUSPENSION
    )


async def accesses(stage: Stage) -> None:
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
        stage.ensure(refused == stage.refused, "refusal-written", refused)
        facts.update(served=sum(served.values()), refused=refused, size=tell.size(stage.crossed))
