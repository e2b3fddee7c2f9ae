"""The entry point: one verb, and one line on stderr with an exit code for whatever goes wrong.

No traceback reaches a person who did not ask for it.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any, NoReturn

import click
import msgspec

from faifo import __version__
from faifo.cli import exit_codes
from faifo.cli.choices import HELP, Choices, Family
from faifo.cli.helping import said_by_click
from faifo.cli.output import line_of
from faifo.errors import FaifoError, StorageError
from faifo.phrases import LANGUAGES, Phrase

# In the order in which one meets them; a section of the help has at most eight (CONTRIBUTING.md).
SECTIONS = {
    "Begin": ("init", "serve", "store", "participant", "demo", "course", "mission"),
    "Share": ("publish", "unpublish", "catalog", "get", "call", "invite", "exchange", "stop"),
    "Trust": ("trust", "credentials", "authority", "policy"),
    "People and AI": ("ai", "people", "review", "warn", "skills"),
    "Prove": ("verify", "receipts", "evidence", "reconcile", "erase"),
    "Look and keep": ("status", "list", "show", "report", "doctor", "node", "backup", "restore"),
}
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
VERBS = tuple(verb for verbs in SECTIONS.values() for verb in verbs)


class Verbs(Family):
    """The verbs by section; a verb's module is loaded on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"faifo.cli.verbs.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in VERBS:
            ctx.fail(str(Phrase("cli.usage.no-verb", name=repr(args[0]), verbs=", ".join(VERBS))))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        room = formatter.width - 6 - max(map(len, VERBS))
        for heading, verbs in SECTIONS.items():
            commands = [(verb, self.get_command(ctx, verb)) for verb in verbs]
            with formatter.section(heading):
                formatter.write_dl([(v, c.get_short_help_str(room)) for v, c in commands if c])


@click.group(cls=Verbs, context_settings=HELP)
@click.version_option(__version__, prog_name="faifo", message="%(prog)s %(version)s")
def commands() -> None:
    """Share data, services and AI systems under rules that explain themselves.

    \b
    First steps:
      faifo init mynode
      export FAIFO_DIR=mynode
      faifo serve
      faifo publish prices.csv --until 2026-12-31
    \b
    Example:
      faifo get osaka prices --purpose research -o prices.csv
    \b
    Exit codes:
      0 done              1 an error, or a fault that doctor found
      2 wrong command line or settings      3 refused by rules
      4 no such thing     5 no answer, or the node is not running
      6 not proven        7 something is in the way      8 disk or database
      130 interrupted
    """  # noqa: D301 - click wants the character itself


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            # Closed by who started us: what is printed goes nowhere, and to no file that is opened.
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code."""
    choices = Choices()
    # Also for errors in what stands before it.
    choices.json = "--json" in arguments
    choices.lang = _wanted(arguments) or choices.lang
    try:
        code = commands.main(
            args=list(arguments), prog_name="faifo", standalone_mode=False, obj=choices
        )
        sys.stdout.flush()
        return code if isinstance(code, int) else exit_codes.OK
    except click.exceptions.NoArgsIsHelpError as help_wanted:
        click.echo(help_wanted.format_message(), err=True)
        return exit_codes.USAGE
    except click.ClickException as error:
        return _failed(choices, "usage", _usage(choices, error), exit_codes.USAGE)
    except (click.Abort, KeyboardInterrupt):
        return exit_codes.INTERRUPTED
    except FaifoError as error:
        return _told(choices, error)
    except BrokenPipeError:
        return _gone()
    except Exception as error:  # noqa: BLE001 - the edge: no traceback may get out unasked
        if isinstance(error, OSError) and error.errno in FULL and error.filename is None:
            _gone()
            what = Phrase("errors.told.file.output", why=error.strerror)
            return _told(choices, StorageError(what=what))
        return _unexpected(choices, error)


def _wanted(arguments: Sequence[str]) -> str | None:
    """Return the language that is asked for anywhere: for help and errors before it, too."""
    pairs = pairwise(arguments)
    given = [after for option, after in pairs if option == "--lang"]
    given += [one.removeprefix("--lang=") for one in arguments if one.startswith("--lang=")]
    return next((one for one in given if one in LANGUAGES), None)


def _usage(choices: Choices, error: click.ClickException) -> str:
    message = said_by_click(error.format_message(), choices.lang).rstrip(".")
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "faifo"
    return f"{message}; " + choices.say("see-help", command=f"{path} --help")


def _failed(
    choices: Choices, code: str, sentence: str, number: int, reasons: Sequence[str] = ()
) -> int:
    if choices.json:
        body: dict[str, Any] = {"code": code, "detail": sentence, "exit_code": number}
        if reasons:
            body["reasons"] = list(reasons)
        text = msgspec.json.encode({"error": body}).decode()
    else:
        text = f"faifo: {line_of(sentence)}"
    print(text, file=sys.stderr)
    return number


def _told(choices: Choices, error: FaifoError) -> int:
    from faifo.api.problems import problem_of

    told = problem_of(error, status=error.http_status, lang=choices.lang)
    return _failed(choices, told.code, told.detail, error.exit_code, told.reasons)


def _unexpected(choices: Choices, error: Exception) -> int:
    if choices.verbose:
        import traceback

        traceback.print_exception(error)
    name = type(error).__name__
    return _failed(choices, "error", choices.say("unexpected", name=name), exit_codes.ERROR)


def _gone() -> int:
    """Nothing more can be said where our output went."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return exit_codes.ERROR
