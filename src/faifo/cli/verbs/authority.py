"""`faifo authority`: be an authority: admit members, withdraw them, recognise other authorities."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from faifo.cli import passphrase
from faifo.cli.access import node_in, run
from faifo.cli.choices import Choices, family
from faifo.cli.output import result
from faifo.errors import ConflictError, SettingsError
from faifo.phrases import Phrase
from faifo.phrases.figures import moment

if TYPE_CHECKING:
    from faifo.api.authority import Assurance, Member, RecognisedAuthority
    from faifo.client import Client


@family(
    "authority",
    example="faifo authority init --economy VN\n"
    "faifo authority members admit did:web:node.example.org --name 'Tay Do Rice'",
    short_help="Admit members and vouch for them.",
)
def command() -> None:
    """Be an authority: admit members, withdraw them, recognise other authorities."""


@command.verb(
    "init",
    example="faifo authority init --name 'Viet Nam Data Authority' --economy VN",
    short_help="Make a node an authority.",
)
@click.option("--name", help="The name of the authority (default: the node's).")
@click.option("--economy", help="Its economy, as ISO 3166-1 has it (default: the node's).")
def init(choices: Choices, name: str | None, economy: str | None) -> None:
    """Make the node in --dir an authority: its programme, its schemas, its key.

    What it issues stands in authority.toml and in schemas/; both may be edited.
    """
    from faifo.node.custody.keyring import ensure_key
    from faifo.node.membership.authority import FILE, read_programme, write_programme
    from faifo.node.settings.model import read_settings
    from faifo.trust.keys import KeyPurpose

    if choices.url is not None:
        raise SettingsError(
            what=Phrase("errors.told.authority.directory"),
            expected=Phrase("errors.told.authority.option"),
        )
    files = node_in(choices.directory)
    settings = read_settings(files.settings)
    if (files.path / FILE).exists():
        raise ConflictError(
            what=Phrase("errors.told.authority.already", path=str(files.path)),
            advice=Phrase("errors.told.authority.edit", FILE=FILE),
        )
    _switch_on(files.settings, on=settings.credentials.issuer)
    write_programme(
        files.path,
        name=name or settings.node.name or settings.did,
        economy=(economy or settings.node.economy).upper(),
    )
    read_programme(files.path)
    ensure_key(files.keys, KeyPurpose.CREDENTIAL)
    record = {"did": settings.did, "directory": str(files.path)}
    place = shlex.quote(str(files.path.absolute()))
    lines = choices.say("authority.made", did=settings.did, place=place)
    result(choices, record, lines.splitlines())


def _switch_on(settings: Path, *, on: bool) -> None:
    if on:
        return
    text = settings.read_text(encoding="utf-8-sig")
    if "[credentials]" in text:
        raise SettingsError(
            what=Phrase("errors.told.authority.table", settings=str(settings)),
            expected=Phrase("errors.told.authority.issuer"),
            advice=Phrase("errors.told.authority.again"),
        )
    addition = "\n[credentials]\n# This node is an authority; see authority.toml.\nissuer = true\n"
    settings.write_text(text + addition, encoding="utf-8")


@command.family(
    "members", example="faifo authority members list", short_help="Decide who is a member."
)
def members() -> None:
    """Decide who is a member."""


@members.verb(
    "list",
    example="faifo authority members list",
    short_help="Show members and applications.",
)
def show(choices: Choices) -> None:
    """Show who applied, who is a member, and who was one."""
    found = run(choices, lambda client: client.members(), stopped=True)
    lines = [f"{one.did}  {_standing(choices, one)}" for one in found]
    result(choices, found, lines or [choices.say("authority.nobody")])


def _standing(choices: Choices, one: Member) -> str:
    parts = [choices.say(f"authority.{one.status}"), one.name, one.reason]
    parts += [request.trouble for request in one.requests if request.trouble]
    return ", ".join(filter(None, parts))


def _decide(
    choices: Choices,
    action: str,
    did: str,
    *,
    reason: str = "",
    claims: dict[str, str] | None = None,
    types: tuple[str, ...] = (),
) -> None:
    member = run(
        choices,
        lambda client: client.decide_member(action, did, reason=reason, claims=claims, types=types),
        stopped=True,
    )
    standing = choices.say(f"authority.{member.status}")
    lines = [
        choices.say("authority.decided", did=did, standing=standing, since=moment(member.since))
    ]
    if action == "renew" and (left := _left_out(member)):
        lines.append(choices.say("authority.left-out", types=", ".join(left)))
    result(choices, member, lines)


def _left_out(member: Member) -> list[str]:
    """Return the types of credentials that a member had and that were not issued anew."""
    new = {one.type for one in member.credentials if one.issued >= member.since}
    return sorted({one.type for one in member.credentials} - new)


@members.verb(
    "admit",
    example="faifo authority members admit did:web:localhost%3A8081 --name 'Tay Do Rice' \\\n   ",
    short_help="Admit a member and issue what it asked for.",
)
@click.argument("did", metavar="DID")
@click.option("--name", help="The name of the organisation.")
@click.option("--type", "types", multiple=True, help="Issue this type of credential, too.")
@click.option(
    "--claim", "claims", multiple=True, metavar="NAME=VALUE", help="What a credential says."
)
def admit(
    choices: Choices, did: str, name: str | None, types: tuple[str, ...], claims: tuple[str, ...]
) -> None:
    """Make DID a member; its credentials are delivered when its node can be reached."""
    facts = _claims(claims)
    if name:
        facts["name"] = name
    _decide(choices, "admit", did, claims=facts, types=types)


@members.verb(
    "refuse",
    example="faifo authority members refuse did:web:localhost%3A8081 --reason 'not registered'",
    short_help="Refuse an application.",
)
@click.argument("did", metavar="DID")
@click.option("--reason", default="", help="Is told to the applicant.")
def refuse(choices: Choices, did: str, reason: str) -> None:
    """Refuse the application of DID."""
    _decide(choices, "refuse", did, reason=reason)


@members.verb(
    "suspend",
    example="faifo authority members suspend did:web:localhost%3A8081 --reason 'under review'",
    short_help="Suspend a member.",
)
@click.argument("did", metavar="DID")
@click.option("--reason", default="", help="Is kept in the books.")
def suspend(choices: Choices, did: str, reason: str) -> None:
    """Suspend DID until it is renewed."""
    _decide(choices, "suspend", did, reason=reason)


@members.verb(
    "revoke",
    example="faifo authority members revoke did:web:localhost%3A8081 --reason 'it left'",
    short_help="Revoke a membership for good.",
)
@click.argument("did", metavar="DID")
@click.option("--reason", default="", help="Is kept in the books.")
def revoke(choices: Choices, did: str, reason: str) -> None:
    """Revoke every credential of DID; verifiers honour it within their cache time."""
    _decide(choices, "revoke", did, reason=reason)


@members.verb(
    "renew",
    example="faifo authority members renew did:web:localhost%3A8081",
    short_help="Issue new credentials; ends a suspension.",
)
@click.argument("did", metavar="DID")
@click.option(
    "--claim", "claims", multiple=True, metavar="NAME=VALUE", help="What a credential says."
)
def renew(choices: Choices, did: str, claims: tuple[str, ...]) -> None:
    """Issue new credentials to DID, which becomes a member again."""
    _decide(choices, "renew", did, claims=_claims(claims))


@members.verb(
    "assure",
    example="faifo authority members assure did:web:localhost%3A8081 \\\n"
    "    --passport loan.passport.json --pack asean",
    short_help="Judge a member's AI passport, and vouch for it.",
)
@click.argument("did", metavar="DID")
@click.option("--passport", "file", type=click.Path(path_type=Path, dir_okay=False), required=True,
              help="The member's passport.")  # fmt: skip
@click.option("--pack", default="asean", show_default=True, help="A pack's name or a TOML file.")
@click.option("--framework", default="", help="What the credential names (default: the pack).")
@click.option("--person", help="Who decides, where a person must.")
@click.option("--outcome", type=click.Choice(["accept", "conditions", "need-more", "refuse"]),
              help="What --person decides.")  # fmt: skip
@click.option("--reason", help="Why --person decides so.")
@passphrase.option
def assure(
    choices: Choices,
    did: str,
    file: Path,
    pack: str,
    framework: str,
    passphrase_file: Path | None,
    **chosen: str | None,
) -> int:
    """Prove and judge a passport that DID has signed; if it passes, issue a credential about it.

    The AIAssuranceCredential is delivered to DID's wallet and ends with the decision, which is
    signed and kept. Ends with 3 where nothing is issued.
    """
    from faifo.ai.packs import by_name_or_text
    from faifo.cli import exit_codes, passports
    from faifo.cli.files import read

    opinion = passports.opinion(chosen)
    name, text = by_name_or_text(pack)
    envelope = read(file, "passport", passports.PASSPORT_BYTES).decode("utf-8", "replace")

    async def work(client: Client) -> Assurance:
        said = opinion
        if said:
            said = await passports.with_passphrase(choices, client, said, passphrase_file)
        return await client.assure(
            did, envelope, name, pack_toml=text, framework=framework, opinion=said
        )

    assured = run(choices, work, stopped=True)
    lines = passports.sentences(choices, assured.judged)
    key = "authority.assured" if assured.claims else "authority.not-assured"
    lines.append(choices.say(key, did=did, framework=(assured.claims or {}).get("framework", "")))
    result(choices, assured, lines)
    return exit_codes.OK if assured.claims else exit_codes.REFUSED


@command.verb(
    "recognise",
    example="faifo authority recognise did:web:localhost%3A8093 --until 2027-12-31 \\\n   ",
    short_help="Recognise another authority until a date.",
)
@click.argument("did", metavar="DID|URL")
@click.option(
    "--type", "types", multiple=True, default=("MembershipCredential",), show_default=True,
    help="What it may issue.",
)  # fmt: skip
@click.option("--until", required=True, help="The last day, or a time with a zone.")
def recognise(choices: Choices, did: str, types: tuple[str, ...], until: str) -> None:
    """Recognise another authority; members' nodes that rely on us believe it until that date."""
    from faifo.api.dates import read_moment

    last = read_moment("--until", until, end_of_day=True)
    known = run(choices, lambda client: client.recognise(did, types, last), stopped=True)
    line = choices.say(
        "authority.recognised", did=known.did, types=", ".join(known.types), until=until
    )
    result(choices, known, [line])


@command.verb(
    "recognitions",
    example="faifo authority recognitions",
    short_help="Show whom this authority recognises.",
)
def recognitions(choices: Choices) -> None:
    """Show the authorities that this one recognises, for what, and until when."""
    known = run(choices, lambda client: client.recognitions(), stopped=True)
    lines = [f"{one.did}  {', '.join(one.types)}, {moment(one.until)}" for one in known]
    result(choices, known, lines or [choices.say("authority.recognises-nobody")])


@command.verb(
    "unrecognise",
    example="faifo authority unrecognise did:web:localhost%3A8093",
    short_help="Recognise an authority no longer.",
)
@click.argument("did", metavar="DID")
def unrecognise(choices: Choices, did: str) -> None:
    """End the recognition of another authority; members' nodes see it within their cache time."""
    from faifo import clock
    from faifo.errors import NotFoundError

    async def work(client: Client) -> RecognisedAuthority:
        known = {one.did: one for one in await client.recognitions()}
        if did not in known:
            raise NotFoundError(what=Phrase("errors.noun.recognised-authority"), name=did)
        return await client.recognise(did, known[did].types, clock.now())

    ended = run(choices, work, stopped=True)
    result(choices, ended, [choices.say("authority.unrecognised", did=did)])


def _claims(pairs: tuple[str, ...]) -> dict[str, str]:
    claims = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise SettingsError(
                what=Phrase("errors.told.option.claim", pair=pair), expected="NAME=VALUE"
            )
        claims[name] = value
    return claims
