"""The node's page: what came, what waits for a person, what was decided and read today.

It serves the machine that the node runs on: another Host than a loopback name is refused, so that
no site can lead its own name here, and a form is taken only from a page of this very origin.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from faifo import clock
from faifo.errors import FaifoError
from faifo.node.http.pages.forms import read_form
from faifo.node.http.pages.rendering import HEADERS, STYLE, chosen, page, style
from faifo.node.http.staff.sessions import SESSION, Sessions
from faifo.node.people.reviews import REJECT, UPHOLD, Opinion, Reviews
from faifo.node.people.telling import moment
from faifo.node.showing.today import today
from faifo.phrases import LANGUAGES, say
from faifo.store.contract import Store
from faifo.store.records import ReviewState

HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})
ROOT: Final = "/page"
LOGIN: Final = f"{ROOT}/login"

# With no-referrer a browser would not say either from where a form comes (Fetch §3.2).
TOLD: Final = {"Referrer-Policy": "same-origin"}

Endpoint = Callable[[Request, str], Awaitable[Response]]


class StaffPages:
    """The pages; `node` is what this organisation is called."""

    def __init__(
        self, *, store: Store, reviews: Reviews, sessions: Sessions, node: str, did: str
    ) -> None:
        self._store = store
        self._reviews = reviews
        self._sessions = sessions
        self._facts: dict[str, Any] = {"node": node, "root": ROOT, "did": did}

    def routes(self) -> list[Route]:
        async def sheet(_: Request) -> Response:
            return style()

        return [
            Route(f"{ROOT}/{STYLE}", sheet, methods=["GET"]),
            Route(LOGIN, self._guarded(self._login, session=False), methods=["GET"]),
            Route(ROOT, self._guarded(self._today), methods=["GET"]),
            Route(f"{ROOT}/reviews/{{id}}", self._guarded(self._review), methods=["GET"]),
            Route(f"{ROOT}/reviews/{{id}}", self._guarded(self._decide), methods=["POST"]),
            Route(f"{ROOT}/logout", self._guarded(self._logout), methods=["POST"]),
        ]

    def _guarded(
        self, serve: Endpoint, *, session: bool = True
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            lang = chosen(request)
            if not _at_home(request):
                return self._page("nothing", lang, 421, what="elsewhere")
            if session and not self._sessions.knows(_session(request)):
                return self._page("nothing", lang, 401, what="login")
            if request.method == "POST" and request.headers.get("origin") != _origin(request):
                return self._page("nothing", lang, 403, what="elsewhere")
            try:
                return await serve(request, lang)
            except FaifoError as error:
                why = error.sentence(lang)
                return self._page("trouble", lang, error.http_status, why=why)

        return endpoint

    def _page(self, name: str, lang: str, status: int = 200, **facts: Any) -> Response:
        return page(name, lang, status=status, headers=TOLD, **self._facts, **facts)

    async def _login(self, request: Request, lang: str) -> Response:
        opened = self._sessions.log_in(request.query_params.get("token", ""))
        if opened is None:
            return self._page("nothing", lang, 401, what="login")
        answer = Response(status_code=303, headers={**HEADERS, "Location": f"{ROOT}?lang={lang}"})
        answer.set_cookie(
            _cookie(request),
            opened,
            max_age=int(SESSION.total_seconds()),
            path=ROOT,
            httponly=True,
            samesite="strict",
        )
        return answer

    async def _logout(self, request: Request, lang: str) -> Response:
        self._sessions.log_out(_session(request))
        return self._page("nothing", lang, what="login")

    async def _today(self, request: Request, lang: str) -> Response:  # noqa: ARG002
        now = clock.now()
        found = await self._store.read(lambda tx: today(tx, now, lang))
        return self._page(
            "today",
            lang,
            found=found,
            moment=moment,
            seconds=lambda span: "" if span is None else f"{span:.1f} s",
            hour=lambda at: f"{at:%H:%M}",
            kind=lambda name: say(f"person.kind.{name}", lang),
            place=lambda name: f"{ROOT}/reviews/{quote(name, safe=':')}?lang={lang}",
        )

    async def _review(self, request: Request, lang: str) -> Response:
        return await self._shown(request.path_params["id"], lang)

    async def _shown(
        self, name: str, lang: str, *, status: int = 200, trouble: str = "", **typed: str
    ) -> Response:
        shown = await self._store.read(lambda tx: self._reviews.show(tx, name, lang))
        review = shown.review
        return self._page(
            "review",
            lang,
            status,
            shown=shown,
            is_open=review.state is ReviewState.OPEN,
            state=review.state.value,
            decided=moment(review.decided) if review.decided else "",
            trouble=trouble,
            typed={"person": "", "reason": "", "outcome": "", **typed},
        )

    async def _decide(self, request: Request, lang: str) -> Response:
        name, form = request.path_params["id"], await read_form(request)
        lang = form["lang"] if form.get("lang") in LANGUAGES else lang
        given = {one: form.get(one, "") for one in ("person", "reason", "outcome")}
        if given["outcome"] not in {UPHOLD, REJECT} or not all(given.values()):
            trouble = say("person.page.review.incomplete", lang)
            return await self._shown(name, lang, status=422, trouble=trouble, **given)
        opinion = Opinion(
            passphrase=form.get("passphrase", ""),
            shown_sha256=form.get("shown_sha256", ""),
            lang=lang,
            **given,
        )
        try:
            await self._reviews.decide(name, opinion)
        except FaifoError as error:
            trouble = error.sentence(lang)
            return await self._shown(name, lang, status=error.http_status, trouble=trouble, **given)
        return Response(status_code=303, headers={**HEADERS, "Location": f"?lang={lang}"})


def _at_home(request: Request) -> bool:
    """Tell whether the browser was sent here by a name of this machine (DNS rebinding)."""
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname in HOSTS
    except ValueError:
        return False


def _origin(request: Request) -> str:
    return f"http://{request.headers.get('host', '')}"


def _cookie(request: Request) -> str:
    return f"faifo-page-{request.url.port or 80}"


def _session(request: Request) -> str:
    return request.cookies.get(_cookie(request), "")
