"""Outgoing calls: every address is checked last thing before it is connected to.

What a name resolves to is checked on the very address that is about to be connected, which also
covers literal addresses. There is no cache and no second look-up in between. Redirects are the
caller's matter: none is followed.

Through an HTTP proxy only the proxy sees the final address, so the proxy must enforce the rule;
literal addresses are still refused here before the proxy is asked.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import socket
import ssl
from asyncio.staggered import staggered_race
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Final, NamedTuple, cast
from urllib.parse import quote, unquote, urlsplit

import msgspec

from faifo.dataplane.addresses import networks, refusal
from faifo.dataplane.calling import NO_ANSWER, Answer, CallError, Connection, Limits
from faifo.dataplane.names import Found, Names, NoPlaceError
from faifo.errors import Fact, UnreachableError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from typing import Self

UNRESOLVED: Final = Phrase("errors.told.names.unknown")
NOT_ACCEPTED: Final = Phrase("errors.told.tls.not-accepted")
NO_CONNECTION: Final = Phrase("errors.told.no-connection")

KEPT_SECONDS: Final = 30.0
# The next address of a name is tried beside one that has not answered for so long (RFC 8305 §5).
NEXT_ADDRESS_SECONDS: Final = 0.25
# May be sent again when a connection that was kept turns out to be closed (RFC 9110 §9.2.2).
IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})

_URL = re.compile(
    r"(https?)://(\[[0-9a-f:.]+\]|[^\[\]/?#@:\\\s%]+)(?::(\d{1,5}))?((?:[/?][^#]*)?)(?:#.*)?",
    re.IGNORECASE | re.DOTALL,
)
_READY: Final = re.compile(r"[!-~]*")
_PRINTABLE: Final = "".join(map(chr, range(0x21, 0x7F)))
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[^\x00\r\n]*")


class AddressRefusedError(CallError):
    """A connection was not made because of where it would have gone."""

    def __init__(self, host: str, address: str, reason: str) -> None:
        kind = Phrase(f"errors.told.address.{reason}")
        told = Phrase("errors.told.address.refused", host=host, address=address, kind=kind)
        super().__init__("address-refused", told)
        self.address = address


class Egress(msgspec.Struct, frozen=True, kw_only=True):
    """Where calls may go. `allowed_networks` (CIDR) come on top of the public Internet.

    `anywhere` leaves the addresses unchecked: for calls to this node itself. `proxy_from_env`
    honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY. `tls` gives the context of a call; without it, the
    system's authorities are believed.
    """

    allowed_networks: tuple[str, ...] = ()
    anywhere: bool = False
    proxy_from_env: bool = False
    tls: Callable[[], ssl.SSLContext] | None = None
    max_connections: int = 1024
    user_agent: str = "faifo"


class _Place(NamedTuple):
    """A server: what stands before the path of a URL. `host` is without brackets."""

    tls: bool
    host: str
    port: int
    shown: str


class _Way(NamedTuple):
    """How a server is reached: by itself, or through a proxy with its credentials."""

    place: _Place
    proxy: _Place | None = None
    login: str = ""


class Session:
    """Calls over connections that are kept for a while; opened by `open_session`."""

    def __init__(self, egress: Egress, names: Names | None) -> None:
        self._egress = egress
        self._allowed = networks(egress.allowed_networks)
        self._names = names or Names()
        self._kept: defaultdict[_Way, list[Connection]] = defaultdict(list)
        self._open: set[Connection] = set()
        self._places = asyncio.Semaphore(egress.max_connections)
        self._waiting = 0
        self._sweeping: asyncio.TimerHandle | None = None
        self._agent = egress.user_agent

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection; what is under way breaks."""
        for connection in list(self._open):
            connection.close()
        if self._sweeping is not None:
            self._sweeping.cancel()
        await asyncio.sleep(0)  # the transports end in the loop's next turn

    async def call(
        self,
        method: str,
        url: str,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes | AsyncIterator[bytes] = b"",
        *,
        limits: Limits,
    ) -> Answer:
        """Send a request and return the answer when its fields are in; follows no redirect.

        A body of unknown length is sent in chunks.

        Raises:
            CallError: there was no answer, or the call may not be made.
        """
        place, path = _parted(url)
        way = self._way(place)
        target = f"http://{place.shown}{path}" if way.proxy and not place.tls else path
        own = [
            ("host", place.shown),
            ("user-agent", self._agent),
            # Without it any coding may come, and gzip alone is decoded here. RFC 9110 §12.5.3.
            ("accept-encoding", "identity"),
        ]
        if way.login and not place.tls:
            own.append(("proxy-authorization", way.login))
        chunked, head = _head(f"{method} {target} HTTP/1.1\r\n", own, headers, body)
        began = asyncio.get_running_loop().time()
        while True:
            connection, known = await self._connection(way, limits)
            answer = connection.call(head, body, limits, began, method=method, chunked=chunked)
            try:
                await answer.begun()
            except CallError as error:
                if known and error.repeat and method in IDEMPOTENT and isinstance(body, bytes):
                    continue
                raise
            except BaseException:
                answer.close()
                raise
            return answer

    def _way(self, place: _Place) -> _Way:
        if not self._egress.proxy_from_env:
            return _Way(place)
        from urllib.request import getproxies, proxy_bypass

        url = getproxies().get("https" if place.tls else "http")
        if not url or proxy_bypass(place.host):
            return _Way(place)
        reason = refusal(place.host, self._allowed)
        if reason not in {None, "none"} or _is_disguised(place.host):
            raise AddressRefusedError(place.host, place.host, reason or "none")
        parts = urlsplit(url if "://" in url else f"http://{url}")
        login = ""
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
            login = f"Basic {base64.b64encode(pair).decode()}"
        proxy, _ = _parted(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")
        return _Way(place, proxy, login)

    async def _connection(self, way: _Way, limits: Limits) -> tuple[Connection, bool]:
        """Return a connection for one call, and whether it has carried another."""
        kept, loop = self._kept[way], asyncio.get_running_loop()
        while kept:
            connection = kept.pop()
            if connection.free and loop.time() - connection.idle_since < KEPT_SECONDS:
                return connection, True
            connection.close()
        seconds = min((one for one in limits[::2] if one is not None), default=None)
        try:
            async with asyncio.timeout(seconds):
                await self._place()
                try:
                    return await self._dialled(way), False
                except BaseException:
                    self._places.release()
                    raise
        except TimeoutError:
            raise CallError("timeout", NO_ANSWER) from None

    async def _place(self) -> None:
        """Wait until there may be one connection more; one that is only kept gives way."""
        if self._places.locked():
            for one in self._open:
                if one.free:
                    one.close()
                    break
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1

    async def _dialled(self, way: _Way) -> Connection:
        place = way.place
        near = way.proxy or place
        open_socket = await self._socket(near, check=way.proxy is None)
        loop = asyncio.get_running_loop()
        connection = Connection(loop, partial(self._released, way), partial(self._lost, way))
        try:
            tunnel = way.proxy is not None and place.tls
            if tunnel:
                await _through(loop, open_socket, place, way.login)
            tls = near.tls if not tunnel else True
            await loop.create_connection(
                lambda: connection,
                sock=open_socket,
                ssl=(self._egress.tls or _authorities)() if tls else None,
                server_hostname=(place if tunnel else near).host if tls else None,
            )
        except (ssl.SSLError, ssl.CertificateError):
            open_socket.close()
            raise CallError("unreachable", NOT_ACCEPTED) from None
        except OSError as error:
            open_socket.close()
            raise CallError("unreachable", _os_reason(error)) from None
        except BaseException:
            open_socket.close()
            raise
        self._open.add(connection)
        return connection

    async def _socket(self, near: _Place, *, check: bool) -> socket.socket:
        """Return a socket that is connected to the first address of `near` that answers."""
        try:
            found = _literal(near) or await self._names.resolve(near.host, near.port)
        except NoPlaceError:
            raise CallError("unreachable", Phrase("errors.told.names.many")) from None
        except OSError:
            raise CallError("unreachable", UNRESOLVED) from None
        made: list[socket.socket] = []
        tries = [partial(self._tried, near.host, one, made, check=check) for one in found]
        got = None
        try:
            got, _, errors = await staggered_race(tries, NEXT_ADDRESS_SECONDS)
        finally:
            for other in made:
                if other is not got:
                    other.close()
        if got is not None:
            return cast(socket.socket, got)
        refused = [one for one in errors if isinstance(one, AddressRefusedError)]
        others = [one for one in errors if isinstance(one, OSError)]
        if others:
            raise CallError("unreachable", _os_reason(others[0])) from None
        raise refused[0] if refused else CallError("unreachable", UNRESOLVED)

    async def _tried(
        self, host: str, found: Found, made: list[socket.socket], *, check: bool
    ) -> socket.socket:
        address = str(found.address[0])
        if check and not self._egress.anywhere:
            reason = refusal(address, self._allowed)
            if reason is not None:
                raise AddressRefusedError(host, address, reason)
        tried = socket.socket(found.family, socket.SOCK_STREAM)
        made.append(tried)
        tried.setblocking(False)
        tried.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(tried, found.address)
        return tried

    def _released(self, way: _Way, connection: Connection) -> None:
        if self._waiting:
            connection.close()
            return
        self._kept[way].append(connection)
        if self._sweeping is None:
            loop = asyncio.get_running_loop()
            self._sweeping = loop.call_later(KEPT_SECONDS, self._sweep)

    def _lost(self, way: _Way, connection: Connection) -> None:
        if connection in self._open:
            self._open.remove(connection)
            self._places.release()
        kept = self._kept.get(way, [])
        if connection in kept:
            kept.remove(connection)
        if not kept:
            self._kept.pop(way, None)

    def _sweep(self) -> None:
        """Close what nobody has used for a while."""
        loop = asyncio.get_running_loop()
        for connection in list(self._open):
            if connection.free and loop.time() - connection.idle_since >= KEPT_SECONDS:
                connection.close()
        self._sweeping = loop.call_later(KEPT_SECONDS, self._sweep) if self._open else None


def open_session(egress: Egress, *, resolver: Names | None = None) -> Session:
    """Return a session for every outgoing call; no cookies, no redirects.

    The caller closes it, and sets the time limits call by call. Must run inside the event loop.
    """
    return Session(egress, resolver)


@lru_cache(maxsize=256)
def _placed(scheme: str, host: str, port: str | None) -> _Place:
    tls = scheme == "https"
    plain = host.strip("[]")
    number = int(port) if port else 443 if tls else 80
    if plain == host:
        try:
            plain = plain if plain.isascii() else plain.encode("idna").decode()
        except UnicodeError:
            plain = ""
    # Digits and dots that are no address: programs differ in what they read there.
    odd = plain.replace(".", "").isdigit() and _is_disguised(plain)
    if not plain or odd or not 0 < number < 65536:
        raise CallError("address")
    shown = f"[{plain}]" if plain != host and ":" in plain else plain
    return _Place(tls, plain, number, f"{shown}:{number}" if number != (80, 443)[tls] else shown)


def _parted(url: str) -> tuple[_Place, str]:
    """Return the server and the path with the query.

    What is encoded already stays as it is: an id may be `..` or hold %2F.

    Raises:
        CallError: it is no URL that can be called.
    """
    # Behind the slashes of the scheme; what stands before the path is the same call by call.
    at = url.find("/", 8)
    if at > 0 and "#" not in url and url.find("?", 8, at) < 0:
        place, path = _server(url[:at]), url[at:]
    else:
        place, path = _matched(url)
    return place, path if _READY.fullmatch(path) else quote(path, safe=_PRINTABLE)


def _matched(url: str) -> tuple[_Place, str]:
    match = _URL.fullmatch(url)
    if match is None:
        raise CallError("address")
    place = _placed(match[1].lower(), match[2].lower(), match[3])
    return place, match[4] if match[4].startswith("/") else f"/{match[4]}"


@lru_cache(maxsize=256)
def _server(url: str) -> _Place:
    return _matched(url)[0]


def _head(
    line: str,
    own: list[tuple[str, str]],
    headers: Iterable[tuple[str, str]],
    body: bytes | AsyncIterator[bytes],
) -> tuple[bool, bytes]:
    """Return whether the body goes in chunks, and the header section; `headers` win over `own`."""
    lines, given = [], set()
    for name, value in headers:
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise CallError("broken")
        given.add(name.lower())
        lines.append(f"{name}: {value}\r\n")
    first = [f"{name}: {value}\r\n" for name, value in own if name not in given]
    sized = "content-length" in given
    chunked = not sized and not isinstance(body, bytes)
    if chunked:
        lines.append("Transfer-Encoding: chunked\r\n")
    elif not sized and (body or line.startswith(("POST ", "PUT ", "PATCH "))):
        lines.append(f"Content-Length: {len(cast(bytes, body))}\r\n")
    text = "".join((line, *first, *lines, "\r\n"))
    try:
        return chunked, text.encode("latin-1")
    except UnicodeEncodeError:
        return chunked, text.encode()


async def _through(
    loop: asyncio.AbstractEventLoop, to: socket.socket, place: _Place, login: str
) -> None:
    """Ask the proxy at the other end for a tunnel (RFC 9110 §9.3.6)."""
    name = f"{place.shown}:443" if place.port == 443 else place.shown
    proof = f"Proxy-Authorization: {login}\r\n" if login else ""
    await loop.sock_sendall(to, f"CONNECT {name} HTTP/1.1\r\nHost: {name}\r\n{proof}\r\n".encode())
    told = b""
    while not told.endswith(b"\r\n\r\n"):
        byte = await loop.sock_recv(to, 1)  # nothing behind it may be taken
        told += byte
        if not byte or len(told) > 8192:
            raise CallError("unreachable", NO_CONNECTION)
    if not re.match(rb"HTTP/1\.[01] 2\d\d[ \r]", told):
        raise CallError("unreachable", NO_CONNECTION)


def _literal(place: _Place) -> list[Found]:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    try:
        socket.inet_pton(family, place.host)
    except OSError:
        return []
    return [Found(family, (place.host, place.port))]


@cache
def _authorities() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


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


def certificate_until(answer: Answer) -> datetime | None:
    """Return until when the certificate is good by which `answer` came, if there was one."""
    end = answer.certificate_until
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if end else None


def unreachable(error: CallError, *, who: str) -> UnreachableError:
    """Return the sentence for a call to `who` that failed; nothing of the request is in it."""
    return UnreachableError(who=who, reason=error.reason)


def _os_reason(error: OSError) -> Fact:
    """Return what the system says, without the address that asyncio puts into `strerror`."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else NO_CONNECTION
