"""`--require-passport`: nothing is asked of a partner before its AI passport is accepted here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices
from faifo.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Callable

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
    import msgspec

    from faifo.ai.decision import explain
    from faifo.ai.decision.records import ACCEPT, CONDITIONS, Decision

    text = _own_pack(pack)
    given = run(
        choices,
        lambda client: client.check_passport(
            node, dataset, pack if text is None else "asean", pack_toml=text
        ),
    )
    decision = msgspec.convert(given, Decision)
    for line in explain.sentences(decision, choices.lang):
        note(choices, line)
    return decision.outcome in (ACCEPT, CONDITIONS) and not decision.person_must_decide


def _own_pack(pack: str) -> str | None:
    """Return the text of a pack that is a file, or None for one that the node has by name."""
    from faifo.ai.packs import names
    from faifo.cli.verbs.ai.files import read
    from faifo.errors import SettingsError

    if pack in names():
        return None
    if not Path(pack).is_file():
        raise SettingsError(
            what=f"there is no policy pack {pack}", expected=", ".join(names()) + ", or a file"
        )
    try:
        return read(Path(pack), "policy pack", 256 * 1024).decode()
    except UnicodeDecodeError:
        raise SettingsError(what=f"{pack} is not UTF-8", expected="a policy pack") from None
