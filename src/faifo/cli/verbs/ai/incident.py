"""`faifo ai incident`: report what went wrong with an AI system, answer, end, decide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from faifo.cli import notices
from faifo.cli.access import run
from faifo.cli.choices import Choices, family
from faifo.cli.files import FILE, read, read_toml
from faifo.cli.output import result
from faifo.phrases import Phrase

KIND = "ai-incidents"
REPORT_BYTES = 65_536


@family(
    "incident",
    example="faifo publish --carries ai-incidents --id incidents\n"
    "faifo ai incident new incidents --describe incident.toml --passport loan.passport.json",
    short_help="Report incidents of AI systems.",
)
def incident() -> None:
    """Report incidents of AI systems to partners; a serious one suspends the AI passport."""


@incident.verb(
    "new",
    example="faifo ai incident new incidents --describe incident.toml \\\n"
    "    --passport loan.passport.json --yes",
    short_help="Report an incident to all subscribers.",
)
@click.argument("dataset")
@click.option("--describe", type=FILE, required=True, help="TOML with the OECD's criteria.")
@click.option("--passport", "passports", type=FILE, multiple=True,
              help="The AI passport that it is about; several times.")  # fmt: skip
@notices.sending
def new(
    choices: Choices, dataset: str, describe: Path, passports: tuple[Path, ...], **given: Any
) -> None:
    """Send a report under DATASET, signed, to everybody who has an agreement about it.

    A serious incident or a disaster suspends the passport: here and at each receiver the next
    decision sees it, and what runs stops. A final report lifts that: `close`.
    """
    described = read_toml(describe, Phrase("errors.told.notice.as-declared"), REPORT_BYTES)
    content: dict[str, Any] = msgspec.to_builtins(described)
    if passports:
        from faifo.ai.passport import dsse

        content["passports"] = [dsse.name(read(path, "passport")) for path in passports]
    order = {
        "kind": KIND,
        "dataset": dataset,
        "content": content,
        "tlp": given["tlp"] or "AMBER",
        **{name: given[name] for name in ("to", "exercise", "within")},
    }
    notices.sent(choices, order, yes=given["yes"])


@incident.verb(
    "list", example="faifo ai incident list --held", short_help="Show reports, the newest first."
)
@click.option("--held", is_flag=True, help="Only what waits for a person.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=100, show_default=True)
def show_all(choices: Choices, held: bool, limit: int) -> None:
    """List what was reported, here and by partners. The node need not be running."""
    notices.listed(choices, KIND, limit, **({"state": "held"} if held else {}))


@incident.verb(
    "show",
    example="faifo ai incident show urn:uuid:019aab3c-0000-7000-8000-000000000000",
    short_help="Show a report with its answers.",
)
@click.argument("name", metavar="ID")
def show(choices: Choices, name: str) -> None:
    """Show the report ID, what was answered, and what it suspends. The node need not be running."""
    one = run(choices, lambda client: client.get_notice(name), stopped=True)
    result(choices, one, notices.lines(choices, one))


@incident.verb(
    "close",
    example="faifo ai incident close urn:uuid:019aab3c-0000-7000-8000-000000000000 \\\n"
    "    --person 'Lê Thị An' --cause 'a mislabelled column' --corrective 'trained again' \\\n"
    "    --preventive 'labels are checked'",
    short_help="Make the final report; lifts what is suspended.",
)
@click.argument("name", metavar="ID")
@click.option("--person", required=True, help="Who makes the final report.")
@click.option("--cause", required=True)
@click.option("--corrective", required=True, help="What was done about it.")
@click.option("--preventive", required=True, help="What keeps it from happening again.")
def close(choices: Choices, name: str, person: str, **parts: str) -> None:
    """End the report ID with a final report, at everybody who got it.

    What it suspends is lifted here and there. What was paused is resumed by people.
    """
    notices.ended(choices, name, "closed", person=person, content=parts)


@incident.verb(
    "withdraw",
    example="faifo ai incident withdraw urn:uuid:019aab3c-0000-7000-8000-000000000000 \\\n"
    "    --person 'Lê Thị An' --reason 'another system'",
    short_help="Take a wrong report back.",
)
@click.argument("name", metavar="ID")
@click.option("--person", required=True, help="Who takes it back.")
@click.option("--reason", required=True, help="Is told to everybody who got it.")
def withdraw(choices: Choices, name: str, person: str, reason: str) -> None:
    """Take the report ID back at everybody who got it; lifts what it suspends."""
    notices.ended(choices, name, "withdrawn", person=person, text=reason)


@incident.verb(
    "ack",
    example="faifo ai incident ack urn:uuid:019aab3c-0000-7000-8000-000000000000 \\\n"
    "    --person 'Lê Thị An' --acted 'the model is off'",
    short_help="Say that you know, or what you did.",
)
@notices.acknowledging
def ack(choices: Choices, name: str, person: str, acted: str | None) -> None:
    """Acknowledge the report ID, signed, to who sent it; with --acted, say what was done."""
    notices.acknowledged(choices, name, person, acted)


@incident.verb(
    "answer",
    example="faifo ai incident answer urn:uuid:019aab3c-0000-7000-8000-000000000000 \\\n"
    "    --person 'Lê Thị An' --text 'this model was never in use'",
    short_help="Answer a report that is wrong.",
)
@click.argument("name", metavar="ID")
@click.option("--person", required=True, help="Who answers.")
@click.option("--text", required=True, help="Travels with the report from then on.")
def answer(choices: Choices, name: str, person: str, text: str) -> None:
    """Answer a partner's report ID, signed; everybody who got the report gets the answer."""
    one = run(choices, lambda client: client.answer_notice(name, person=person, text=text))
    result(choices, one, [choices.say("notice.answered", id=one.id, via=one.via)])


@incident.verb(
    "report",
    example="faifo ai incident report urn:uuid:019aab3c-0000-7000-8000-000000000000",
    short_help="Show who acknowledged, and who is silent.",
)
@click.argument("name", metavar="ID")
def report(choices: Choices, name: str) -> None:
    """Show after how many seconds each receiver of the report ID received, acknowledged, acted."""
    one = run(choices, lambda client: client.notice_report(name), stopped=True)
    result(choices, one, notices.report_lines(choices, one))


incident.add_command(notices.subscribe)
