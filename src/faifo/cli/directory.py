"""The directory of the node that a verb works on without asking the node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faifo.cli.access import node_in
from faifo.cli.choices import Choices
from faifo.errors import SettingsError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from faifo.node.custody.directory import Directory


def here(choices: Choices) -> Directory:
    """Return the chosen directory.

    Raises:
        SettingsError: there is no node in it, or --url names a node that may be elsewhere.
    """
    if choices.url is not None:
        raise SettingsError(
            what=Phrase("errors.told.node.files"), expected=Phrase("errors.told.option.dir")
        )
    return node_in(choices.directory)
