"""What only a person can say, asked at the terminal."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices
from faifo.cli.output import plain
from faifo.errors import RefusedError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from faifo.client import Client

R = TypeVar("R")

accepting: Callable[[Any], Any] = click.option(
    "--accept-terms",
    multiple=True,
    metavar="NAME",
    help="A term that this node does not understand, and that you keep to; several times.",
)
patient: Callable[[Any], Any] = click.option(
    "--patience",
    type=click.FloatRange(min=1),
    default=60.0,
    show_default=True,
    help="Seconds to wait for each decision of the other side.",
)

NEEDED = "errors.told.terms.purposes"


def with_purpose(
    choices: Choices, purpose: str | None, work: Callable[[Client, str | None], Awaitable[R]]
) -> R:
    """Do `work` with the purpose; ask for it if the terms want one, none is given and one can be.

    Raises:
        RefusedError: the terms want one, and there is nobody to ask.
    """
    try:
        return run(choices, lambda client: work(client, purpose))
    except RefusedError as error:
        wanted = purpose is None and _purposes(error)
        if not wanted or not sys.stdin.isatty():
            raise
        question = plain(choices.say("get.purpose", purposes=wanted))
        given = click.prompt(question, err=True).strip()
    return run(choices, lambda client: work(client, given))


def _purposes(error: RefusedError) -> str:
    for reason in error.reasons:
        if isinstance(reason, Phrase) and reason.key == NEEDED:
            return str(reason.facts["purposes"])
    return ""
