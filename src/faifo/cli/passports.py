"""`--require-passport`: nothing is asked of a partner before its AI passport is accepted here."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices
from faifo.cli.output import note
from faifo.errors import RefusedError
from faifo.phrases import Phrase, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from faifo.api.passports import JudgedPassport
    from faifo.client import Client

PASSPORT_BYTES = 256 * 1024

option: Callable[[Any], Any] = click.option(
    "--require-passport",
    "pack",
    metavar="PACK",
    help="Go on only if its AI passport is accepted by this policy pack (a name or a TOML file).",
)


def accepted(choices: Choices, node: str, dataset: str, pack: str | None) -> bool:
    """Say what this node decides on the passport; True without a pack, or if it is accepted.

    What is said goes to stderr: stdout may be the data.

    Raises:
        RefusedError: it is not accepted, for a program, to which no sentences are told.
    """
    if pack is None:
        return True
    from faifo.ai.packs import by_name_or_text

    name, text = by_name_or_text(pack)
    judged = run(choices, lambda client: client.check_passport(node, dataset, name, pack_toml=text))
    said = [*sentences(choices, judged), *advice(choices, judged, node, dataset, pack)]
    if choices.json and not judged.passes:
        raise RefusedError(what=Phrase("errors.told.passport.the"), reasons=tuple(said))
    for line in said:
        note(choices, line)
    return judged.passes


def sentences(choices: Choices, judged: JudgedPassport) -> list[str]:
    """Return what was decided, and why."""
    from faifo.ai.decision import explain

    return explain.sentences(judged.decision, choices.lang)


def advice(
    choices: Choices, judged: JudgedPassport, node: str, dataset: str, pack: str
) -> list[str]:
    """Return what can be done about a decision that lets nothing through.

    The commands hold what the user has typed, and nothing of what the other side calls it.
    """
    base = ["faifo", "ai", "review", node, dataset, "--pack", pack]
    if choices.url is not None:
        base += ["--url", choices.url, "--key-file", str(choices.key_file)]
    elif choices.directory != Path():
        base += ["--dir", str(choices.directory)]
    decide = f"{shlex.join([*base, '--outcome', 'accept'])} --person NAME --reason TEXT"
    look = shlex.join([*base, "--html", "review.html"])
    commands = {"review-look": look, "review-decide": decide}
    return [
        say(f"ai.cli.{one}", choices.lang, command=commands.get(one, "")) for one in judged.advice
    ]


def opinion(chosen: Mapping[str, str | None]) -> dict[str, str] | None:
    """Return what a person decides: all of --person, --outcome and --reason, or nothing.

    Raises:
        SettingsError: only a part of it.
    """
    from faifo.errors import SettingsError

    given = {name: chosen[name] for name in ("person", "outcome", "reason")}
    found = {name: value for name, value in given.items() if value}
    if found and len(found) < len(given):
        raise SettingsError(
            what=Phrase("errors.told.person.part"), expected=Phrase("errors.told.person.whole")
        )
    return found or None


async def with_passphrase(
    choices: Choices, client: Client, said: dict[str, str], file: Path | None
) -> dict[str, str]:
    """Return what a person decides, with the passphrase where people have accounts."""
    from faifo.cli import passphrase

    if not any(one.removed is None for one in await client.people()):
        return said
    return {**said, "passphrase": passphrase.read(choices, file)}
