"""`faifo show`: what happened, what was decided and why, and what is still waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.offers import made_up, terms_of
from faifo.cli.output import fields, line_of, result
from faifo.cli.saying import said_why
from faifo.cli.tables import table
from faifo.phrases import spoken
from faifo.phrases.figures import moment, size

if TYPE_CHECKING:
    from faifo.api.datasets import Visibility
    from faifo.api.node import Entry, Timeline


@verb(
    "show",
    example="faifo show urn:uuid:019aab3c-0000-7000-8000-000000000000\n"
    "faifo show rice-prices --as peru --purpose research",
    short_help="Show what happened, and why.",
)
@click.argument("name", metavar="ID")
@click.option("--as", "partner", metavar="PARTNER", help="Why PARTNER sees a dataset, or does not.")
@click.option("--purpose", help="With --as: what would be for this purpose alone.")
def command(choices: Choices, name: str, partner: str | None, purpose: str | None) -> None:
    """Show a negotiation, transfer, agreement or dataset: messages, decisions, retries, deadlines.

    With --as, show today's decision on a dataset of this node for PARTNER: a DID, a URL, or a name
    given to `trust add`. The node need not be running.
    """
    if partner is not None:
        seen = run(
            choices,
            lambda client: client.visibility(name, partner, purpose=purpose),
            stopped=True,
        )
        result(choices, seen, _seen(choices, seen))
        return
    timeline = run(choices, lambda client: client.timeline(name), stopped=True)
    result(choices, timeline, _lines(choices, timeline))


def _lines(choices: Choices, timeline: Timeline) -> list[str]:
    lines = [f"{choices.label(timeline.kind)} {line_of(timeline.id)}"]
    lines += [f"  {line}" for line in fields(choices, _head(choices, timeline.record))]
    lines += _countered(choices, timeline.record)
    if timeline.kind == "dataset":
        lines += ["", choices.say("show.readers" if timeline.readers else "show.no-readers")]
        rows = [
            (one.name or one.partner, one.purpose or "-", one.served, size(one.bytes) or "-",
             moment(one.last))
            for one in timeline.readers
        ]  # fmt: skip
        named = ("partner", "purpose", "served", "bytes", "last")
        lines += [f"  {line}" for line in table(choices, named, rows)]
    lines += ["", choices.say("show.timeline")]
    if timeline.more:
        lines.append(f"  {choices.say('show.newest', count=len(timeline.entries))}")
    for entry in timeline.entries:
        said = line_of(entry.sentence(choices.lang))
        lines.append(f"  {moment(entry.at)}  {choices.label(entry.kind):10}  {said}")
        lines += [f"{'':36}{line_of(text)}" for text in _detail(choices, entry) if text]
    return lines


def _seen(choices: Choices, seen: Visibility) -> list[str]:
    from faifo.cli.verbs.policy import judged_lines, reason_of, tree

    code = "show.seen" if seen.visible else "show.unseen"
    lines = [choices.say(code, dataset=seen.dataset, participant=seen.participant)]
    if seen.withdrawn:
        lines.append(choices.say("show.withdrawn", at=moment(seen.withdrawn)))
    if seen.access:
        lines.append(choices.say("show.access"))
        lines += tree(choices, reason_of(seen.access), 1)
        lines.append(choices.say("show.use"))
    return [*lines, *judged_lines(choices, seen)]


def _countered(choices: Choices, record: dict[str, Any]) -> list[str]:
    """Return in what a proposal differs from the one that it answers."""
    from faifo.policy.compile import compiled
    from faifo.policy.relating import compatible
    from faifo.policy.wording import difference

    old, new = record.get("countered"), record.get("offer")
    if not isinstance(old, dict) or not isinstance(new, dict):
        return []
    added, dropped = difference(new, old, choices.lang)
    lines = [choices.say("show.countered", who=choices.label(str(record.get("offered_by"))))]
    lines += [*(f"  + {line}" for line in added), *(f"  - {line}" for line in dropped)]
    if compatible(compiled(new), compiled(old)) is False:
        lines.append(f"  {choices.say('show.excluding')}")
    return ["", *lines]


def _head(choices: Choices, record: dict[str, Any]) -> list[tuple[str, Any]]:
    from faifo.api.processes import why_held

    def text(name: str) -> str:
        value = record.get(name)
        return "" if value is None else str(value)

    role = record.get("role")
    pairs = [("title", text("title")), ("role", choices.label(role) if role else "")]
    pairs += [(name, text(name)) for name in ("peer", "provider", "consumer")]
    if "state" in record:
        pairs.append(("state", text("state") or choices.say("show.not-acknowledged")))
    pairs += [(name, text(name)) for name in ("dataset", "agreement", "negotiation")]
    pairs += [("location", text("location")), ("size", size(record.get("size")))]
    pairs.append(("sha256", text("sha256")))
    pairs.append(("packs", ", ".join(record.get("packs") or ())))
    pairs.append(("citizens", text("citizens")))
    pairs.append(("properties", made_up(record.get("properties") or {})))
    policy = record.get("offer") or record.get("document") or record.get("policy")
    if isinstance(policy, dict):
        pairs.append(("terms", terms_of(choices, policy)))
    pairs += list((record.get("persons") or {}).items())
    if record.get("one_sided"):
        pairs.append(("end", choices.say("show.one-sided")))
    pairs.append(("hold", str(spoken(why_held(text("hold")), choices.lang))))
    pairs.append(("reason", said_why(choices, record.get("reason") or ())))
    pairs += [
        (name, moment(record[name]))
        for name in ("token_expires", "deadline", "withdrawn", "ended")
        if record.get(name)
    ]
    return pairs


def _detail(choices: Choices, entry: Entry) -> list[str]:
    if entry.kind == "decision":
        return _sentences(choices, entry.detail)
    if entry.kind == "event":
        return [_pairs(choices, entry.detail)] if entry.detail else []
    if entry.kind == "message" and choices.verbose:
        return [_pairs(choices, entry.detail)]
    return []


def _sentences(choices: Choices, detail: dict[str, Any]) -> list[str]:
    """Return the reasons of a decision in the chosen language, as far as they can be read."""
    from faifo.policy.decision import WrittenDecision

    try:
        return list(msgspec.convert(detail, WrittenDecision).sentences(choices.lang))
    except (msgspec.ValidationError, KeyError):
        return []


def _pairs(choices: Choices, detail: dict[str, Any]) -> str:
    from faifo.policy.wording import action_of

    if "action" in detail:
        detail = {**detail, "action": str(spoken(action_of(str(detail["action"])), choices.lang))}
    shown = ((name, _short(choices, value)) for name, value in detail.items())
    return ", ".join(f"{choices.label(name)} {text}" for name, text in shown if text)


def _short(choices: Choices, value: Any) -> str:
    if isinstance(value, dict):
        return said_why(choices, value.get("reasons") or [str(value.get("outcome", ""))])
    if isinstance(value, list):
        return ", ".join(_short(choices, part) for part in value)
    if isinstance(value, str):
        return said_why(choices, [value])
    return "" if value is None else str(value)
