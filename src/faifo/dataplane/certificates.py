"""TLS contexts that follow their files: certificates are renewed while the node runs.

A context is never changed, it is replaced as a whole: a handshake sees the old certificate with the
old key or the new with the new. What cannot be used leaves the one before in force.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import msgspec

from faifo.errors import SettingsError
from faifo.phrases import Phrase


class TlsFiles(msgspec.Struct, frozen=True, kw_only=True):
    """PEM files of a listener: the certificate with its chain, and its private key.

    With `clients`, the authorities of clients, nobody gets in without a certificate of one of them.
    """

    certificate: str
    key: str
    clients: str | None = None


class Renewed:
    """A context made of files; calling it gives the one of now."""

    def __init__(self, make: Callable[[], ssl.SSLContext], *files: str | Path | None) -> None:
        """Make the context.

        Raises:
            SettingsError: a file cannot be used.
        """
        self.files = tuple(Path(file) for file in files if file)
        self._make = make
        self._seen = self._look()
        self._context = make()

    def __call__(self) -> ssl.SSLContext:
        return self._context

    def renew(self, *, anyway: bool = False) -> bool:
        """Make the context anew if a file is another one, or `anyway`; tell whether it was made.

        Raises:
            SettingsError: a file cannot be used; said once for each change.
        """
        seen = self._look()
        if seen == self._seen and not anyway:
            return False
        self._seen = seen
        self._context = self._make()
        return True

    def _look(self) -> list[tuple[int, int, int] | None]:
        return [_identity(file) for file in self.files]


def _identity(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def of_listener(tls: TlsFiles) -> tuple[ssl.SSLContext, Renewed]:
    """Return the context to listen with for good, and what it follows.

    Raises:
        SettingsError: a file cannot be used.
    """

    def make() -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["http/1.1"])
        _present(context, tls.certificate, tls.key)
        if tls.clients:
            _believe(context, tls.clients, "errors.told.listen.clients")
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def choose(connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        connection.context = renewed()

    renewed = Renewed(make, tls.certificate, tls.key, tls.clients)
    listening = make()
    # What one handshake proved, a later one would not prove again: an authority may be gone.
    listening.num_tickets = 0 if tls.clients else listening.num_tickets
    listening.sni_callback = choose  # also called where the client names no host
    return listening, renewed


def of_calls(
    authorities: Path | None, certificate: Path | None = None, key: Path | None = None
) -> Renewed | None:
    """Return the context of outgoing calls: the system's authorities and these, and who we are.

    Raises:
        SettingsError: a file cannot be used.
    """

    def make() -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.set_alpn_protocols(["http/1.1"])
        if authorities:
            _believe(context, authorities, "errors.told.egress.ca")
        if certificate and key:
            _present(context, certificate, key)
        return context

    files = (authorities, certificate, key)
    return Renewed(make, *files) if any(files) else None


def _present(context: ssl.SSLContext, certificate: str | Path, key: str | Path) -> None:
    try:
        # Without a word to say, a key that wants one is refused; else OpenSSL asks at the terminal.
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            what=Phrase("errors.told.listen.tls", why=error.strerror or type(error).__name__),
            expected=Phrase("errors.told.listen.pem"),
        ) from None


def _believe(context: ssl.SSLContext, authorities: str | Path, sentence: str) -> None:
    try:
        context.load_verify_locations(authorities)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            what=Phrase(sentence, path=authorities, why=error),
            expected=Phrase("errors.told.egress.pem"),
        ) from None
