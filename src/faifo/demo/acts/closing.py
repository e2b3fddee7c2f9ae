"""At the end of the scene both books say the same, and anybody can prove it."""

from __future__ import annotations

import base64

from faifo.demo.acts import comparing
from faifo.demo.stage import Stage, settled
from faifo.ledger.bundle import Judged, judge_bundle
from faifo.ledger.comparing import Comparison, compare, entries_of
from faifo.ledger.leaf import Kind
from faifo.ledger.trust_policy import Policy, parse_policy
from faifo.ledger.verifying import Verdict, judge

_BOTH = frozenset({Kind.AGREEMENT, Kind.ACCESS})


async def play(stage: Stage) -> None:
    tell = stage.tell
    tell.act("closing")
    await comparing.agreements(stage)
    name = next(iter(stage.agreements.values()))
    for side in (stage.cast.provider, stage.cast.consumer):
        tell.typed(f"show {name} --dir {side.nick}")
    await comparing.same_messages(stage)
    await _receipts(stage, name)


async def _receipts(stage: Stage, agreement: str) -> None:
    """Each side's evidence is proven by the keys alone, and a receipt changed by a bit is not."""
    tell = stage.tell
    with tell.step("closing.proven") as facts:
        keys = [(await one.log()).key for one in (stage.provider, stage.consumer)]
        policy = parse_policy("\n".join(keys))
        judged = await settled(lambda: _judged(stage, agreement, policy), _handed)
        faults = [one.fault for one in judged if one.fault]
        stage.ensure(not faults, "receipts-proven", faults)
        found = _compared(judged)
        alike = found.both and not found.contradictions and _handed(judged)
        stage.ensure(bool(alike), "books-alike", found.one_sided)
        forged = _forged(judged[0], policy)
        stage.ensure(forged.fault is not None, "forgery-caught", forged.file)
        facts["receipts"] = sum(len(one.verdicts) for one in judged)
        facts["both"] = len(found.both)
    for side in (stage.cast.provider, stage.cast.consumer):
        tell.typed(f"evidence {agreement} -o {side.nick}.zip --dir {side.nick}")


async def _judged(stage: Stage, agreement: str, policy: Policy) -> list[Judged]:
    sides = (stage.provider, stage.consumer)
    return [judge_bundle("", await one.evidence(agreement), policy) for one in sides]


def _compared(judged: list[Judged]) -> Comparison:
    return compare(entries_of(one for each in judged for one in each.verdicts))


def _handed(judged: list[Judged]) -> bool:
    """Tell whether all that both sides write down has come to both."""
    return not any(one.kind in _BOTH for one in _compared(judged).one_sided)


def _forged(judged: Judged, policy: Policy) -> Verdict:
    """Return what comes of a receipt in which one bit of one hash is another."""
    name = next(one.file for one in judged.verdicts if one.receipt and one.receipt.proof)
    lines = (judged.bundle.files[name] if judged.bundle else b"").split(b"\n")
    first = bytearray(base64.b64decode(lines[3]))
    first[0] ^= 1
    lines[3] = base64.b64encode(first)
    return judge({name: b"\n".join(lines)}, policy)[0]
