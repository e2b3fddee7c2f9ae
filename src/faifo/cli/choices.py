"""The options that every verb understands, before it and after it, and what was chosen.

What stands nearer to the verb wins: `faifo --dir a show --dir b X` acts for b.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from inspect import cleandoc
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from faifo.cli.helping import HelpContext
from faifo.phrases import LANGUAGES, language, say

C = TypeVar("C", bound=click.Command)

HELP: Final = {"help_option_names": ["-h", "--help"]}


class Choices:
    """What was chosen for this run; filled while the command line is read."""

    def __init__(self) -> None:
        self._directory = Path(os.environ.get("FAIFO_DIR") or ".")
        self.participant: str | None = None
        self.url: str | None = None
        self.key_file: Path | None = None
        self.lang = language(os.environ.get("LC_ALL") or os.environ.get("LANG"))
        self.json = False
        self.verbose = False

    @property
    def directory(self) -> Path:
        """The directory of the node that is meant: an installation, or the chosen participant."""
        if self.participant is None:
            return self._directory
        return self._directory / "participants" / self.participant

    @directory.setter
    def directory(self, path: Path) -> None:
        self._directory = path

    def say(self, key: str, **facts: object) -> str:
        """Return a phrase of the command line in the chosen language."""
        return say(f"cli.{key}", self.lang, **facts)

    def label(self, name: str) -> str:
        """Return what a column, a field or a word of ours is called in the chosen language."""
        try:
            return self.say(f"label.{name.replace(' ', '-').replace('_', '-')}")
        except KeyError:  # a node of another version may name what we do not know
            return name


# Verbs may have arguments of the same names.
_PREFIX = "chosen_"


def _store(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value is None or value is False or parameter.name is None:
        return
    choices = context.ensure_object(Choices)
    setattr(choices, parameter.name.removeprefix(_PREFIX), value)


def _options() -> list[click.Option]:
    def option(*names: str, **settings: Any) -> click.Option:
        return click.Option(
            list(names), expose_value=False, is_eager=True, callback=_store, **settings
        )

    return [
        option(
            "--dir",
            "chosen_directory",
            type=click.Path(path_type=Path),
            help="The node's directory (FAIFO_DIR, else the current one).",
        ),
        option(
            "--participant",
            "chosen_participant",
            metavar="NAME",
            help="The participant NAME of the installation that is chosen.",
        ),
        option(
            "--url", "chosen_url", help="The management URL of a running node, with --key-file."
        ),
        option(
            "--key-file",
            "chosen_key_file",
            type=click.Path(path_type=Path),
            help="The file with the management key.",
        ),
        option(
            "--lang",
            "chosen_lang",
            type=click.Choice(LANGUAGES),
            help="The language of what is printed.",
        ),
        option("--json", "chosen_json", is_flag=True, help="Print JSON for programs."),
        option(
            "-v",
            "--verbose",
            "chosen_verbose",
            is_flag=True,
            help="Say more, with details of program errors.",
        ),
    ]


class Verb(click.Command):
    """A command with the common options and an example in its help."""

    context_class = HelpContext

    def __init__(self, *arguments: Any, example: str, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.epilog = _shown(example)
        self.params.extend(_options())


class Family(click.Group):
    """A verb with verbs of its own, such as `trust add`."""

    context_class = HelpContext

    def __init__(self, *arguments: Any, example: str = "", **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        if example:
            self.help = f"{cleandoc(self.help or '')}\n\n{_shown(example)}"
        self.params.extend(_options())

    def verb(self, name: str, **settings: Any) -> Callable[[Callable[..., Any]], Verb]:
        """Make a function a verb of this family; see `verb`."""
        return lambda function: self._with(verb(name, **settings)(function))

    def family(self, name: str, **settings: Any) -> Callable[[Callable[..., Any]], Family]:
        """Make a function a family in this one; see `family`."""
        return lambda function: self._with(family(name, **settings)(function))

    def _with(self, command: C) -> C:
        self.add_command(command)
        return command


def _shown(example: str) -> str:
    lines = "\n".join(f"  {line}" for line in example.splitlines())
    return f"\b\nExample:\n{lines}"


def family(name: str, **settings: Any) -> Callable[[Callable[..., Any]], Family]:
    """Make a function a family of verbs."""
    return click.group(name, cls=Family, **settings)


def verb(name: str, *, example: str, **settings: Any) -> Callable[[Callable[..., Any]], Verb]:
    """Make a function a verb; it gets the Choices first."""
    # click keeps a command's help option from its first context, whoever that was of.
    settings["context_settings"] = {**HELP, **settings.get("context_settings", {})}

    def wrap(function: Callable[..., Any]) -> Verb:
        return click.command(name, cls=Verb, example=example, **settings)(click.pass_obj(function))

    return wrap
