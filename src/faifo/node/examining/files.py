"""The directory and the files that the settings name: there, readable, and closed to others."""

from __future__ import annotations

import os
import shutil
import ssl
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from faifo.errors import FaifoError, SettingsError
from faifo.node.examining.findings import Finding, fault, good, warning

if TYPE_CHECKING:
    from faifo.node.custody.directory import Directory
    from faifo.node.settings.model import Settings

LEAST_FREE = 512 * 1024 * 1024
SOON = timedelta(days=14)


def permissions(directory: Directory) -> Iterator[Finding]:
    """Look for secrets that others on this machine can read."""
    files = [directory.manage_key, directory.webhook_secret, directory.database]
    files += (one for one in sorted(directory.manage_keys.rglob("*")) if one.is_file())
    files += (*sorted(directory.keys.glob("*.json")), directory.keys)
    found = [one for path in files for one in _open_to_others(path)]
    yield from found or [good("permissions")]


def _open_to_others(path: Path) -> Iterator[Finding]:
    mode = _mode(path)
    if mode is not None and mode & 0o077:
        yield fault("permissions", path=path, mode=f"{mode:03o}")


def _mode(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None


def maintenance(directory: Directory) -> Iterator[Finding]:
    """Say that the node takes nothing from others, so that nobody forgets it."""
    from faifo.node.custody.maintenance import read_maintenance

    try:
        if on := read_maintenance(directory.path):
            yield warning("maintenance", since=on.since or "-", reason=on.reason or "-")
    except SettingsError as error:
        yield fault("no-start", error=error)


def keys(directory: Directory, settings: Settings) -> Iterator[Finding]:
    """Look whether the node can sign, and for the key of the management API."""
    from faifo.node.custody.keyring import read_keyring
    from faifo.trust.keys import KeyPurpose

    try:
        signing = read_keyring(directory.keys, did=settings.did).signing(KeyPurpose.TOKEN)
        directory.read_manage_key()
    except SettingsError as error:
        yield fault("keys", error=error)
        return
    yield good("keys", name=signing.id.rpartition("#")[2])


def trust(directory: Directory, settings: Settings) -> Iterator[Finding]:
    """Look whether the trust file can be read, and whether it names whom the node serves."""
    from faifo.node.custody.trust_file import read_trust_file

    try:
        file = read_trust_file(directory.trust)
    except SettingsError as error:
        yield fault("trust-file", error=error)
        return
    by_credentials = settings.trust.mode == "credentials"
    count = len(file.issuer if by_credentials else file.participant)
    if count:
        yield good("issuers" if by_credentials else "trust", count=count)
    else:
        yield warning("no-issuer" if by_credentials else "nobody-trusted")


def disk(directory: Directory, *, least: int = LEAST_FREE) -> Iterator[Finding]:
    """Look for room: a full disk, or one that takes no writes, stops every acknowledgement."""
    if not os.access(directory.path, os.W_OK):
        yield fault("unwritable", path=directory.path)
    free = shutil.disk_usage(directory.path).free
    facts = {"path": directory.path, "free": free}
    yield fault("disk", least=least, **facts) if free < least else good("disk", **facts)


def named_files(home: Path, settings: Settings) -> Iterator[Finding]:
    """Look at the folders, certificates and authorities that the settings name."""
    from faifo.node.settings.model import exposed

    yield from _roots(settings)
    if host := exposed(settings):
        yield warning("plain-http", host=host)
    for section in ("listen", "console", "egress"):
        named = getattr(settings, section)
        if named.tls_certificate and named.tls_key:
            yield from _certificate(home / named.tls_certificate, home / named.tls_key, section)
    for setting, name in (
        ("listen.tls_client_ca", settings.listen.tls_client_ca),
        ("console.tls_client_ca", settings.console.tls_client_ca),
        ("egress.ca_file", settings.egress.ca_file),
    ):
        if name:
            try:
                ssl.create_default_context().load_verify_locations(home / name)
            except (OSError, ssl.SSLError) as error:
                yield fault("ca-file", setting=setting, path=home / name, why=_why(error))
    if settings.store.password_file:
        yield from _open_to_others(home / settings.store.password_file)
    if settings.listen.tls_client_ca and not settings.egress.tls_certificate:
        yield warning("no-own-certificate")
    yield from _read_at_start(home, settings)


def _read_at_start(home: Path, settings: Settings) -> Iterator[Finding]:
    """Look at what else the settings name, as a start does."""
    from faifo.node.membership.authority import read_programme
    from faifo.node.offering.requiring import Requirements
    from faifo.node.receipts.witnessing import read_witness

    named: list[Callable[[], object]] = [
        partial(read_witness, line) for line in settings.receipts.witnesses
    ]
    named.append(partial(Requirements, settings.node.economy, settings.publish.pairs))
    if settings.credentials.issuer:
        named.append(partial(read_programme, home))
    for read in named:
        try:
            read()
        except FaifoError as error:
            yield fault("no-start", error=error)
    log = home / settings.log.file if settings.log.file else None
    if log and (log.is_dir() or not os.access(log if log.exists() else log.parent, os.W_OK)):
        yield fault("log-file", path=log)


def _roots(settings: Settings) -> Iterator[Finding]:
    wrong = False
    for root in map(Path, settings.publish.roots):
        if not root.is_dir():
            wrong = True
            yield fault("root-missing", path=root)
        elif not os.access(root, os.R_OK | os.X_OK):
            wrong = True
            yield fault("root-unreadable", path=root)
    if not wrong:
        yield good("roots", count=len(settings.publish.roots))


def _certificate(certificate: Path, key: Path, section: str) -> Iterator[Finding]:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        facts = {"certificate": certificate, "private": key, "section": section}
        yield fault("tls-files", why=_why(error), **facts)
        return
    mode = _mode(key)
    if mode is not None and mode & 0o007:
        yield fault("permissions", path=key, mode=f"{mode:03o}")
    until = _ends(certificate)
    facts = {"path": certificate, "until": until}
    now = _now()
    if until <= now:
        yield fault("certificate-ended", **facts)
    elif until <= now + SOON:
        yield warning("certificate-ends", **facts)
    else:
        yield good("certificate", **facts)


def _ends(path: Path) -> datetime:
    from cryptography.x509 import load_pem_x509_certificates

    chain = load_pem_x509_certificates(path.read_bytes())
    return min(one.not_valid_after_utc for one in chain).astimezone(UTC)


def _now() -> datetime:
    from faifo import clock

    return clock.now()


def _why(error: OSError) -> str:
    return getattr(error, "reason", None) or error.strerror or type(error).__name__
