"""`faifo mission`: what was asked for in public, with the report's verb, and how far it is."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from faifo.cli.choices import Choices, verb
from faifo.cli.files import FILE, read
from faifo.cli.output import fields, result
from faifo.cli.tables import table
from faifo.phrases import Phrase, say

if TYPE_CHECKING:
    from datetime import date

    from faifo.api.register import RegisterEntry

WIDTH = 100
COLUMNS = ("state", "progress", "due", "status", "who", "title", "sender")


@verb(
    "mission",
    example="faifo mission --lang vi\nfaifo mission --csv > register.csv\n"
    "faifo mission --progress --dir ministry\n"
    "faifo mission --changes 2026-11-01 --dir ministry\n"
    "faifo mission --entry promise.toml --send policies --dir ministry",
    short_help="List what was asked for, and what serves it.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, ready to be published.")
@click.option("--progress", is_flag=True, help="Show how far each has come, with delays.")
@click.option("--demand", type=FILE, help="Published counts of labour demand, for --progress.")
@click.option("--changes", metavar="DATE", help="Show what changed in the entries since that day.")
@click.option("--dcat", is_flag=True, help="Print the register as a catalog of DCAT-AP.")
@click.option("--entry", type=FILE, help="Check an entry in TOML, and show how far it has come.")
@click.option("--send", "dataset", help="Send --entry, signed, to who agreed about this dataset.")
def command(choices: Choices, as_csv: bool, **wanted: Any) -> None:
    """List what leaders and ministers asked for, with the report's own verb, and what serves it.

    From press reports of four public meetings. Nobody named there has endorsed Faifo. With a node,
    --progress, --changes and --dcat add its own entries and those that partners have sent.
    """
    from faifo.mission import register

    if as_csv and choices.json:
        raise click.UsageError(str(Phrase("cli.usage.csv-or-json")))
    if wanted["dataset"] and not wanted["entry"]:
        raise click.UsageError(str(Phrase("cli.usage.send-entry")))
    if wanted["entry"]:
        _entry(choices, wanted["entry"], wanted["dataset"])
    elif wanted["progress"] or wanted["changes"] or wanted["dcat"]:
        _followed(choices, wanted)
    elif as_csv:
        sys.stdout.write(register.as_csv(choices.lang))
    else:
        result(choices, register.rows(choices.lang), _lines(choices.lang))


def _entry(choices: Choices, path: Path, dataset: str | None) -> None:
    """Check an entry, and send it or show it."""
    import msgspec

    from faifo import clock
    from faifo.cli import notices
    from faifo.kinds.commitments import COMMITMENTS, read_entry
    from faifo.register.progress import Edition, progress

    entry = read_entry(read(path, "description").decode("utf-8", "replace"))
    if dataset:
        told = {"kind": COMMITMENTS.name, "dataset": dataset, "tlp": "CLEAR"}
        notices.sent(choices, {**told, "content": msgspec.to_builtins(entry)}, yes=True)
        return
    today = clock.now().date()
    row = progress(Edition("-", today, entry), choices.lang, today=today)
    lines = [entry.text(choices.lang), *fields(choices, COMMITMENTS.view(entry, choices.lang))]
    result(choices, row, [*lines, *table(choices, COLUMNS, [_row(choices, row)])])


def _followed(choices: Choices, wanted: dict[str, Any]) -> None:
    from faifo.cli.access import run
    from faifo.node.custody.directory import Directory

    asked = choices.url is not None or Directory(choices.directory).settings.exists()
    if wanted["changes"]:
        since = _day(wanted["changes"])
        found: Any = ()
        if asked:
            found = run(choices, lambda client: client.register_changes(since), stopped=True)
        lines = [choices.say("register.change", **_plain(one)) for one in found]
        result(choices, found, lines or [choices.say("register.unchanged")])
    elif wanted["dcat"]:
        import msgspec

        from faifo.register.dcat import as_dcat
        from faifo.register.progress import shipped

        catalog = (
            run(choices, lambda client: client.register_catalog(), stopped=True)
            if asked
            else as_dcat(shipped(choices.lang), publisher="urn:faifo:register", name="Faifo")
        )
        print(msgspec.json.format(msgspec.json.encode(catalog)).decode())
    else:
        own = run(choices, lambda client: client.register(), stopped=True) if asked else ()
        rows = _with_shipped(choices, own, wanted["demand"])
        result(choices, rows, table(choices, COLUMNS, [_row(choices, one) for one in rows]))


def _day(text: str) -> date:
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(str(Phrase("cli.usage.day", given=text))) from None


def _with_shipped(choices: Choices, own: Sequence[RegisterEntry], demand: Path | None) -> list[Any]:
    """Return the rows of a node, or those that ship; `demand` is read for the one on the young."""
    from faifo import clock
    from faifo.register.progress import JOBS, OURS, progress, shipped
    from faifo.skills.demand import check, read_csv

    text = read(demand, "file").decode("utf-8", "replace") if demand else None
    cells = check(read_csv(text)) if text is not None else ()
    today = clock.now().date()
    rows = [progress(one, choices.lang, today=today) for one in shipped(choices.lang, cells)]
    if not own:
        return rows
    (young,) = [one for one in rows if one.id == JOBS]
    return [
        young if demand and (one.progress.id, one.progress.by) == (JOBS, OURS) else one.progress
        for one in own
    ]


def _row(choices: Choices, one: Any) -> tuple[object, ...]:
    state = choices.say(f"register.state.{one.state}", days=one.delay)
    share = "" if one.share is None else f"{one.share:.0%}"
    return state, share, one.due or "", one.status, one.who, one.title, one.by


def _plain(change: Any) -> dict[str, str]:
    names = ("by", "id", "at", "clause", "before", "after")
    return {name: str(getattr(change, name)) or "-" for name in names}


def _lines(lang: str) -> Iterator[str]:
    """Yield the rows under their meetings; wrapped at a terminal, whole elsewhere."""
    from itertools import groupby

    from faifo.mission import asked

    terminal = sys.stdout.isatty()
    width = min(shutil.get_terminal_size().columns, WIDTH) if terminal else sys.maxsize
    for meeting, things in groupby(asked(), key=lambda one: one.meeting):
        yield say(f"mission.place.{meeting}", lang)
        for one in things:
            quote = f" “{'”, “'.join(one.words)}”" if one.words else ""
            for mark, text in (
                ("- ", f"{one.text(lang)}: {one.status(lang)}{quote}"),
                ("  → ", one.answered(lang)),
            ):
                yield from textwrap.wrap(
                    text, width, initial_indent=f"  {mark}", subsequent_indent=" " * 6
                )
        yield ""
    yield say("mission.page.later", lang)
