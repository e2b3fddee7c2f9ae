"""`faifo warn`: one short warning to many, who acknowledged it, and who stayed silent."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import click

from faifo import clock
from faifo.api.dates import read_moment
from faifo.cli import notices
from faifo.cli.access import run
from faifo.cli.choices import Choices, family
from faifo.cli.files import FILE, read
from faifo.cli.output import result
from faifo.phrases import Phrase

KIND = "warnings"
DOCUMENT_BYTES = 1_048_576
_TEXT = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*)\s*=\s*([^:]+?)\s*:\s*(.+)", re.DOTALL)


@family(
    "warn",
    example="faifo publish --carries warnings --id alerts\n"
    "faifo warn send alerts --kind scam --severity Severe --area VN --until 2026-12-31 \\\n"
    "    --text 'en=Fake bank calls: nobody of a bank asks for a code' \\\n"
    "    --text 'vi=Cuộc gọi giả ngân hàng: không ngân hàng nào hỏi mã'",
    short_help="Warn partners, and count who knows.",
)
def command() -> None:
    """Warn partners of attacks, scams and disasters, and count who knows."""


@command.verb(
    "send",
    example="faifo warn send alerts --kind scam --severity Severe --area VN --until 2026-12-31 \\\n"
    "    --text 'en=Fake bank calls: hang up' --text 'vi=Cuộc gọi giả: hãy cúp máy' --yes\n"
    "faifo warn send alerts --cap storm.xml --exercise",
    short_help="Send a warning to all subscribers.",
)
@click.argument("dataset")
@click.option("--kind", type=click.Choice(["cyber", "scam", "disaster"]))
@click.option(
    "--severity", type=click.Choice(["Extreme", "Severe", "Moderate", "Minor", "Unknown"])
)
@click.option("--area", help="Where it counts, in words.")
@click.option("--from", "begins", help="From when (default: now).")
@click.option("--until", "ends", help="Until when.")
@click.option("--text", "texts", multiple=True, metavar="LANG=TITLE: TEXT",
              help="In two languages or more, those of --cap or --stix among them.")  # fmt: skip
@click.option("--cap", type=FILE, help="Take it from a CAP 1.2 alert.")
@click.option("--stix", type=FILE, help="Take it from a STIX 2.1 bundle.")
@notices.sending
def send(choices: Choices, dataset: str, **given: Any) -> None:
    """Send a warning under DATASET, signed, to everybody who has an agreement about it.

    Personal data in it are refused with their place. What would go out is shown first, and sent
    when you say so. Ends when it is durable here; `report` tells who knows.
    """
    content, tlp, exercise = _content(given)
    order = {
        "kind": KIND,
        "dataset": dataset,
        "content": content,
        "tlp": given["tlp"] or tlp or "AMBER",
        "to": given["to"],
        "exercise": given["exercise"] or exercise,
        "within": given["within"],
    }
    notices.sent(choices, order, yes=given["yes"])


def _content(given: dict[str, Any]) -> tuple[dict[str, Any], str | None, bool]:
    from faifo.kinds.kind import kind_of
    from faifo.kinds.warning import LANGUAGES

    formats = [name for name in ("cap", "stix") if given[name] is not None]
    if len(formats) > 1:
        raise click.UsageError(str(Phrase("cli.usage.one-form")))
    tlp, exercise, content = None, False, {}
    if formats:
        body = read(given[formats[0]], "file", DOCUMENT_BYTES)
        found = kind_of(KIND).formats[formats[0]]().read(body)
        content, tlp, exercise = found.content, found.tlp, found.exercise
    content |= {name: given[name] for name in ("kind", "severity", "area") if given[name]}
    for name, option, end in (("begins", "--from", False), ("ends", "--until", True)):
        if given[name]:
            content[name] = clock.text(read_moment(option, given[name], end_of_day=end))
    own = [_text(one) for one in given["texts"]]
    said = {_code(one) for one in own}
    content["texts"] = [one for one in content.get("texts", ()) if _code(one) not in said] + own
    content.setdefault("begins", clock.text(clock.now()))
    lacking = [f"--{option}" for name, option in _NEEDED if not content.get(name)]
    if lacking:
        raise click.UsageError(str(Phrase("cli.usage.lacking", options=", ".join(lacking))))
    if len(content["texts"]) < LANGUAGES:
        raise click.UsageError(str(Phrase("cli.usage.languages", least=LANGUAGES)))
    return content, tlp, exercise


_NEEDED = (
    ("kind", "kind"), ("severity", "severity"), ("area", "area"), ("ends", "until"),
    ("texts", "text"),
)  # fmt: skip


def _code(text: dict[str, str]) -> str:
    """Return the language of a text, without the country."""
    return text["lang"].partition("-")[0].lower()


def _text(given: str) -> dict[str, str]:
    match = _TEXT.fullmatch(given)
    if match is None:
        raise click.UsageError(str(Phrase("cli.usage.text", given=given[:60])))
    return {"lang": match[1], "title": match[2], "text": match[3].strip()}


@command.verb(
    "list", example="faifo warn list --limit 20", short_help="Show what went out and came."
)
@click.option("--direction", type=click.Choice(["out", "in"]), help="Only what went out, or came.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=100, show_default=True)
def show_all(choices: Choices, direction: str | None, limit: int) -> None:
    """List warnings, the newest first. The node need not be running."""
    notices.listed(choices, KIND, limit, **({"direction": direction} if direction else {}))


@command.verb(
    "show",
    example="faifo warn show urn:uuid:019aab3c-0000-7000-8000-000000000000\n"
    "faifo warn show urn:uuid:019aab3c-0000-7000-8000-000000000000 --format cap > alert.xml",
    short_help="Show a warning, also as CAP or STIX.",
)
@click.argument("name", metavar="ID")
@click.option("--format", "form", type=click.Choice(["cap", "stix"]), help="CAP 1.2 or STIX 2.1.")
def show(choices: Choices, name: str, form: str | None) -> None:
    """Show the warning ID, and what was said about it. The node need not be running."""
    one = run(choices, lambda client: client.get_notice(name), stopped=True)
    if form is None:
        result(choices, one, notices.lines(choices, one))
        return
    from faifo.ai.passport.said import read_kept
    from faifo.kinds.kind import kind_of
    from faifo.kinds.signed import Notice

    over = next((said.at for said in one.said if said.act == "cancelled"), None)
    form_of = kind_of(one.kind).formats[form]()
    sys.stdout.buffer.write(form_of.write(read_kept(one.signed, Notice), over=over))


@command.verb(
    "ack",
    example="faifo warn ack urn:uuid:019aab3c-0000-7000-8000-000000000000 --person 'Lê Thị An'\n"
    "faifo warn ack urn:uuid:019aab3c-0000-7000-8000-000000000000 --acted 'numbers blocked'",
    short_help="Say that you know, or what you did.",
)
@notices.acknowledging
def ack(choices: Choices, name: str, person: str, acted: str | None) -> None:
    """Acknowledge the warning ID, signed, to who sent it; with --acted, say what was done."""
    notices.acknowledged(choices, name, person, acted)


@command.verb(
    "cancel",
    example="faifo warn cancel urn:uuid:019aab3c-0000-7000-8000-000000000000 --reason 'over'",
    short_help="Take a warning back.",
)
@click.argument("name", metavar="ID")
@click.option("--reason", required=True, help="Is told to everybody who got it.")
@click.option("--person", default="", help="Who takes it back.")
def cancel(choices: Choices, name: str, reason: str, person: str) -> None:
    """Tell everybody who got the warning ID that it counts no more."""
    notices.ended(choices, name, "cancelled", person=person, text=reason)


@command.verb(
    "pass-on",
    example="faifo warn pass-on urn:uuid:019aab3c-0000-7000-8000-000000000000 alerts",
    short_help="Send a partner's warning on, if its marking allows.",
)
@click.argument("name", metavar="ID")
@click.argument("dataset")
@click.option("--to", multiple=True, help="Only to this subscriber; several times.")
def pass_on(choices: Choices, name: str, dataset: str, to: tuple[str, ...]) -> None:
    """Send the warning ID, as its sender signed it, to this node's subscribers of DATASET.

    TLP:RED, AMBER+STRICT and AMBER are not passed on.
    """
    one = run(choices, lambda client: client.pass_notice_on(name, dataset, to=to))
    result(choices, one, [choices.say("notice.sent", id=one.id, count=len(one.receivers))])


@command.verb(
    "report",
    example="faifo warn report urn:uuid:019aab3c-0000-7000-8000-000000000000\n"
    "faifo warn report urn:uuid:019aab3c-0000-7000-8000-000000000000 --csv drill.csv",
    short_help="Show who acknowledged, and who is silent.",
)
@click.argument("name", metavar="ID")
@click.option("--csv", "path", type=FILE, help="Write a table here, one receiver a row.")
@click.option("--wait", type=click.IntRange(0, 50), default=0,
              help="Wait so many seconds for those who are still to acknowledge.")  # fmt: skip
def report(choices: Choices, name: str, path: Path | None, wait: int) -> None:
    """Show after how many seconds each receiver of the warning ID received, acknowledged, acted.

    Of an exercise it is the drill's report.
    """
    one = run(choices, lambda client: client.notice_report(name, wait=wait), stopped=True)
    if path is not None:
        from faifo.cli.files import write

        write(path, notices.csv_of(one))
    result(choices, one, notices.report_lines(choices, one))


command.add_command(notices.subscribe)
