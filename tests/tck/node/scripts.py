"""What the node does in each test of the kit, read from `scripts.toml` and checked when read.

A script belongs to one id: a dataset in negotiations, an agreement in transfers. Its steps say
what to send in a state; a second step for the same state is for the second time it is reached.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from importlib import resources
from typing import Any, NamedTuple

import msgspec

from faifo.errors import SettingsError
from faifo.machines import negotiation, transfer
from faifo.node.exchange.conduct import MessageName

FILE = "scripts.toml"

NEGOTIATION_WORDS: dict[str, MessageName] = {
    "request": negotiation.Message.REQUEST,
    "offer": negotiation.Message.OFFER,
    "accept": negotiation.Message.ACCEPTED,
    "agree": negotiation.Message.AGREEMENT,
    "verify": negotiation.Message.VERIFICATION,
    "finalize": negotiation.Message.FINALIZED,
    "terminate": negotiation.Message.TERMINATION,
}
TRANSFER_WORDS: dict[str, MessageName] = {
    "start": transfer.Message.START,
    "suspend": transfer.Message.SUSPENSION,
    "complete": transfer.Message.COMPLETION,
    "terminate": transfer.Message.TERMINATION,
}


class Group(StrEnum):
    """The part of a test's name before the colon: protocol, and `_C` where we are the consumer."""

    METADATA = "MET"
    CATALOG = "CAT"
    PROVIDER_NEGOTIATION = "CN"
    CONSUMER_NEGOTIATION = "CN_C"
    PROVIDER_TRANSFER = "TP"
    CONSUMER_TRANSFER = "TP_C"


TRANSFERS = frozenset({Group.PROVIDER_TRANSFER, Group.CONSUMER_TRANSFER})


class Step(NamedTuple):
    """In `state`, send `message`."""

    state: str
    message: MessageName


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """One test: its name in the kit, the id it works on, and our part in it.

    `fixed`: the kit does not let the id be chosen. `absent`: the id must not exist here.
    `disabled`: the kit declares the test and does not run it.
    """

    test: str
    subject: str = ""
    steps: tuple[Step, ...] = ()
    fixed: bool = False
    absent: bool = False
    disabled: bool = False

    @property
    def group(self) -> Group:
        return Group(self.test.partition(":")[0])

    @property
    def parameter(self) -> str:
        """The test's name as the kit's configuration writes it."""
        return self.test.replace(":", "_").replace("-", "_")


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    test: str
    subject: str = ""
    steps: tuple[str, ...] = ()
    fixed: bool = False
    absent: bool = False
    disabled: bool = False


def read_scripts(*, prefix: str = "") -> tuple[Script, ...]:
    """Return all scripts, with `prefix` before every id that can be chosen."""
    text = resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    return parse_scripts(text, prefix=prefix)


def parse_scripts(text: str, *, prefix: str = "") -> tuple[Script, ...]:
    """Return the scripts in `text`.

    Raises:
        SettingsError: an unknown group, state or word, a test twice, or two scripts for one id.
    """
    scripts = tuple(_script(row, prefix) for row in tomllib.loads(text)["script"])
    for name in ("test", "subject"):
        values = [getattr(script, name) for script in scripts if getattr(script, name)]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise SettingsError(
                what=f"{FILE}: {', '.join(twice)} twice", expected=f"each {name} once"
            )
    return scripts


def _script(given: dict[str, Any], prefix: str) -> Script:
    try:
        row = msgspec.convert(given, _Row)
        transfers = Group(row.test.partition(":")[0]) in TRANSFERS
        words = TRANSFER_WORDS if transfers else NEGOTIATION_WORDS
        states = transfer.State if transfers else negotiation.State
        pairs = [step.split(": ", 1) for step in row.steps]
        steps = tuple(Step(states(state).value, words[word]) for state, word in pairs)
    except (KeyError, ValueError) as error:
        raise SettingsError(
            what=f"{FILE}: {given.get('test')}: {error}", expected="steps such as REQUESTED: offer"
        ) from None
    free = row.subject and not row.fixed
    return Script(
        test=row.test,
        subject=prefix + row.subject if free else row.subject,
        steps=steps,
        fixed=row.fixed,
        absent=row.absent,
        disabled=row.disabled,
    )
