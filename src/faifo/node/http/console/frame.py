"""The console: who gets in, which page it is, its form, its JSON twin, and what went wrong.

It serves one origin: another Host is refused, so that no site can lead its own name here, and a
form is taken only from a page of this very origin and session. Pages ask the API in this process,
with the rights of whoever looks: none does what the API would not.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from faifo import clock
from faifo.api.datasets import UPLOAD_FILE
from faifo.errors import FaifoError, TooLargeError
from faifo.node.http.console.sessions import SESSION, Opened, Sessions
from faifo.node.http.console.visit import (
    ROOT,
    Facts,
    IncompleteError,
    Place,
    Visit,
    root,
    stand,
    to,
)
from faifo.node.http.manage.keys import Holder
from faifo.node.http.manage.management import Management, allowed
from faifo.node.http.manage.stream import Stream, bells
from faifo.node.http.pages.forms import WITH_FILE, kind_of, read_form, read_with_files
from faifo.node.http.pages.pace import Pace
from faifo.node.http.pages.rendering import HEADERS, SCRIPT, STYLE, asset, chosen, page
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.offering.uploads import Uploads
from faifo.node.people.accounts import Accounts
from faifo.node.people.passkeys import Passkeys, Site, not_proven
from faifo.node.watching import tracing
from faifo.phrases import LANGUAGES, say
from faifo.store.records import PersonRole

HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})
LOGIN: Final = f"{ROOT}/login"
EVERYBODY: Final = frozenset(PersonRole)
TOLD: Final = {
    # With no-referrer a browser would not say either from where a form comes (Fetch §3.2).
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        HEADERS["Content-Security-Policy"] + "; script-src 'self'; connect-src 'self'"
    ),
}

Endpoint = Callable[[Request], Awaitable[Response]]


class _ForgedError(Exception):
    """A form that was not on a page of this session."""


class Console:
    """The pages, for one origin; an empty one is this machine's, by any loopback name."""

    def __init__(
        self,
        places: Sequence[Place],
        *,
        management: Management,
        accounts: Accounts,
        passkeys: Passkeys,
        uploads: Uploads,
        sessions: Sessions,
        stream: Stream,
        node: str,
        origin: str = "",
    ) -> None:
        self._places = places
        self._management = management
        self._accounts = accounts
        self._passkeys = passkeys
        self._uploads = uploads
        self._sessions = sessions
        self._stream = stream
        self._node = node
        self._origin = "://".join(urlsplit(origin)[:2]) if origin else ""
        self._pace = Pace(burst=10, per_minute=10, all_per_minute=120)

    def routes(self) -> list[Route]:
        def fixed(name: str) -> Route:
            async def endpoint(_: Request) -> Response:
                return asset(name)

            return Route(f"{ROOT}/{name}", endpoint, methods=["GET"])

        return [
            *map(fixed, (STYLE, SCRIPT)),
            Route(f"{ROOT}/events", self._at_home(self._events), methods=["GET"]),
            Route(LOGIN, self._at_home(self._login), methods=["GET", "POST"]),
            Route(f"{ROOT}/logout", self._at_home(self._logout), methods=["POST"]),
            *(self._route(one) for one in self._places),
        ]

    def _route(self, place: Place) -> Route:
        async def endpoint(request: Request) -> Response:
            opened = await self._session(request)
            if opened is None:
                return self._login_page(request, 401)
            lang = request.query_params.get("lang", "")
            opened.lang = lang if lang in LANGUAGES else opened.lang or chosen(request)
            tracing.note(key=f"console {opened.holder.name}".strip())
            visit = Visit(
                *(request, self._management, self._uploads),
                holder=opened.holder,
                lang=opened.lang,
            )
            if opened.by and (site := self._site(request)):
                visit.passkeys = _Own(
                    self._passkeys, self._sessions, self._accounts, site, opened.holder.name
                )
            if request.method == "POST":
                return await self._sent(place, visit)
            return await self._shown(place, visit)

        methods = ["GET", "POST"] if place.act else ["GET"]
        return Route(ROOT + place.path, self._at_home(endpoint), methods=methods)

    async def _events(self, request: Request) -> Response:
        """Ring whenever there is something new; pages that are open look again."""
        if await self._session(request) is None:
            return Response(status=401, headers=HEADERS)
        return await self._stream.follow(request.headers.get("last-event-id"), bells)

    # ── a page, and a form ───────────────────────────────────────────────────────────────────

    async def _shown(self, place: Place, visit: Visit, status: int = 200) -> Response:
        try:
            facts = await place.show(visit)
        except FaifoError as error:
            facts = {"why": error.sentence(visit.lang)}
            return self._page("console/trouble", place, visit, facts, status=error.http_status)
        if visit.query("as") == "json" and status < 300:
            content = msgspec.json.format(msgspec.json.encode(visit.asked), indent=2)
            return Response(content, media_type="application/json", headers=HEADERS)
        if "download" in facts:
            name, media_type, content = facts["download"]
            told = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
            return Response(content, media_type=media_type, headers=told)
        if visit.query("as") == "csv" and "csv" in facts:
            told = {**HEADERS, "Content-Disposition": 'attachment; filename="faifo.csv"'}
            # Spreadsheets take a CSV without a mark for the encoding of their machine.
            content = "\ufeff" + facts["csv"]
            return Response(content, media_type="text/csv; charset=utf-8", headers=told)
        return self._page(place.template, place, visit, facts, status=status)

    async def _sent(self, place: Place, visit: Visit) -> Response:
        assert place.act is not None  # noqa: S101 - the route has no POST otherwise
        try:
            if kind_of(visit.request) == WITH_FILE:
                await self._take(place, visit)
            else:
                visit.form = await read_form(visit.request)
                self._check(visit.request, visit.form)
            where = await place.act(visit)
        except _ForgedError:
            return self._closed(visit.request, "elsewhere", 403)
        except IncompleteError as incomplete:
            visit.wrong = {name: visit.say(key) for name, key in incomplete.wrong.items()}
            return await self._shown(place, visit, 422)
        except FaifoError as error:
            visit.trouble = error.sentence(visit.lang)
            return await self._shown(place, visit, error.http_status)
        if visit.told:  # it is told this once
            visit.form = {}
            return await self._shown(place, visit, 201)
        return _go(where) if where else await self._shown(place, visit)

    async def _take(self, place: Place, visit: Visit) -> None:
        """Keep the files of a form, whose mark has come before them, or only read the first."""

        async def take(fields: Mapping[str, str], name: str, parts: AsyncIterator[bytes]) -> None:
            self._check(visit.request, fields)
            if place.reads:
                content = b""
                async for part in parts:
                    content += part
                    if len(content) > place.reads:
                        raise TooLargeError(what=name[:100], limit=place.reads)
                visit.file = visit.file or (name[:100], content)
                return
            allowed(visit.holder, UPLOAD_FILE)
            visit.upload = await self._uploads.take(name, parts, beside=visit.upload)

        visit.form, _ = await read_with_files(visit.request, take)
        self._check(visit.request, visit.form)

    def _check(self, request: Request, form: Mapping[str, str]) -> None:
        """Let a form pass that comes from a page of this session."""
        if not self._sessions.is_own(_cookie(request), form.get("mark", "")):
            raise _ForgedError

    def _page(
        self, template: str, place: Place, visit: Visit, facts: Facts, *, status: int
    ) -> Response:
        asked = {**visit.request.query_params, **visit.request.path_params}
        names = defaultdict(lambda: "…", {n: shlex.quote(text) for n, text in asked.items()})
        return page(
            template,
            visit.lang,
            status=status,
            headers=TOLD,
            section="console",
            node=self._node,
            root=root(),
            visit=visit,
            under=place.under,
            live=place.live and status == 200,
            command=place.command.format_map(names),
            mark=self._sessions.form_mark(_cookie(visit.request)),
            now=clock.now(),
            **facts,
        )

    # ── who looks ────────────────────────────────────────────────────────────────────────────

    async def _session(self, request: Request) -> Opened | None:
        """Return the session, if it is open and its account, if it has one, still stands."""
        cookie = _cookie(request)
        opened = self._sessions.find(cookie)
        if opened is None or opened.by is None:
            return opened
        role = await self._accounts.role(opened.holder.name, opened.by)
        if role is None:
            self._sessions.log_out(cookie)
            return None
        opened.holder = Holder(opened.holder.name, role)
        return opened

    async def _login(self, request: Request) -> Response:
        if request.method == "GET":
            token = request.query_params.get("token")
            opened = self._sessions.log_in(token) if token is not None else None
            if opened:
                return self._open(request, opened)
            return self._login_page(request, 401 if token is not None else 200)
        form = await read_form(request)
        caller = request.client.host if request.client else ""
        if not self._pace.admits(caller, clock.monotonic()):
            why = say("console.login.often", chosen(request))
            return self._login_page(request, 429, form.get("person", ""), why)
        name = form.get("person", "")
        try:
            holder, by = await self._present(request, form)
        except FaifoError as error:
            why = error.sentence(chosen(request))
            return self._login_page(request, error.http_status, name, why)
        self._sessions.log_out(_cookie(request))
        return self._open(request, self._sessions.open(holder, by), form.get("next", ""))

    async def _present(
        self, request: Request, form: Mapping[str, str]
    ) -> tuple[Holder, str | bytes]:
        """Return who has proven to be there, and by what: a passkey, or the key of a passphrase."""
        if answer := form.get("passkey"):
            site, challenge = self._site(request), form.get("challenge", "")
            if site is None or not self._sessions.answers(challenge):
                raise not_proven()
            account, passkey = await self._passkeys.present(site, challenge.encode(), answer)
            return Holder(account.name, account.role), passkey
        name, passphrase = form.get("person", ""), form.get("passphrase", "")
        present = await self._accounts.present(name, passphrase, roles=EVERYBODY)
        who = present.signatory
        return Holder(who.name, PersonRole(who.role)), who.public_key

    def _site(self, request: Request) -> Site | None:
        """Return what passkeys are for here; None where there are none, as by a mere address."""
        host = request.site.hostname or ""
        named = host == "localhost" or not (host.replace(".", "").isdigit() or ":" in host)
        return Site(host, self._own(request)) if self._passkeys.can and named else None

    def _login_page(
        self, request: Request, status: int, person: str = "", why: str = ""
    ) -> Response:
        after = request.query_params.get("next", "")
        if not after and request.method == "GET" and request.path != LOGIN:
            after = root() + request.path.removeprefix(ROOT)
        site, challenge = self._site(request), self._sessions.challenge()
        asked = self._passkeys.to_log_in(site, challenge.encode()) if site else ""
        facts = {"person": person, "why": why, "after": after}
        told = {**facts, "passkey": asked, "challenge": challenge}
        return self._bare(request, "console/login", status, **told)

    def _open(self, request: Request, session: str, after: str = "") -> Response:
        answer = _go(after if after == root() or after.startswith(f"{root()}/") else root())
        secure = self._origin.startswith("https:")
        if opened := self._sessions.find(session):
            opened.lang = chosen(request)  # as the form was read
        age, path = int(SESSION.total_seconds()), root()
        answer.set_cookie(
            _name(request),
            session,
            seconds=age,
            path=path,
            secure=secure,
        )
        return answer

    async def _logout(self, request: Request) -> Response:
        cookie = _cookie(request)
        form = await read_form(request)
        if self._sessions.is_own(cookie, form.get("mark", "")):
            self._sessions.log_out(cookie)
        return _go(to("login"))

    # ── where it is asked ────────────────────────────────────────────────────────────────────

    def _at_home(self, serve: Endpoint) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            stand(request.scope)
            if not self._is_home(request):
                return self._closed(request, "elsewhere", 421)
            if request.method == "POST" and request.headers.get("origin") != self._own(request):
                return self._closed(request, "elsewhere", 403)
            try:
                return await serve(request)
            except FaifoError as error:
                why = error.sentence(chosen(request))
                return self._login_page(request, error.http_status, why=why)

        return endpoint

    def _is_home(self, request: Request) -> bool:
        """Tell whether the browser was sent here by the name that this is (DNS rebinding)."""
        host: str = request.headers.get("host", "")
        if self._origin:
            return host == urlsplit(self._origin).netloc
        try:
            return urlsplit(f"//{host}").hostname in HOSTS
        except ValueError:
            return False

    def _own(self, request: Request) -> str:
        return self._origin or f"http://{request.headers.get('host', '')}"

    def _closed(self, request: Request, what: str, status: int) -> Response:
        return self._bare(request, "console/closed", status, what=what)

    def _bare(self, request: Request, template: str, status: int, **facts: Any) -> Response:
        """Return a page that says nothing of this node."""
        return page(
            template,
            chosen(request),
            status=status,
            headers=TOLD,
            section="console",
            node="Faifo",
            root=root(),
            **facts,
        )


class _Own:
    """The passkeys of whoever looks, for the place where they look."""

    def __init__(
        self, passkeys: Passkeys, sessions: Sessions, accounts: Accounts, site: Site, name: str
    ) -> None:
        self._passkeys, self._sessions, self._accounts = passkeys, sessions, accounts
        self._site, self._name = site, name

    async def asked(self) -> tuple[str, str]:
        """Return what a browser needs to make one, and the challenge in it."""
        challenge = self._sessions.challenge()
        asked = await self._passkeys.to_add(self._site, self._name, challenge.encode())
        return asked, challenge

    async def add(self, challenge: str, answer: str, passphrase: str) -> None:
        """Keep one; it outlasts the session, so that a screen left open is not enough."""
        await self._accounts.present(self._name, passphrase, roles=EVERYBODY)
        if not self._sessions.answers(challenge):
            raise not_proven()
        await self._passkeys.add(self._site, self._name, challenge.encode(), answer)


def _go(where: str) -> Response:
    return Response(status=303, headers={**HEADERS, **TOLD, "Location": where})


def _name(request: Request) -> str:
    return f"faifo-console-{request.site.port or request.site.scheme}"


def _cookie(request: Request) -> str:
    return request.cookies.get(_name(request), "")
