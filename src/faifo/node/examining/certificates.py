"""Why a TLS certificate is not accepted: the session says only that it is not."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import NamedTuple
from urllib.parse import urlsplit

SECONDS = 10.0

# OpenSSL's X509_V_ERR_… numbers.
_ENDED = frozenset({10})
_UNKNOWN = frozenset({2, 18, 19, 20, 21})
_OTHER_HOST = frozenset({62, 64})


class Trouble(NamedTuple):
    """What is wrong: `kind` is ended, unknown, host or other."""

    kind: str
    host: str
    why: str


async def trouble_with(url: str, ca: ssl.SSLContext | None) -> Trouble | None:
    """Return what is wrong with the certificate at `url`, or None if it is not that."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname is None:
        return None
    host, port = parts.hostname, parts.port or 443
    return await asyncio.to_thread(_try, host, port, ca or ssl.create_default_context())


def _try(host: str, port: int, context: ssl.SSLContext) -> Trouble | None:
    try:
        with (
            socket.create_connection((host, port), SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host),
        ):
            return None
    except ssl.SSLCertVerificationError as error:
        return Trouble(_kind(error.verify_code), host, error.verify_message)
    except ssl.SSLError as error:
        return Trouble("other", host, error.reason or type(error).__name__)
    except OSError:
        return None


def _kind(code: int) -> str:
    if code in _ENDED:
        return "ended"
    if code in _UNKNOWN:
        return "unknown"
    return "host" if code in _OTHER_HOST else "other"
