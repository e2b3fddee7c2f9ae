"""`--require-passport`: nothing is asked of a partner before its AI passport is accepted here."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices
from faifo.cli.output import note
from faifo.phrases import Phrase, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from faifo.api.passports import JudgedPassport
    from faifo.client import Client

PACK_BYTES = 256 * 1024
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
    """
    if pack is None:
        return True
    name, text = read_pack(pack)
    judged = run(choices, lambda client: client.check_passport(node, dataset, name, pack_toml=text))
    for line in [*sentences(choices, judged), *advice(choices, judged, node, dataset, pack)]:
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
    if judged.passes:
        return []
    if judged.hard:
        return [say("ai.cli.review-hard", choices.lang)]
    base = ["faifo", "ai", "review", node, dataset, "--pack", pack]
    if choices.url is not None:
        base += ["--url", choices.url, "--key-file", str(choices.key_file)]
    elif choices.directory != Path():
        base += ["--dir", str(choices.directory)]
    decide = f"{shlex.join([*base, '--outcome', 'accept'])} --person NAME --reason TEXT"
    look = shlex.join([*base, "--html", "review.html"])
    return [
        say("ai.cli.review-look", choices.lang, command=look),
        say("ai.cli.review-decide", choices.lang, command=decide),
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


def read_pack(pack: str) -> tuple[str, str | None]:
    """Return the name of a pack that the node has, or any with the text of one that is a file.

    Raises:
        SettingsError: it is neither.
    """
    from faifo.ai.packs import DEFAULT, names
    from faifo.cli.verbs.ai.files import read
    from faifo.errors import SettingsError

    if pack in names():
        return pack, None
    if not Path(pack).is_file():
        raise SettingsError(
            what=Phrase("errors.told.pack.none", pack=pack),
            expected=Phrase("errors.told.pack.known", names=", ".join(names())),
        )
    try:
        return DEFAULT, read(Path(pack), "policy-pack", PACK_BYTES).decode()
    except UnicodeDecodeError:
        raise SettingsError(
            what=Phrase("errors.told.pack.text", pack=pack),
            expected=Phrase("errors.told.pack.wanted"),
        ) from None
