"""What verbs about notices have in common: what is shown, and that a person read what goes out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from faifo.cli.access import run
from faifo.cli.asking import accepting
from faifo.cli.choices import Choices, verb
from faifo.cli.output import fields, first, note, page, result
from faifo.cli.tables import table
from faifo.phrases import Phrase, say
from faifo.phrases.figures import moment

if TYPE_CHECKING:
    from faifo.api.notices import Notice, NoticeReport, WholeNotice
    from faifo.client import Client

COLUMNS = ("sent", "kind", "state", "severity", "tlp", "title", "sender", "id")
LEVELS = ("RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR")
LINES = ("economy", "name", "state", "received", "acknowledged", "acted", "partner")


def sending(function: Any) -> Any:
    """Give a verb the options of everything that is sent."""
    for option in (
        click.option("--yes", is_flag=True, help="It was read: send it without asking."),
        click.option("--exercise", is_flag=True, help="A drill: marked so, acts on nothing."),
        click.option(
            "--within",
            type=click.IntRange(1, 31_536_000),
            default=900,
            show_default=True,
            help="Seconds until whoever has not acknowledged counts as silent.",
        ),
        click.option("--to", multiple=True, help="Only to this subscriber; several times."),
        click.option("--tlp", type=click.Choice(LEVELS), help="TLP 2.0 (default: AMBER)."),
    ):
        function = option(function)
    return function


def acknowledging(function: Any) -> Any:
    """Give a verb what it takes to acknowledge."""
    for option in (
        click.option("--acted", metavar="TEXT", help="What was done about it."),
        click.option("--person", default="", help="Who knows."),
        click.argument("name", metavar="ID"),
    ):
        function = option(function)
    return function


def acknowledged(choices: Choices, name: str, person: str, acted: str | None) -> None:
    """Say, signed, that a notice is known here, or what was done about it."""
    stage = "acted" if acted is not None else "acknowledged"
    one = run(
        choices,
        lambda client: client.acknowledge_notice(name, stage, person=person, text=acted or ""),
    )
    result(choices, one, [choices.say(f"notice.{stage}", id=one.id, via=one.via)])


def ended(choices: Choices, name: str, act: str, **said: Any) -> None:
    """End a notice of ours at everybody who got it."""
    one = run(choices, lambda client: client.end_notice(name, act, **said))
    result(choices, one, [choices.say("notice.ended", id=one.id, count=len(one.receivers))])


def sent(choices: Choices, order: dict[str, Any], *, yes: bool) -> None:
    """Show what would go out and to how many; send it if a person says so, or with `yes`."""
    if not yes:
        draft = run(choices, lambda client: client.send_notice(**order, confirmed=False))
        for line in lines(choices, draft):
            note(choices, line)
        count = len(draft.receivers)
        if not sys.stdin.isatty():
            raise click.UsageError(str(Phrase("cli.usage.confirm", count=count)))
        click.confirm(choices.say("notice.confirm", count=count), abort=True, err=True)
    done = run(choices, lambda client: client.send_notice(**order, confirmed=True))
    said = choices.say("notice.sent", id=done.id, count=len(done.receivers))
    result(choices, done, [_marked(choices, done, said), choices.say("notice.next", id=done.id)])


def listed(choices: Choices, kind: str, limit: int, **narrowed: str) -> None:
    """Print the newest notices of a kind."""

    async def work(client: Client) -> list[Notice]:
        items = client.notices(kind=kind, limit=page(limit), **narrowed)
        return await first(choices, items, limit)

    found = run(choices, work, stopped=True)
    rows = [
        (
            moment(one.at),
            choices.label(one.direction),
            _state(choices, one),
            one.severity,
            one.tlp,
            _marked(choices, one, one.title),
            one.sender,
            one.id,
        )
        for one in found
    ]
    result(choices, found, table(choices, COLUMNS, rows) or [choices.say("list.none")])


def lines(choices: Choices, one: WholeNotice) -> list[str]:
    """Return a notice for a person."""
    head = [
        ("id", one.id),
        ("state", _state(choices, one)),
        ("sender", one.sender),
        ("sent", moment(one.at)),
        ("until", moment(one.until) if one.until else ""),
        ("tlp", one.tlp),
        ("receivers", ", ".join(one.receivers[:10])),
        ("suspended", ", ".join(one.suspended)),
        ("why", say(one.why, choices.lang) if one.why else ""),
        ("acknowledged", moment(one.acknowledged) if one.acknowledged else ""),
        ("acted", moment(one.acted) if one.acted else ""),
    ]
    said = [
        choices.say(
            f"notice.said.{each.act}",
            by=each.person or each.by,
            at=moment(each.at),
            text="; ".join(filter(None, (each.text, *each.content.values()))),
        )
        for each in one.said
    ]
    title = _marked(choices, one, one.title)
    return [title, *fields(choices, [*head, *_content(choices, one)]), *said]


def _content(choices: Choices, one: WholeNotice) -> Iterable[tuple[str, str]]:
    from faifo.kinds.kind import kinds

    kind = kinds().get(one.kind)
    if kind is None or (not one.signed and one.direction == "public"):
        return [(name, str(value)) for name, value in one.content.items()]
    return kind.view(kind.read(one.content), choices.lang)


def _state(choices: Choices, one: Notice) -> str:
    # What is open of a review waits for a person; an open notice is in force.
    return choices.label("notice-open" if one.state == "open" else one.state)


def _marked(choices: Choices, one: Notice, text: str) -> str:
    return f"{choices.say('notice.exercise')} {text}" if one.exercise else text


def report_lines(choices: Choices, one: NoticeReport) -> list[str]:
    """Return who took it how, economies first, the silent by name at the end."""
    rows: list[Sequence[object]] = [
        (
            line.economy,
            line.name,
            choices.label(line.state),
            _seconds(line.received),
            _seconds(line.acknowledged),
            _seconds(line.acted),
            line.receiver,
        )
        for line in one.receivers
    ]
    title = f"{choices.say('notice.exercise')} {one.title}" if one.exercise else one.title
    told = [title, *table(choices, LINES, rows)]
    told += [
        choices.say(
            "notice.economy",
            economy=each.economy or "-",
            acknowledged=each.acknowledged,
            receivers=each.receivers,
            seconds=_seconds(each.acknowledged_last),
        )
        for each in one.economies
    ]
    told += [
        choices.say("notice.trouble", receiver=line.receiver, why=line.trouble)
        for line in one.receivers
        if line.trouble
    ]
    if one.silent:
        told.append(choices.say("notice.silent", names=", ".join(one.silent)))
    return told


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def csv_of(one: NoticeReport) -> str:
    """Return the report as CSV (RFC 4180), one receiver a row."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out)
    names = ("receiver", "name", "economy", "state", "received", "acknowledged", "acted", "said")
    writer.writerow(("id", "exercise", *names))
    for line in one.receivers:
        cells = [getattr(line, name) for name in names]
        writer.writerow([one.id, str(one.exercise).lower(), *map(_cell, cells)])
    return out.getvalue()


def _cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t"}:
        return f"'{value}"
    return "" if value is None else value


@verb(
    "subscribe",
    example="faifo warn subscribe seoul alerts\nfaifo ai incident subscribe seoul incidents",
    short_help="Agree to get a partner's notices.",
)
@click.argument("node")
@click.argument("dataset")
@click.option("--purpose", help="What they are for; stands in the agreement.")
@accepting
def subscribe(
    choices: Choices, node: str, dataset: str, purpose: str | None, accept_terms: tuple[str, ...]
) -> None:
    """Agree with NODE about DATASET, which carries notices: from then on they are pushed to here.

    A subscription is an agreement as all others are; it ends as they do.
    """
    done = run(
        choices,
        lambda client: client.negotiate(node, dataset, purpose=purpose, accept_terms=accept_terms),
    )
    said = choices.say("notice.subscribed", dataset=dataset, agreement=done.agreement or "")
    result(choices, done, [said])
