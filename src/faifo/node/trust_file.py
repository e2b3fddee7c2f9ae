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

from faifo.errors import ConflictError, MalformedMessageError, SettingsError
from faifo.node.directory import write_secret
from faifo.trust.did import did_web_url

log = logging.getLogger("faifo.trust")


class TrustedParticipant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One participant: its DID, and what people here call it."""

    did: str
    name: str = ""
    economy: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    participant: tuple[TrustedParticipant, ...] = ()


class TrustFile:
    """The list, as it stands in the file now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._by_did: dict[str, TrustedParticipant] = {}

    def get(self, did: str) -> TrustedParticipant | None:
        """Return the entry for `did`, or None if it is not trusted."""
        self._refresh()
        return self._by_did.get(did)

    def all(self) -> tuple[TrustedParticipant, ...]:
        self._refresh()
        return tuple(self._by_did.values())

    def _refresh(self) -> None:
        try:
            status = os.stat(self._path)  # noqa: PTH116 - on the path of every message
            seen = (status.st_mtime_ns, status.st_size, status.st_ino)
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                log.error(
                    "%s: %s; nobody is trusted until it is mended", self._path, error.strerror
                )
            self._seen, self._by_did = None, {}
            return
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._by_did = {entry.did: entry for entry in read_trust(self._path)}
        except SettingsError as error:
            log.error("%s; nobody is trusted until it is mended", error)
            self._by_did = {}


def read_trust(path: Path) -> tuple[TrustedParticipant, ...]:
    """Return the entries of the file at `path`; none if it does not exist.

    Raises:
        SettingsError: it is not what it should be.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return msgspec.convert(content, _File).participant
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(
            what=f"{path} cannot be read: {error}",
            expected='entries such as [[participant]] did = "did:web:node.example.org"',
        ) from None


def add_trust(path: Path, participant: TrustedParticipant) -> None:
    """Add `participant` to the file at `path`.

    Raises:
        SettingsError: the DID is not a did:web.
        ConflictError: it is there already.
    """
    try:
        did_web_url(participant.did, allow_http=False)
    except MalformedMessageError as error:
        raise SettingsError(what=error.what, expected=error.expected) from None
    entries = read_trust(path)
    if any(entry.did == participant.did for entry in entries):
        raise ConflictError(what=f"{participant.did} is trusted already")
    write_trust(path, (*entries, participant))


def write_trust(path: Path, entries: tuple[TrustedParticipant, ...]) -> None:
    """Write the whole list."""
    text = "# The participants that this node deals with.\n"
    for entry in entries:
        text += "\n[[participant]]\n"
        for name in ("did", "name", "economy"):
            value = getattr(entry, name)
            if value:
                quoted = msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
                text += f"{name} = {quoted}\n"
    write_secret(path, text.encode())
