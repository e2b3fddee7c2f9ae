"""`trust.toml`: the participants that this node deals with, kept by hand or by `faifo trust add`.

The running node reads the file again when it has changed. A file that cannot be read trusts
nobody, and says so in the log: never yesterday's list by accident.
"""

from __future__ import annotations

import logging
import os
import tomllib
from pathlib import Path

import msgspec

from faifo.errors import ConflictError, MalformedMessageError, NotProvenError, SettingsError
from faifo.node.custody.directory import write_secret
from faifo.phrases import Phrase
from faifo.trust.dcp.needs import Need
from faifo.trust.dcp.recognition import Issuer
from faifo.trust.did import did_web_url
from faifo.trust.did_document import did_key_document

log = logging.getLogger("faifo.trust")


class TrustedParticipant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One participant: its DID, what people here call it, and what it needs beyond the standard."""

    did: str
    name: str = ""
    economy: str = ""
    needs: tuple[Need, ...] = ()


class TrustedIssuer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An issuer that is believed for `types`; with `recognises`, and those that it recognises."""

    did: str
    types: tuple[str, ...]
    recognises: bool = False
    name: str = ""


class Trusted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file holds."""

    participant: tuple[TrustedParticipant, ...] = ()
    issuer: tuple[TrustedIssuer, ...] = ()


class TrustFile:
    """The list, as it stands in the file now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._by_did: dict[str, TrustedParticipant] = {}
        self._issuers: tuple[Issuer, ...] = ()

    def get(self, did: str) -> TrustedParticipant | None:
        """Return the entry for `did`, or None if it is not trusted."""
        self._refresh()
        return self._by_did.get(did)

    def needs(self, did: str) -> tuple[Need, ...]:
        """Return what `did` needs beyond the standard, as an operator has said."""
        entry = self.get(did)
        return entry.needs if entry else ()

    def all(self) -> tuple[TrustedParticipant, ...]:
        self._refresh()
        return tuple(self._by_did.values())

    def issuers(self) -> tuple[Issuer, ...]:
        """Return the issuers that are believed, and for what."""
        self._refresh()
        return self._issuers

    def _refresh(self) -> None:
        try:
            status = os.stat(self._path)  # noqa: PTH116 - on the path of every message
            seen = (status.st_mtime_ns, status.st_size, status.st_ino)
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                log.error(
                    "%s: %s; nobody is trusted until it is mended", self._path, error.strerror
                )
            self._seen, self._by_did, self._issuers = None, {}, ()
            return
        if seen == self._seen:
            return
        self._seen = seen
        try:
            trusted = read_trust_file(self._path)
        except SettingsError as error:
            log.error("%s; nobody is trusted until it is mended", error)
            trusted = Trusted()
        self._by_did = {entry.did: entry for entry in trusted.participant}
        self._issuers = tuple(
            Issuer(did=entry.did, types=entry.types, recognises=entry.recognises)
            for entry in trusted.issuer
        )


def read_trust(path: Path) -> tuple[TrustedParticipant, ...]:
    """Return the participants in the file at `path`; raises as `read_trust_file`."""
    return read_trust_file(path).participant


def read_trust_file(path: Path) -> Trusted:
    """Return what the file at `path` holds; nothing if it does not exist.

    Raises:
        SettingsError: it is not what it should be.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        return msgspec.convert(content, Trusted)
    except FileNotFoundError:
        return Trusted()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(
            what=Phrase("errors.told.file.unreadable", path=path, why=error),
            expected=Phrase("errors.told.trust.entries"),
        ) from None


def add_trust(path: Path, participant: TrustedParticipant) -> None:
    """Add `participant` to the file at `path`.

    Raises:
        SettingsError: the DID is not a did:web.
        ConflictError: it is there already.
    """
    _check_did(participant.did)
    trusted = read_trust_file(path)
    if any(entry.did == participant.did for entry in trusted.participant):
        raise ConflictError(what=Phrase("errors.told.trust.already", did=participant.did))
    _write(path, Trusted((*trusted.participant, participant), trusted.issuer))


def add_issuer(path: Path, issuer: TrustedIssuer) -> None:
    """Add `issuer` to the file at `path`, or replace what stands there about it.

    Raises:
        SettingsError: the DID is neither a did:web nor, as of an issuer of badges, a did:key.
    """
    if issuer.did.startswith("did:key:"):
        _check_did_key(issuer.did)
    else:
        _check_did(issuer.did)
    trusted = read_trust_file(path)
    others = tuple(entry for entry in trusted.issuer if entry.did != issuer.did)
    _write(path, Trusted(trusted.participant, (*others, issuer)))


def write_trust(path: Path, entries: tuple[TrustedParticipant, ...]) -> None:
    """Write a file with these participants."""
    _write(path, Trusted(entries))


def _check_did_key(did: str) -> None:
    try:
        did_key_document(did)
    except NotProvenError as error:
        wanted = Phrase("errors.told.trust.did-key")
        raise SettingsError(what=error.reason, expected=wanted) from None


def _check_did(did: str) -> None:
    try:
        did_web_url(did, allow_http=False)
    except MalformedMessageError as error:
        raise SettingsError(what=error.what, expected=error.expected) from None


def _write(path: Path, trusted: Trusted) -> None:
    text = "# The participants that this node deals with.\n"
    for entry in trusted.participant:
        text += "\n[[participant]]\n" + _members(entry, ("did", "name", "economy", "needs"))
    if trusted.issuer:
        text += "\n# The issuers that it believes, and for which credential types.\n"
    for issuer in trusted.issuer:
        text += "\n[[issuer]]\n" + _members(issuer, ("did", "name", "types", "recognises"))
    write_secret(path, text.encode())


def _members(entry: msgspec.Struct, names: tuple[str, ...]) -> str:
    lines = ""
    for name in names:
        value = getattr(entry, name)
        if value:
            # JSON's texts, arrays of texts and booleans are TOML's, but for DEL.
            written = msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
            lines += f"{name} = {written}\n"
    return lines
