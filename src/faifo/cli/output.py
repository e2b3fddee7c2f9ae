"""What is printed: results to stdout, everything else to stderr.

Text of other people cannot steer the terminal: control characters are shown as `?`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Iterable
from typing import Any, TypeVar

import click
import msgspec
from click.core import ParameterSource

from faifo.cli.choices import Choices

T = TypeVar("T")

# Controls of C0 and C1, and the marks that turn the direction of writing.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(text: object) -> str:
    """Return `text` as it may go to a terminal."""
    return _UNSAFE.sub("?", str(text))


def line_of(text: object) -> str:
    """Return `text` on one line."""
    return plain(" ".join(str(text).split()))


def result(choices: Choices, record: object, lines: Iterable[str]) -> None:
    """Print `record` as JSON, or else `lines`."""
    if choices.json:
        print(msgspec.json.encode(record).decode())
        return
    for line in lines:
        print(plain(line))


def note(choices: Choices, text: str) -> None:
    """Tell a person something on the way."""
    if not choices.json:
        print(plain(text), file=sys.stderr, flush=True)


async def first(choices: Choices, items: AsyncIterator[T], limit: int) -> list[T]:
    """Return the first `limit` of them, and say if there are more."""
    found: list[T] = []
    async for one in items:
        if len(found) == limit:
            cut(choices, limit)
            break
        found.append(one)
    return found


def cut(choices: Choices, limit: int) -> None:
    """Say that there is more than is shown, unless a person has asked for just so many."""
    if click.get_current_context().get_parameter_source("limit") is ParameterSource.DEFAULT:
        note(choices, choices.say("list.more", limit=limit))


def page(limit: int) -> str:
    """Return how many to ask a node for at once, to know whether there are more than `limit`."""
    return str(min(limit + 1, 1000))


def fields(choices: Choices, pairs: Iterable[tuple[str, Any]]) -> list[str]:
    """Return the pairs that have a value as aligned lines, with the labels of the names."""
    given = [(name, line_of(value)) for name, value in pairs if value not in (None, "", (), [])]
    shown = [(choices.label(name), value) for name, value in given]
    width = max((len(name) for name, _ in shown), default=0)
    return [f"{name.ljust(width)}  {value}" for name, value in shown]
