"""`faifo node config`: whether the settings are right, and what they are with all defaults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from faifo.cli.choices import Choices, family
from faifo.cli.directory import here
from faifo.cli.output import result
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from faifo.node.settings.model import Settings


@family(
    "config",
    example="faifo node config check\nfaifo node config show",
    short_help="Check or show the settings.",
)
def command() -> None:
    """Check or show the settings."""


@command.verb("check", example="faifo node config check", short_help="Check the settings.")
def check(choices: Choices) -> None:
    """Check the settings without starting the node: every name, every value, every named file.

    Exit code 2 with the line and what was expected there, if something is wrong.
    """
    from faifo.errors import SettingsError
    from faifo.node.custody.trust_file import read_trust
    from faifo.node.examining.files import named_files

    directory = here(choices)
    settings = _read(choices)
    read_trust(directory.trust)
    wrong = [
        finding for finding in named_files(directory.path, settings) if finding.state == "fault"
    ]
    if wrong:
        text, advice = wrong[0].words(choices.lang)
        raise SettingsError(
            what=f"{directory.settings}: {text}",
            expected=Phrase("errors.told.config.usable"),
            advice=advice,
        )
    record = {"settings": str(directory.settings), "did": settings.did}
    result(choices, record, [choices.say("config.good", path=directory.settings)])


@command.verb(
    "show",
    example="faifo node config show\nfaifo node config show --json",
    short_help="Show all settings.",
)
def show(choices: Choices) -> None:
    """Show every setting as it is in force, with the defaults of those that the file leaves out."""
    content = msgspec.to_builtins(_read(choices))
    result(choices, content, _toml(choices, content))


def _read(choices: Choices) -> Settings:
    from faifo.node.settings.model import read_settings

    return read_settings(here(choices).settings)


def _toml(choices: Choices, tables: dict[str, Any]) -> Iterator[str]:
    for number, (name, table) in enumerate(tables.items()):
        if number:
            yield ""
        yield f"[{name}]"
        for key, value in table.items():
            if value is None:
                yield f"# {choices.say('config.unset', name=key)}"
            else:
                # A JSON string, number, boolean or list of these is TOML, too.
                yield f"{key} = {msgspec.json.encode(value).decode()}"
