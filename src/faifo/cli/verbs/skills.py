"""`faifo skills`: badges, and what level one is in an economy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, family
from faifo.cli.files import FILE, read, read_toml, write
from faifo.cli.output import fields, result
from faifo.cli.tables import table
from faifo.phrases import Phrase
from faifo.phrases.figures import moment

if TYPE_CHECKING:
    from faifo.api.skills import CheckedBadge, LevelHere

BADGE_BYTES = 65_536
COLUMNS = ("issued", "state", "name", "id")


@family(
    "skills",
    example="faifo skills issue achievement.toml --to 'Tran Thi Lan' -o badge.json --dir centre\n"
    "faifo skills check badge.json --level VN --dir employer",
    short_help="Issue and check badges.",
)
def command() -> None:
    """Issue badges for skills, check those of others, and count labour demand."""


@command.verb(
    "issue",
    example="faifo skills issue achievement.toml --to 'Tran Thi Lan' -o badge.json --dir centre",
    short_help="Issue a badge to a person.",
)
@click.argument("achievement", type=FILE)
@click.option("--to", "name", default="", help="Who gets it: a name, or an organisation's DID.")
@click.option("--email", default="", help="Who gets it; only a salted digest stands in the badge.")
@click.option("--proof", type=click.Choice(["jose", "eddsa-rdfc-2022"]), default="jose",
              show_default=True, help="How it is secured.")  # fmt: skip
@click.option("-o", "--output", type=FILE, required=True, help="Write the badge here.")
def issue(choices: Choices, achievement: Path, output: Path, **given: str) -> None:
    """Issue an Open Badge 3.0 for what ACHIEVEMENT (TOML) tells: name, description, criteria.

    A person needs no node: the badge is a file, and its link a page that tells how it stands.
    """
    told = read_toml(achievement, Phrase("errors.told.badge.achievement-toml"), BADGE_BYTES)
    made = run(choices, lambda client: client.issue_badge(told, **given), stopped=True)
    write(output, made.file)
    said = choices.say("skills.issued", id=made.badge.id, file=str(output))
    result(choices, made, [said, choices.say("skills.link", link=made.link)])


@command.verb(
    "hold",
    example="faifo skills hold badge.json --dir employer",
    short_help="Put a badge into the wallet.",
)
@click.argument("badge", type=FILE)
def hold(choices: Choices, badge: Path) -> None:
    """Keep a badge of this organisation in its wallet, which presents it to partners over DCP.

    Its subject must be this node's DID. Partners that ask for OpenBadgeCredential see it.
    """
    text = read(badge, "badge", BADGE_BYTES).decode("utf-8", "replace")
    kept = run(choices, lambda client: client.hold_badge(text), stopped=True)
    by = kept.issuer_name or kept.issuer
    result(choices, kept, [choices.say("skills.held", name=kept.name, by=by)])


@command.verb(
    "list", example="faifo skills list --dir centre", short_help="Show the badges issued, or held."
)
@click.option("--held", is_flag=True, help="Show those in this node's wallet.")
def show(choices: Choices, held: bool) -> None:
    """Show the badges that this node issued; of their holders nothing is kept."""
    if held:
        inside = run(choices, lambda client: client.held_badges(), stopped=True)
        rows = [
            (moment(one.received), one.name, one.issuer_name or one.issuer, one.withheld or "")
            for one in inside
        ]
        columns = ("received", "name", "issuer", "why")
        result(choices, inside, table(choices, columns, rows) or [choices.say("list.none")])
        return
    found = run(choices, lambda client: client.badges(), stopped=True)
    rows = [(moment(one.issued), choices.label(one.status), one.name, one.id) for one in found]
    result(choices, found, table(choices, COLUMNS, rows) or [choices.say("list.none")])


@command.verb(
    "revoke",
    example="faifo skills revoke urn:uuid:019… --reason 'issued by mistake' --dir centre",
    short_help="Revoke a badge for good.",
)
@click.argument("name", metavar="ID")
@click.option("--reason", default="", help="Is kept in the books.")
def revoke(choices: Choices, name: str, reason: str) -> None:
    """Revoke a badge; who checks it honours that within their cache time."""
    done = run(choices, lambda client: client.revoke_badge(name, reason=reason), stopped=True)
    result(choices, done, [choices.say("skills.revoked", id=done.id)])


@command.verb(
    "check",
    example="faifo skills check badge.json --level VN --dir employer",
    short_help="Check a badge, and what level it is here.",
)
@click.argument("badge", type=FILE)
@click.option("--level", "economy", default="", metavar="ECONOMY",
              help="Tell what level it is there, such as VN.")  # fmt: skip
@click.option("--holder", default="", help="It must be of this person: e-mail, name or DID.")
def check(choices: Choices, badge: Path, economy: str, holder: str) -> None:
    """Prove a badge of any issuer that is recognised here; refuse a forged or revoked one.

    Only its issuer is asked: for its keys and for its list of revoked badges.
    """
    text = read(badge, "badge", BADGE_BYTES).decode("utf-8", "replace")
    found = run(
        choices,
        lambda client: client.check_badge(text, economy=economy.upper(), holder=holder),
        stopped=True,
    )
    result(choices, found, _checked(choices, found))


@command.verb(
    "levels",
    example="faifo skills levels korea-vn.toml\n"
    "faifo skills levels korea-vn.toml --send levels --dir ministry",
    short_help="Check a table of levels, and send it.",
)
@click.argument("file", type=FILE)
@click.option("--send", "dataset", help="Send it, signed, to who has an agreement about DATASET.")
def levels(choices: Choices, file: Path, dataset: str | None) -> None:
    """Check a table that says what levels of a foreign framework are in an economy.

    It has no gap and no circle. In the folder levels/ of a node it counts there; with --send it
    goes, signed, to every partner that subscribed.
    """
    from faifo.cli import notices
    from faifo.kinds.skill_levels import SKILL_LEVELS
    from faifo.skills.levels import read_table

    content = read_table(read(file, "description").decode("utf-8", "replace"))
    if dataset is None:
        lines = [SKILL_LEVELS.title(content, choices.lang)]
        lines += fields(choices, SKILL_LEVELS.view(content, choices.lang))
        result(choices, content, lines)
        return
    import msgspec

    order = {
        "kind": SKILL_LEVELS.name,
        "dataset": dataset,
        "content": msgspec.to_builtins(content),
        "tlp": "CLEAR",
    }
    notices.sent(choices, order, yes=True)


@command.verb(
    "demand",
    example="faifo skills demand vacancies.csv --economy VN -o demand.csv\n"
    "faifo skills demand --merge vn.csv kr.csv --sdmx -o all.csv",
    short_help="Count labour demand so that nobody is told.",
)
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--economy", default="", help="Whose they are, such as VN.")
@click.option("--merge", is_flag=True, help="FILES are published counts of several economies.")
@click.option("--minimum", type=int, default=10, show_default=True, help="No smaller count leaves.")
@click.option("--rounding", type=int, default=5, show_default=True,
              help="What is shown is a multiple of it.")  # fmt: skip
@click.option("--sdmx", is_flag=True, help="Write SDMX-CSV 2.0.")
@click.option("-o", "--output", type=FILE, help="Write here; FILE.parquet is Parquet.")
def demand(
    choices: Choices, files: tuple[Path, ...], economy: str, output: Path | None, **given: Any
) -> None:
    """Count vacancies or demand by ESCO occupation, region, month and age group (15-29 apart).

    FILES are tables with occupation, region, date and perhaps age, or JobPosting by the line. Small
    counts are hidden, and others with them; nobody is ranked or matched.
    """
    from faifo.skills import demand as counts

    left_out = 0
    if given["merge"]:
        texts = [read(file, "file").decode("utf-8", "replace") for file in files]
        cells = counts.merged(map(counts.read_csv, texts))
    else:
        if not re.fullmatch("[A-Za-z]{2}", economy) or len(files) > 1:
            raise click.UsageError(str(Phrase("cli.usage.demand")))
        from faifo.skills.counting import count

        counted = count(files[0])
        left_out = counted.left_out
        rules = {name: given[name] for name in ("minimum", "rounding")}
        cells = counts.published(counted.counts, economy.upper(), **rules)
    text = counts.as_sdmx(cells) if given["sdmx"] else counts.as_csv(cells)
    if output is None:
        result(choices, cells, text.splitlines())
        return
    write(output, _parquet(cells) if output.suffix == ".parquet" else text)
    hidden = sum(cell.value is None for cell in cells)
    facts = {"file": str(output), "cells": len(cells), "hidden": hidden, "left_out": left_out}
    result(choices, facts, [choices.say("skills.counted", **facts)])


def _parquet(cells: list[Any]) -> bytes:
    import io

    from faifo.ai.assess.libraries import library

    out = io.BytesIO()
    library("polars").DataFrame(cells, orient="row", infer_schema_length=None).write_parquet(out)
    return out.getvalue()


def _checked(choices: Choices, found: CheckedBadge) -> Iterator[str]:
    key = "skills.proven-for" if found.holder_checked else "skills.proven"
    yield choices.say(key, name=found.name, by=found.issuer_name or found.issuer)
    yield from fields(choices, [
        ("issuer", found.issuer),
        ("issued", moment(found.issued) if found.issued else ""),
        ("expires", moment(found.expires) if found.expires else ""),
        ("proof", found.proof),
    ])  # fmt: skip
    if not found.economy:
        return
    for one in found.levels:
        yield _level(choices, one)
    if not found.agree:
        yield choices.say("skills.disagree")
    mapped = any(one.level for one in found.levels)
    if not mapped:
        named = ", ".join(f"{one['framework']} {one['code']}" for one in found.alignment)
        known = ", ".join(found.tables)
        none = choices.say("skills.nothing")
        yield choices.say(
            "skills.no-mapping", economy=found.economy, named=named or none, known=known or none
        )


def _level(choices: Choices, one: LevelHere) -> str:
    facts = {"framework": one.framework, "code": one.code, "issuer": one.issuer,
             "version": one.version, "source": one.source}  # fmt: skip
    if not one.level:
        return choices.say("skills.unmapped", reason=one.reason or "-", **facts)
    name = one.name.get(choices.lang) or one.name.get("en", "")
    signed = choices.say("skills.signed", by=one.by) if one.by else ""
    level = f"{one.level} ({name})" if name else one.level
    return choices.say(
        "skills.level", level=level, here=one.here, reason=one.reason, signed=signed, **facts
    )
