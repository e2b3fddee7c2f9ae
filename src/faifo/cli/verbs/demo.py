"""`faifo demo`: two nodes and a finished exchange on this machine."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from faifo.cli import exit_codes
from faifo.cli.choices import Choices, verb
from faifo.errors import SettingsError

OWN_ROOMS = "faifo"


@verb("demo", example="faifo demo --lang vi", short_help="See an exchange between two nodes.")
@click.option("--keep", is_flag=True, help="Leave the nodes up, in ./.demo.")
def command(choices: Choices, keep: bool) -> int:
    """Show a whole exchange between two nodes on this machine, with real data."""
    try:
        demo: Any = import_module("faifo.demo")
        code = demo.run(keep=keep, lang=choices.lang)
    except ModuleNotFoundError as error:
        if (error.name or OWN_ROOMS).split(".")[0] == OWN_ROOMS:
            raise
        raise SettingsError(
            what=f"the demo needs the package {error.name}, which is not here",
            expected='pip install "faifo[demo]"',
        ) from None
    return code if isinstance(code, int) else exit_codes.OK
