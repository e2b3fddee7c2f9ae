"""What a participant looks like from here: its own DID document, version document and callbacks.

Nothing but the participant's DID says where to look: its did:web URL, and the DataService that the
document there names, which must be at the same origin. Calls keep the node's address rules, follow
no redirect, carry no token, and end together after `SECONDS`. The report holds counts, statuses
and our own sentences; nothing of what the host answered but the versions that it speaks, and no
address that a name led to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec

from faifo import clock
from faifo.api.node import ProbeCheck, ProbeReport, Versions
from faifo.dataplane.egress import NOT_ACCEPTED
from faifo.errors import (
    FaifoError,
    MalformedMessageError,
    NotProvenError,
    PeerError,
    RefusedError,
    UnreachableError,
)
from faifo.messages.dsp_2025_1.version import ProtocolVersions
from faifo.messages.dsp_2025_1.wire import VERSION
from faifo.node.delivery.peer_answer import PeerAnswer
from faifo.node.outward.outgoing import Outgoing
from faifo.node.outward.service_addresses import VERSION_PATH, version_url
from faifo.trust.did import CAPABILITY_INVOCATION, DidDocument, did_web_url, read_did_document
from faifo.trust.self_issued import UnverifiedToken

PATH: Final = "/faifo/v1/probe"
# Less than the 10 s that the asker waits, unless told otherwise.
SECONDS: Final = 8.0
# Tokens forgive 30 s; what is near that will fail soon.
CLOCK_SECONDS: Final = 20
NOBODY: Final = "/negotiations/urn:uuid:nonexistent"

Place = Literal["document", "version", "callback", "clock"]


class _Found(Exception):  # noqa: N818
    """Why looking at one thing ended: the fault's code and sentence."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.code, self.text = code, text


class Probing:
    """Looks at participants, by this node's own way out."""

    def __init__(self, outgoing: Outgoing, *, allow_http: bool) -> None:
        self._outgoing = outgoing
        self._allow_http = allow_http

    async def look(
        self, did: str, *, token: UnverifiedToken | None, ahead: int | None, left: float = SECONDS
    ) -> ProbeReport:
        """Return how `did` is seen; `token` is the one it came with, `left` the seconds to use."""
        look = _Look(self._outgoing, did, token=token, allow_http=self._allow_http)
        await look.all(min(left, SECONDS))
        return look.seen(ahead)


class _Look:
    """One look at one participant, step after step; it ends with the first step that fails."""

    def __init__(
        self, outgoing: Outgoing, did: str, *, token: UnverifiedToken | None, allow_http: bool
    ) -> None:
        self._outgoing = outgoing
        self._did = did
        self._token = token
        self._allow_http = allow_http
        self._checks: list[ProbeCheck] = []
        self._facts: dict[str, object] = {}
        self._endpoint = self._base = ""
        self._status: int | None = None

    async def all(self, seconds: float) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        steps: tuple[tuple[Place, Callable[[], Awaitable[None]]], ...] = (
            ("document", self._document),
            ("version", self._version),
            ("callback", self._callback),
        )
        for place, step in steps:
            if not await self._step(place, step, deadline):
                return

    def seen(self, ahead: int | None) -> ProbeReport:
        checks = list(self._checks)
        if ahead is not None:
            apart = abs(ahead) > CLOCK_SECONDS
            text = f"the caller's clock and this one are {abs(ahead)} s apart" if apart else ""
            code = "clock-apart" if apart else ""
            checks.append(ProbeCheck(check="clock", good=not apart, code=code, text=text))
        return msgspec.convert(
            {
                "participant": self._did,
                "at": clock.now(),
                "checks": tuple(checks),
                "clock_seconds": ahead,
                **self._facts,
            },
            ProbeReport,
        )

    async def _step(
        self, place: Place, step: Callable[[], Awaitable[None]], deadline: float
    ) -> bool:
        begun = clock.monotonic()
        self._status = None
        found: _Found | None = None
        try:
            async with asyncio.timeout_at(deadline):
                await step()
        except _Found as fault:
            found = fault
        except TimeoutError:
            found = _Found(f"{place}-slow", "no answer within the time that a probe has")
        self._checks.append(
            ProbeCheck(
                check=place,
                good=found is None,
                code=found.code if found else "",
                text=found.text if found else "",
                status=self._status,
                ms=round((clock.monotonic() - begun) * 1000),
            )
        )
        return found is None

    async def _document(self) -> None:
        try:
            url = did_web_url(self._did, allow_http=self._allow_http)
        except MalformedMessageError:
            raise _Found(
                "document-did", "the DID is no did:web name that can be looked up"
            ) from None
        answer = await self._get(url, "document")
        if answer.certificate_until is not None:
            self._facts["certificate_until"] = answer.certificate_until
        self._expect(answer, "document", 200)
        try:
            document = read_did_document(answer.body, did=self._did)
        except NotProvenError as error:
            # What stands there is the host's; only which check failed is told.
            if error.step.endswith("step 4"):
                raise _Found("document-other", "the document there is of another DID") from None
            raise _Found(
                "document-unreadable", "what is there cannot be read as a DID document"
            ) from None
        self._facts["keys"] = len(document.methods)
        self._check_key(document)
        self._endpoint = _endpoint(document, url)

    def _check_key(self, document: DidDocument) -> None:
        token = self._token
        if token is None:
            return
        try:
            key = document.method(str(token.header.get("kid")), CAPABILITY_INVOCATION)
            key.verify(token.signature, token.signed_part)
        except NotProvenError:
            self._facts["token_key"] = False
            raise _Found(
                "document-key", "the key that signed this call does not stand in the document"
            ) from None
        self._facts["token_key"] = True

    async def _version(self) -> None:
        answer = await self._get(self._endpoint, "version")
        self._expect(answer, "version", 200)
        try:
            entries = msgspec.json.decode(answer.body, type=ProtocolVersions).protocol_versions
            spoken = [entry.version for entry in entries]
            self._facts["versions"] = msgspec.convert(spoken, Versions)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise _Found(
                "version-unreadable", "what is there cannot be read as a version document"
            ) from None
        for entry in entries:
            if entry.version == VERSION:
                path = entry.path.strip("/")
                root = self._endpoint.removesuffix(VERSION_PATH)
                self._base = f"{root}/{path}" if path else root
                return
        raise _Found("version-none", f"the version document does not name {VERSION}")

    async def _callback(self) -> None:
        url = f"{self._base}{NOBODY}"
        if not _plain(url):
            raise _Found("version-unreadable", "the version document names a path that is none")
        self._expect(await self._get(url, "callback"), "callback", 404, 401)

    async def _get(self, url: str, place: Place) -> PeerAnswer:
        try:
            answer = await self._outgoing.get(url, who=self._did)
        except UnreachableError as error:
            kind = "tls" if error.reason == NOT_ACCEPTED else "unreachable"
            raise _Found(f"{place}-{kind}", f"{url} cannot be reached: {error.reason}") from None
        except RefusedError:
            # Which address the name led to is this network's matter.
            raise _Found(
                f"{place}-refused", f"the rules of this node do not let it call {url}"
            ) from None
        except PeerError:
            raise _Found(f"{place}-too-large", f"the answer of {url} is too large") from None
        except FaifoError:
            raise _Found(f"{place}-unreachable", f"{url} cannot be called") from None
        self._status = answer.status
        return answer

    def _expect(self, answer: PeerAnswer, place: Place, *expected: int) -> None:
        if answer.status not in expected:
            wanted = " or ".join(map(str, expected))
            raise _Found(f"{place}-status", f"it answered {answer.status}; expected {wanted}")


def _endpoint(document: DidDocument, url: str) -> str:
    """Return the URL of the version document, which is where the DID is or nowhere."""
    endpoint = version_url(document)
    if endpoint is None:
        raise _Found("endpoint-missing", "the document names no DataService of DSP")
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}/"
    # By text: a URL that begins so, up to the slash, is read alike by every parser.
    if not endpoint.lower().startswith(origin.lower()) or not _plain(endpoint):
        raise _Found(
            "endpoint-elsewhere", "the DataService is at another host or port than the DID"
        )
    return endpoint


def _plain(url: str) -> bool:
    return (
        url.isascii() and url.isprintable() and len(url) < 2048 and not set(url) & set(' \\?#@"<>')
    )
