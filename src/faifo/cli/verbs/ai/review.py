"""`faifo ai review` and `faifo ai decisions`: a person decides, and what was decided is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from faifo.cli import exit_codes, passphrase, passports
from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.files import FILE, write
from faifo.cli.output import fields, first, note, page, result
from faifo.cli.tables import table
from faifo.phrases import Phrase, say
from faifo.phrases.figures import moment

if TYPE_CHECKING:
    from faifo.api.passports import JudgedPassport, Judgement, SignedJudgement
    from faifo.client import Client

COLUMNS = ("decided", "outcome", "by", "id", "provider", "dataset", "pack")


@verb(
    "review",
    example="faifo ai review did:web:node.example.org loan-model --html review.html\n"
    "faifo ai review did:web:node.example.org loan-model --person 'Lê Thị An' \\\n"
    "    --outcome accept --reason 'an officer sees every refusal'",
    short_help="Look at a partner's passport, and decide.",
)
@click.argument("node")
@click.argument("dataset")
@click.option("--pack", default="asean", show_default=True, help="A pack's name or a TOML file.")
@click.option("--person", help="Who decides.")
@click.option("--outcome", type=click.Choice(["accept", "conditions", "need-more", "refuse"]),
              help="What --person decides.")  # fmt: skip
@click.option("--reason", help="Why --person decides so.")
@click.option("--html", type=FILE, help="Write a page with pictures here.")
@click.option("--out", type=FILE, help="Write the signed decision here.")
@passphrase.option
def review(
    choices: Choices,
    node: str,
    dataset: str,
    pack: str,
    passphrase_file: Path | None,
    **chosen: Any,
) -> int:
    """Show what this node decides on the AI passport of DATASET at NODE, or decide as a person.

    Where people have accounts (`faifo people`), --person is an approver, whose own key signs.
    What --person decides is signed and kept. It counts at the next `get` or `call` with
    --require-passport, for this very passport and pack, until it ends, is replaced, or something
    new speaks against the passport. Ends with 3 unless the passport is accepted.
    """
    from faifo.ai.packs import by_name_or_text

    opinion = passports.opinion(chosen)
    name, text = by_name_or_text(pack)

    async def work(client: Client) -> JudgedPassport:
        if opinion:
            said = await passports.with_passphrase(choices, client, opinion, passphrase_file)
            return await client.review_passport(node, dataset, name, pack_toml=text, **said)
        return await client.check_passport(node, dataset, name, pack_toml=text)

    judged = run(choices, work)
    lines = passports.sentences(choices, judged)
    if opinion:
        until = moment(judged.decision.valid_until)
        lines.append(say("ai.cli.reviewed", choices.lang, id=judged.id, until=until))
    else:
        lines += passports.advice(choices, judged, node, dataset, pack)
    lines += _written(choices, judged, chosen["html"], chosen["out"])
    result(choices, judged, lines)
    return exit_codes.OK if judged.passes else exit_codes.REFUSED


def _written(
    choices: Choices, judged: JudgedPassport, html: Path | None, out: Path | None
) -> list[str]:
    lines = []
    if html is not None and judged.passport is not None:
        write(html, _page(judged, choices.lang))
        lines.append(say("ai.cli.page", choices.lang, file=html))
    if out is not None and judged.signed is not None:
        write(out, judged.signed)
        lines.append(say("ai.cli.signed", choices.lang, file=out))
    return lines


def _page(judged: JudgedPassport, lang: str) -> str:
    from faifo.ai.passport import statement
    from faifo.ai.passport.records import Passport
    from faifo.ai.report.page import passport_page

    passport = statement.read_unproven(judged.passport or "", statement.PASSPORT, Passport)
    return passport_page(passport, lang, judged.decision)


@verb(
    "decisions",
    example="faifo ai decisions --limit 20\n"
    "faifo ai decisions urn:uuid:019aab3c-0000-7000-8000-000000000000 --out decision.json",
    short_help="Show what was decided on passports.",
)
@click.argument("name", metavar="[ID]", required=False)
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=100, show_default=True)
@click.option("--out", type=FILE, help="Write the signed decision ID here.")
def decisions(choices: Choices, name: str | None, limit: int, out: Path | None) -> None:
    """List what this node and its people decided on others' passports, or show the decision ID.

    The newest come first. The node need not be running. A signed decision is proven with
    `faifo ai passport check` and this node's DID document.
    """
    if name is None:
        if out is not None:
            raise click.UsageError(str(Phrase("cli.usage.out-of")))

        async def work(client: Client) -> list[Judgement]:
            return await first(choices, client.judgements(limit=page(limit)), limit)

        found = run(choices, work, stopped=True)
        rows = [_row(choices, one) for one in found]
        result(choices, found, table(choices, COLUMNS, rows) or [choices.say("list.none")])
        return
    one = run(choices, lambda client: client.get_judgement(name), stopped=True)
    if out is not None:
        write(out, one.signed)
        note(choices, say("ai.cli.signed", choices.lang, file=out))
    result(choices, one, _lines(choices, one))


def _row(choices: Choices, one: Judgement) -> tuple[object, ...]:
    outcome = choices.label(one.outcome)
    if one.person_must_decide:
        outcome += ", " + choices.label("person must decide")
    who = one.person or one.taken_by
    return moment(one.at), outcome, who, one.id, one.provider, one.dataset, one.pack


def _lines(choices: Choices, one: SignedJudgement) -> list[str]:
    from faifo.ai.decision import explain

    head = [
        ("id", one.id),
        ("provider", one.provider),
        ("dataset", one.dataset),
        ("passport", one.passport),
        ("decided", moment(one.at)),
        ("valid until", moment(one.valid_until)),
        ("by", one.person or one.taken_by),
        ("key", one.key),
    ]
    return [
        *fields(choices, head),
        *explain.sentences(one.decision, choices.lang),
    ]
