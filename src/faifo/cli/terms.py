"""Terms as options of a verb: one a setting of the operands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from faifo.api.dates import read_moment
from faifo.policy.terms import Terms, is_moment, is_one, settings


def term_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the options of the terms, one a setting of the operands."""
    for operand, one in reversed(tuple(settings())):
        option = click.option(
            one.option,
            f"term_{one.name}",
            multiple=not is_one(operand),
            help=one.help,
            metavar=one.metavar,
        )
        function = option(function)
    return function


def terms_given(given: dict[str, Any]) -> Terms:
    """Take the terms out of what was given."""
    found = {one.name: given.pop(f"term_{one.name}") for _, one in settings()}
    for operand, one in settings():
        if is_moment(operand) and found[one.name] is not None:
            text = found[one.name]
            found[one.name] = read_moment(one.option, text, end_of_day=one.end_of_day)
    return Terms(**found)
