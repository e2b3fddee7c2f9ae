"""Outgoing connections: one aiohttp session whose every connected address has been checked.

The resolver checks what a name resolves to and hands on only checked addresses; the socket
factory checks once more, on the very address that is about to be connected, which also covers
literal addresses. There is no cache and no second look-up in between. Redirects are the caller's
matter: pass `allow_redirects=False`, as everything in this project does.

Through an HTTP proxy only the proxy sees the final address, so the proxy must enforce the rule;
literal addresses are still refused here before the proxy is asked.
"""

from __future__ import annotations

import os
import socket
import ssl
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult

from faifo.dataplane.addresses import networks, refusal
from faifo.dataplane.names import Names, NoPlaceError
from faifo.errors import Fact, UnreachableError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from aiohttp.connector import Connection

    from faifo.dataplane.addresses import Network

# True while the connector dials a proxy that the operator configured: that address is the
# operator's own choice and usually private.
_dialling_proxy: ContextVar[bool] = ContextVar("faifo_dialling_proxy", default=False)


UNRESOLVED: Final = Phrase("errors.told.names.unknown")
NOT_ACCEPTED: Final = Phrase("errors.told.tls.not-accepted")


class AddressRefusedError(OSError):
    """A connection was not made because of where it would have gone.

    An OSError so that aiohttp reports it like any failed connection; `refused_address` finds it.
    """

    def __init__(self, host: str, address: str, reason: str) -> None:
        super().__init__(f"{host} is at {address}, {reason}, and only public addresses are allowed")
        self.host = host
        self.address = address
        self.reason = reason


class Egress(msgspec.Struct, frozen=True, kw_only=True):
    """Where calls may go. `allowed_networks` (CIDR) come on top of the public Internet.

    `proxy_from_env` honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY (aiohttp then also reads NETRC).
    `ca` is a context that trusts a private CA; without it, the system's authorities.
    """

    allowed_networks: tuple[str, ...] = ()
    proxy_from_env: bool = False
    ca: Any = None
    max_connections: int = 1024
    user_agent: str = "faifo"


class CheckedResolver(AbstractResolver):
    """Resolves with `inner` and returns only addresses that may be connected to."""

    def __init__(self, allowed: tuple[Network, ...], inner: AbstractResolver | None = None) -> None:
        self._allowed = allowed
        self._inner = inner or Names()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if _dialling_proxy.get():
            return found
        good = [entry for entry in found if refusal(entry["host"], self._allowed) is None]
        if found and not good:
            address = found[0]["host"]
            raise AddressRefusedError(host, address, refusal(address, self._allowed) or "")
        return good

    async def close(self) -> None:
        await self._inner.close()


class CheckedConnector(aiohttp.TCPConnector):
    """A TCP connector that checks the connected address itself, last thing before connecting."""

    def __init__(
        self,
        allowed: tuple[Network, ...],
        *,
        resolver: AbstractResolver | None = None,
        tls: ssl.SSLContext | None = None,
        limit: int = 1024,
    ) -> None:
        self._allowed_networks = allowed
        super().__init__(
            resolver=CheckedResolver(allowed, resolver),
            use_dns_cache=False,
            socket_factory=self._checked_socket,
            ssl=tls if tls is not None else True,
            limit=limit,
            keepalive_timeout=30,
        )

    def _checked_socket(self, info: Any) -> socket.socket:
        family, kind, protocol, _, sockaddr = info
        address = str(sockaddr[0])
        if not _dialling_proxy.get():
            reason = refusal(address, self._allowed_networks)
            if reason is not None:
                raise AddressRefusedError(address, address, reason)
        return socket.socket(family=family, type=kind, proto=protocol)

    async def _create_proxy_connection(self, req: Any, traces: Any, timeout: Any) -> Any:
        host = req.url.raw_host or ""
        reason = refusal(host, self._allowed_networks)
        if reason not in {None, "not an IP address"} or _is_disguised(host):
            refused = AddressRefusedError(host, host, reason or "a disguised address")
            raise aiohttp.ClientProxyConnectionError(req.connection_key, refused)
        token = _dialling_proxy.set(True)
        try:
            return await super()._create_proxy_connection(req, traces, timeout)
        finally:
            _dialling_proxy.reset(token)


def _is_disguised(host: str) -> bool:
    """Tell whether the C library would read `host` as an IPv4 address though it is not dotted."""
    if host.count(".") == 3 and all(
        part.isdigit() and str(int(part)) == part for part in host.split(".")
    ):
        return False
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return True


def open_session(
    egress: Egress, *, resolver: AbstractResolver | None = None, auto_decompress: bool = False
) -> aiohttp.ClientSession:
    """Return a session for every outgoing call; no cookies, no redirects unless asked for.

    The caller closes it, and sets the time limits call by call. Must run inside the event loop.
    """
    connector = CheckedConnector(
        networks(egress.allowed_networks),
        resolver=resolver,
        tls=egress.ca,
        limit=egress.max_connections,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=auto_decompress,
        trust_env=egress.proxy_from_env,
        headers={"User-Agent": egress.user_agent},
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type"),
        requote_redirect_url=False,
        response_class=_Answered,
        max_line_size=16 * 1024,
        max_field_size=16 * 1024,
    )


class _Answered(aiohttp.ClientResponse):
    """Keeps the end of the certificate: a short answer gives its connection back at once."""

    certificate_end: str | None = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        if connection.transport is not None:
            shown = connection.transport.get_extra_info("peercert") or {}
            self.certificate_end = shown.get("notAfter")
        return await super().start(connection)


def certificate_until(response: aiohttp.ClientResponse) -> datetime | None:
    """Return until when the certificate is good by which `response` came, if there was one."""
    end = getattr(response, "certificate_end", None)
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if end else None


def refused_address(error: BaseException) -> AddressRefusedError | None:
    """Return the address refusal behind `error`, if that is what it was."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, AddressRefusedError):
            return seen
        inner = getattr(seen, "os_error", None)
        seen = inner if isinstance(inner, BaseException) else seen.__cause__
    return None


def unreachable(error: BaseException, *, who: str) -> UnreachableError:
    """Return the sentence for a call to `who` that failed; nothing of the request is in it."""
    refused = refused_address(error)
    if refused is not None:
        return UnreachableError(who=who, reason=str(refused))
    if isinstance(error, TimeoutError):
        return UnreachableError(who=who, reason=Phrase("errors.told.no-answer"))
    if isinstance(getattr(error, "os_error", None), NoPlaceError):
        return UnreachableError(who=who, reason=Phrase("errors.told.names.many"))
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return UnreachableError(who=who, reason=UNRESOLVED)
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return UnreachableError(who=who, reason=NOT_ACCEPTED)
    if isinstance(error, aiohttp.ClientConnectorError):
        return UnreachableError(who=who, reason=_os_reason(error.os_error))
    return UnreachableError(who=who, reason=Phrase("errors.told.broke"))


def _os_reason(error: OSError) -> Fact:
    """Return what the system says, without the address that asyncio puts into `strerror`."""
    return os.strerror(error.errno) if error.errno else Phrase("errors.told.no-connection")
