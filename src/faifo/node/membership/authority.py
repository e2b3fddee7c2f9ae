"""What an authority is: `authority.toml` in its directory, with the credential types it issues."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from faifo.errors import MalformedMessageError, SettingsError
from faifo.messages.strict_json import parse_object
from faifo.phrases import Phrase
from faifo.trust.dcp.json_schema import check_schema
from faifo.trust.dcp.profiles import Profile

FILE = "authority.toml"
SCHEMAS = "schemas"

Name = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9]{0,63}$")]


class CredentialType(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A type that the authority issues. `schema` is a file beside; `days` how long one is good."""

    name: Name
    schema: str
    days: Annotated[int, Meta(ge=1, le=3660)] = 365


class Authority(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file. `economy` is an ISO 3166-1 code; what is issued unasked is of the first profile.

    `purposes`: the status lists that it keeps; without `suspension` it can only revoke.
    """

    name: str
    economy: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]
    profiles: Annotated[tuple[Profile, ...], Meta(min_length=1)] = (Profile.VC20, Profile.VC11)
    purposes: Annotated[tuple[Literal["revocation", "suspension"], ...], Meta(min_length=1)] = (
        "revocation",
        "suspension",
    )
    register: bool = True
    type: Annotated[tuple[CredentialType, ...], Meta(min_length=1)]


class Programme(msgspec.Struct, frozen=True, kw_only=True):
    """The authority with its schemas read, by type; each is of the subject of a credential."""

    authority: Authority
    schemas: dict[str, dict[str, Any]]

    def published(self, name: str) -> dict[str, Any] | None:
        """Return the schema of whole credentials of a type, None for one that is not issued.

        Spec: VC JSON Schema 1.0 §3: a schema is of the credential, not of its subject.
        """
        schema = self.schemas.get(name)
        if schema is None:
            return None
        subject = {key: value for key, value in schema.items() if key not in {"$schema", "$id"}}
        said = {"$schema": schema["$schema"]} if "$schema" in schema else {}
        return {**said, "type": "object", "properties": {"credentialSubject": subject}}

    def find(self, name: str) -> CredentialType | None:
        return next((one for one in self.authority.type if one.name == name), None)

    @property
    def objects(self) -> dict[str, tuple[CredentialType, Profile]]:
        """What can be requested, by the id in the metadata."""
        return {
            object_id(one.name, profile): (one, profile)
            for one in self.authority.type
            for profile in self.authority.profiles
        }


def object_id(name: str, profile: Profile) -> str:
    return f"urn:faifo:credential:{name}:{profile.name.lower()}"


def read_programme(folder: Path) -> Programme:
    """Return what `authority.toml` in `folder` says, with its schemas.

    Raises:
        SettingsError: it cannot be read, or a schema has what is not understood here.
    """
    path = folder / FILE
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        authority = msgspec.convert(content, Authority)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(
            what=Phrase("errors.told.file.unreadable", path=path, why=error),
            expected=Phrase("errors.told.authority.init"),
            advice=Phrase("errors.told.authority.needs"),
        ) from None
    schemas = {one.name: _schema(folder / one.schema) for one in authority.type}
    return Programme(authority=authority, schemas=schemas)


def _schema(path: Path) -> dict[str, Any]:
    try:
        schema = parse_object(path.read_bytes())
    except OSError as error:
        raise SettingsError(
            what=Phrase("errors.told.schema.unreadable", path=path, why=error.strerror),
            expected=Phrase("errors.told.schema.wanted"),
        ) from None
    except MalformedMessageError as error:
        raise SettingsError(
            what=Phrase("errors.told.schema.wrong", path=path, why=error), expected="JSON"
        ) from None
    wrong = check_schema(schema)
    if wrong:
        raise SettingsError(
            what=Phrase("errors.told.schema.wrong", path=path, why=wrong),
            expected=Phrase("errors.told.schema.smaller"),
        )
    return schema


def schema(
    title: str, optional: Mapping[str, dict[str, Any]] | None = None, **required: dict[str, Any]
) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "required": ["id", *required],
        "properties": {"id": {"type": "string"}, **required, **(optional or {})},
    }


TEXT: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 200}
ECONOMY: dict[str, Any] = {"type": "string", "pattern": "^[A-Z]{2}$"}
SHA256: dict[str, Any] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
BASES: Final = (
    "consent", "contract", "legal-obligation", "vital-interest", "public-interest",
    "legitimate-interest", "pseudonymised-data", "exempt",
)  # fmt: skip
# What `faifo authority members assure` says about one passport; an authority made with an earlier
# Faifo has a schema without these.
ASSURED: dict[str, dict[str, Any]] = {
    "passportSha256": SHA256,
    "passportName": TEXT,
    "passportVersion": TEXT,
    "pack": TEXT,
    "packVersion": TEXT,
    "packSha256": SHA256,
    "outcome": {"type": "string", "enum": ["accept", "conditions"]},
    "decisionSha256": SHA256,
}
FIRST_TYPES: dict[str, dict[str, Any]] = {
    "MembershipCredential": schema(
        "Membership of an organisation in the dataspace of an economy",
        name=TEXT,
        economy=ECONOMY,
    ),
    "DataProtectionCredential": schema(
        "A data protection scheme that an organisation is certified under or bound by",
        scheme={**TEXT, "examples": ["Global CBPR", "ASEAN Model Contractual Clauses"]},
    ),
    # Its members answer to those of ODRL-KR's LegalBasisRecord: docs/howto/write-terms.md.
    "LegalBasisCredential": schema(
        "The legal basis on which an organisation processes data of persons",
        optional={"purpose": TEXT, "document": TEXT, "documentSha256": SHA256},
        basis={"type": "string", "enum": list(BASES)},
        jurisdiction=ECONOMY,
        provision={**TEXT, "examples": ["the law, and its article"]},
    ),
    "AIAssuranceCredential": schema(
        "An assessment of an organisation's AI systems, or of one AI passport",
        optional=ASSURED,
        framework={**TEXT, "examples": ["ISO/IEC 42001"]},
    ),
}


def write_programme(folder: Path, *, name: str, economy: str) -> None:
    """Write `authority.toml` and the first schemas into `folder`."""
    (folder / SCHEMAS).mkdir(exist_ok=True)
    lines = [
        "# The authority: what it is, and what it issues; see docs/howto/authority.md.",
        f"name = {_quoted(name)}",
        f"economy = {_quoted(economy)}",
    ]
    for kind, content in FIRST_TYPES.items():
        file = f"{SCHEMAS}/{kind}.json"
        (folder / file).write_bytes(msgspec.json.format(msgspec.json.encode(content)) + b"\n")
        lines += ["", "[[type]]", f"name = {_quoted(kind)}", f"schema = {_quoted(file)}"]
    (folder / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode().replace("\x7f", "\\u007f")
