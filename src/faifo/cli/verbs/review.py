"""`faifo review`: what waits for a person, and what a person decides."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from faifo.cli import passphrase
from faifo.cli.access import run
from faifo.cli.choices import Choices, family
from faifo.cli.files import FILE, read, write
from faifo.cli.output import fields, result
from faifo.cli.tables import table
from faifo.phrases import Phrase
from faifo.phrases.figures import moment

if TYPE_CHECKING:
    from faifo.api.reviews import Review, ShownReview
    from faifo.client import Client

COLUMNS = ("waits since", "kind", "state", "by", "id")
MOST_BYTES = 65_536


@family(
    "review",
    example="faifo review list\n"
    "faifo review decide ID --person 'Lê Thị An' --uphold --reason 'the income was misread'",
    short_help="Show what waits for a person, and decide.",
)
def command() -> None:
    """What waits for a person: objections, the wish for a human review, reports."""


@command.verb(
    "list", example="faifo review list\nfaifo review list --all", short_help="Show what waits."
)
@click.option("--all", "every", is_flag=True, help="Also what is decided.")
def waiting(choices: Choices, every: bool) -> None:
    """Show what waits for a person. The node need not be running."""

    async def work(client: Client) -> list[Review]:
        narrowed = {} if every else {"state": "open"}
        return [one async for one in client.reviews(**narrowed)]

    found = run(choices, work, stopped=True)
    rows = [
        (moment(one.at), choices.label(one.kind), choices.label(one.state), one.person, one.id)
        for one in found
    ]
    result(choices, found, table(choices, COLUMNS, rows) or [choices.say("review.none")])


@command.verb(
    "show",
    example="faifo review show urn:uuid:019aab3c-0000-7000-8000-000000000000",
    short_help="Show all that a person decides on.",
)
@click.argument("name", metavar="ID")
@click.option("--out", type=FILE, help="Write the signed decision here, if there is one.")
def show(choices: Choices, name: str, out: Path | None) -> None:
    """Show what waits, with figures, answer and terms. The node need not be running."""
    found = run(choices, lambda client: client.show_review(name, choices.lang), stopped=True)
    if out is not None and found.signed:
        write(out, found.signed)
    result(choices, found, _lines(choices, found))


@command.verb(
    "decide",
    example="faifo review decide urn:uuid:019aab3c-0000-7000-8000-000000000000 \\\n"
    "    --person 'Lê Thị An' --uphold --reason 'the income was misread'",
    short_help="Decide, and sign what was shown.",
)
@click.argument("name", metavar="ID")
@click.option("--person", required=True, help="Whose account decides; it must be an approver's.")
@click.option("--uphold", "outcome", flag_value="uphold", help="They are right: it is reversed.")
@click.option("--reject", "outcome", flag_value="reject", help="It stays as it is.")
@click.option("--reason", required=True, help="Is shown to whoever asked.")
@click.option("--out", type=FILE, help="Write the signed decision here.")
@passphrase.option
def decide(
    choices: Choices,
    name: str,
    person: str,
    outcome: str | None,
    reason: str,
    out: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Show what waits, and decide on it as PERSON, who signs exactly what is shown.

    The node countersigns. An upheld objection reverses the decision, and the AI's provider is told.
    """
    if outcome is None:
        raise click.UsageError(str(Phrase("cli.usage.uphold-or-reject")))
    decided = outcome

    async def work(client: Client) -> ShownReview:
        shown = await client.show_review(name, choices.lang)
        if not choices.json:
            for line in [*_lines(choices, shown), ""]:
                click.echo(line, err=True)
        given = passphrase.read(choices, passphrase_file)
        return await client.decide_review(
            name, person=person, passphrase=given, outcome=decided, reason=reason, shown=shown
        )

    done = run(choices, work)
    if out is not None:
        write(out, done.signed)
    line = choices.say("review.decided", person=done.person, state=choices.label(done.state))
    result(choices, done, [line])


@command.verb(
    "book",
    example="faifo review book urn:uuid:019aab3c-0000-7000-8000-000000000000 --figures in.json \\\n"
    "    --answer out.json --outcome refused --decided-by 'Trần Văn Bình, loan officer'",
    short_help="Book a decision about a person.",
)
@click.argument("agreement")
@click.option("--figures", type=FILE, required=True, help="What the AI was given.")
@click.option("--answer", type=FILE, required=True, help="What the AI said.")
@click.option("--outcome", default="", help="What was decided, in words for the person.")
@click.option("--decided-by", default="", help="Who decided, in words for the person.")
@click.option("--shared-with", multiple=True, help="Who got something of it; several times.")
def book(
    choices: Choices,
    agreement: str,
    figures: Path,
    answer: Path,
    outcome: str,
    decided_by: str,
    shared_with: tuple[str, ...],
) -> None:
    """Book a decision about a person that was made under AGREEMENT, and print the person's link.

    The link is told this once. `faifo call --about-person` books what it was answered.
    """
    given = read(figures, "file", MOST_BYTES).decode(errors="replace")
    said = read(answer, "file", MOST_BYTES).decode(errors="replace")
    booked = run(
        choices,
        lambda client: client.book_decision(
            agreement,
            figures=given,
            answer=said,
            outcome=outcome,
            decided_by=decided_by,
            shared_with=shared_with,
        ),
    )
    result(choices, booked, [choices.say("review.booked", url=booked.url)])


@command.verb("page", example="faifo review page", short_help="Open the console.")
def page(choices: Choices) -> None:
    """Print a link that opens the page of a running node once, in a browser on its machine.

    The page shows what came, what waits, and what was decided and read today.
    """
    link = run(choices, lambda client: client.open_page())
    result(choices, link, [link.url])


def _lines(choices: Choices, found: ShownReview) -> list[str]:
    decided = [("state", choices.label(found.state)), ("by", found.person),
               ("reason", found.reason)]  # fmt: skip
    head = fields(choices, decided) if found.person else []
    return [*found.shown.splitlines(), "", f"SHA-256 {found.shown_sha256}", *head]
