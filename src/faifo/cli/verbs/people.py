"""`faifo people`: the accounts of those who decide here, each with a key of its own."""

from __future__ import annotations

from pathlib import Path

import click

from faifo.cli import passphrase
from faifo.cli.access import run
from faifo.cli.choices import Choices, family
from faifo.cli.output import result
from faifo.cli.tables import table
from faifo.phrases.figures import moment

ROLES = ("viewer", "officer", "approver", "administrator", "auditor")


@family(
    "people",
    example="faifo people add 'Lê Thị An' --role approver\nfaifo people list",
    short_help="Accounts of people, each with its own key.",
)
def command() -> None:
    """Accounts of the people of this node. An approver decides what waits for a person."""


@command.verb(
    "add",
    example="faifo people add 'Lê Thị An' --role approver\n"
    "faifo people add auditor-1 --role auditor --passphrase-file auditor.pass",
    short_help="Make an account.",
)
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True)
@passphrase.option
def add(choices: Choices, name: str, role: str, passphrase_file: Path | None) -> None:
    """Make an account for NAME with a key to sign with, which only the passphrase opens.

    The passphrase has at least 15 characters. It cannot be recovered: who forgets it gets a new
    account. The node need not be running.
    """
    given = passphrase.read(choices, passphrase_file, new=True)
    made = run(choices, lambda client: client.add_person(name, role, given), stopped=True)
    line = choices.say("people.added", name=made.name, role=choices.label(made.role), named=made.id)
    result(choices, made, [line])


@command.verb("list", example="faifo people list", short_help="Show the accounts.")
def show(choices: Choices) -> None:
    """Show the accounts, also those removed. The node need not be running."""
    found = run(choices, lambda client: client.people(), stopped=True)
    rows = [
        (one.name, choices.label(one.role), one.id, moment(one.created), moment(one.removed))
        for one in found
    ]
    lines = table(choices, ("name", "role", "key", "created", "removed"), rows)
    result(choices, found, lines or [choices.say("people.none")])


@command.verb("remove", example="faifo people remove 'Lê Thị An'", short_help="Close an account.")
@click.argument("name")
def remove(choices: Choices, name: str) -> None:
    """Close the account of NAME; what it has signed stays provable.

    The node need not be running.
    """
    gone = run(choices, lambda client: client.remove_person(name), stopped=True)
    result(choices, gone, [choices.say("people.removed", name=gone.name)])


@command.verb(
    "forget-passkeys",
    example="faifo people forget-passkeys 'Lê Thị An'",
    short_help="Forget an account's devices.",
)
@click.argument("name")
def forget_passkeys(choices: Choices, name: str) -> None:
    """Forget all passkeys of NAME, such as those of a lost device; the passphrase stays good.

    The node need not be running.
    """
    kept = run(choices, lambda client: client.forget_passkeys(name), stopped=True)
    result(choices, kept, [choices.say("people.forgotten", name=kept.name)])
