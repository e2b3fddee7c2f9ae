"""`faifo call`: one request to another node's API, under an agreement."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from faifo.cli import exit_codes, passports
from faifo.cli.asking import accepting, patient, with_purpose
from faifo.cli.choices import Choices, verb
from faifo.cli.output import note
from faifo.cli.waiting import watcher
from faifo.errors import SettingsError, StorageError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from faifo.client import Client
    from faifo.client.calling import Called


@verb(
    "call",
    example="faifo call did:web:node.example.org crop-model /predict -X POST \\\n"
    "    -H 'Content-Type: application/json' -d '{\"field\": 7}' --purpose research",
    short_help="Call an API of another node.",
)
@click.argument("node")
@click.argument("dataset")
@click.argument("path", default="")
@click.option("-X", "--method", help="GET, or POST when there are data.")
@click.option("-d", "--data", help="The body, @FILE for a file's content, @- for stdin.")
@click.option("-H", "--header", "headers", multiple=True, help="'Name: value'; several times.")
@click.option("--purpose", help="What the call is for; stands in the agreement.")
@click.option("--offer", help="Which offer to take, by its id, where there are several.")
@accepting
@patient
@click.option(
    "--about-person",
    is_flag=True,
    help="The answer concerns a person: book it, and print the link for that person.",
)
@click.option("--outcome", default="", help="What is decided, in words for the person.")
@click.option("--decided-by", default="", help="Who decides, in words for the person.")
@click.option("--shared-with", multiple=True, help="Who gets something of it; several times.")
@passports.option
def command(
    choices: Choices,
    node: str,
    dataset: str,
    path: str,
    method: str | None,
    data: str | None,
    headers: tuple[str, ...],
    purpose: str | None,
    offer: str | None,
    accept_terms: tuple[str, ...],
    patience: float,
    pack: str | None,
    about_person: bool,
    **decided: Any,
) -> int:
    """Call PATH of the API that NODE offers as DATASET, and print the answer's body.

    The agreement and the transfer are used again by the next call. With --about-person what went in
    and what came out are kept in this node, before the answer is printed, and the person's link is
    told on stderr, this once.
    """
    import msgspec

    from faifo.client.calling import AboutPerson, Call, call

    if not passports.accepted(choices, node, dataset, pack):
        return exit_codes.REFUSED
    body = _body(data)
    wanted = Call(
        node=node,
        dataset=dataset,
        method=(method or ("GET" if body is None else "POST")).upper(),
        path=path,
        headers=_headers(headers),
        body=body,
        purpose=purpose,
        offer=offer,
        accept_terms=accept_terms,
        patience=patience,
        watch=watcher(choices),
        about_person=AboutPerson(**decided) if about_person else None,
    )

    async def work(client: Client, purpose: str | None) -> Called:
        named = msgspec.structs.replace(wanted, purpose=purpose)
        return await call(client, named, sys.stdout.buffer)

    called = with_purpose(choices, purpose, work)
    sys.stdout.flush()
    if choices.json:  # stdout is the API's
        print(msgspec.json.encode(called).decode(), file=sys.stderr)
    if choices.verbose:
        note(choices, f"{called.status} {called.content_type}")
    if called.person_url:
        note(choices, choices.say("review.booked", url=called.person_url))
    if called.status < 400:
        return exit_codes.OK
    note(choices, "faifo: " + choices.say("call.status", status=called.status))
    return exit_codes.ERROR


def _headers(lines: tuple[str, ...]) -> Mapping[str, str]:
    found = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip() or not line.isprintable():
            raise SettingsError(
                what=Phrase("errors.told.option.header", line=line), expected="'NAME: VALUE'"
            )
        found[name.strip()] = value.strip()
    return found


def _body(data: str | None) -> bytes | None:
    if data is None or not data.startswith("@"):
        return None if data is None else data.encode()
    if data == "@-":
        return sys.stdin.buffer.read()
    try:
        return Path(data[1:]).read_bytes()
    except OSError as error:
        raise StorageError(
            what=Phrase("errors.told.file.unreadable", path=data[1:], why=error.strerror)
        ) from None
