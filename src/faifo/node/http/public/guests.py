"""`/p/guest/LINK`: somebody without a node sees the terms, agrees to them, and reads the data.

Part of the application of `persons`. The secret of the link is the only proof; a browser never gets
the data token. What comes back is other people's content: it is sent to be kept, and where a
browser shows it nevertheless, no script of it runs and nothing of this host is at hand.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from faifo.errors import ConflictError, FaifoError, NotFoundError, RefusedError
from faifo.node.exchange.negotiating import segment
from faifo.node.http.app import DATA_PATH, App
from faifo.node.http.pages.forms import read_form
from faifo.node.http.pages.rendering import HEADERS, chosen
from faifo.node.http.public.visitors import VisitorPages
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.offering.inviting import Guests, Shown, wrong
from faifo.phrases import LANGUAGES, spoken
from faifo.phrases.figures import local_moment, size
from faifo.policy.wording import terms_in_words
from faifo.store.records import SourceKind

GUEST: Final = "/guest"
DATA: Final = "/data"
# Fields of the guest's request that the data plane must not see, and of its answer that a browser
# must not: what belongs to this host's other pages.
_KEPT_BACK: Final = frozenset({b"authorization", b"cookie"})
_DROPPED: Final = frozenset({b"set-cookie", b"content-security-policy", b"clear-site-data"})
_ADDED: Final = [
    (name.lower().encode(), value.encode())
    for name, value in {
        **HEADERS,
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    }.items()
]


class GuestPages(VisitorPages):
    """The page of an invitation, and the way to its data."""

    def __init__(self, guests: Guests, data: App, *, node: str, prefix: str, url: str) -> None:
        super().__init__(node=node, prefix=prefix)
        self._guests = guests
        self._data = data
        self._path = prefix + DATA_PATH
        self._url = url

    def routes(self) -> list[Route]:
        where = f"{GUEST}/{{secret}}"
        return [
            Route(where, self._paced(self._page_of), methods=["GET"]),
            Route(where, self._paced(self._agree), methods=["POST"]),
            Route(where + DATA, app=self._guarded),
            Route(where + DATA + "/{rest:path}", app=self._guarded),
        ]

    async def _page_of(self, request: Request, lang: str) -> Response:
        return self._shown(await self._guests.seen(_secret(request)), request, lang)

    async def _agree(self, request: Request, lang: str) -> Response:
        form = await read_form(request)
        lang = form["lang"] if form.get("lang") in LANGUAGES else lang
        typed = {one: form.get(one, "") for one in ("name", "email")}
        troubles = wrong(**typed)
        if form.get("agreed") != "yes":
            troubles["agreed"] = "guest.tick"
        secret, why = _secret(request), ""
        if not troubles:
            try:
                await self._guests.agree(secret, version=form.get("version", ""), **typed)
            except (ConflictError, RefusedError) as error:
                why = error.sentence(lang)
            else:
                headers = {**HEADERS, "Location": f"?lang={quote(lang)}"}
                return Response(status=303, headers=headers)
        shown = await self._guests.seen(secret)
        status = 409 if why else 422
        return self._shown(
            shown, request, lang, status=status, typed=typed, troubles=troubles, why=why
        )

    def _shown(
        self,
        shown: Shown,
        request: Request,
        lang: str,
        *,
        status: int = 200,
        typed: dict[str, str] | None = None,
        troubles: dict[str, str] | None = None,
        why: str = "",
    ) -> Response:
        known, dataset = shown.invitation, shown.dataset
        left = "" if known.count is None else str(max(0, known.count - known.used))
        of_dataset = [
            ("description", dataset.description),
            ("licence", dataset.licence or ""),
            ("terms", terms_in_words(dataset.policy, lang)),
            ("size", size(dataset.source.size, lang)),
            ("sha256", dataset.source.digest or ""),
        ]
        # Who may not use it any more is told nothing of what has come under its name since.
        stands = shown.state in {"open", "agreed"}
        facts = [
            *(of_dataset if stands else ()),
            ("until", local_moment(known.until, lang)),
            ("left", left),
            ("contact", dataset.persons.contact if dataset.persons else ""),
            ("guest", f"{known.guest} ({known.email})" if known.agreed else ""),
        ]
        return self._page(
            "guest",
            lang,
            status,
            title=dataset.title if stands else dataset.id,
            state=shown.state,
            reasons=[spoken(one, lang) for one in shown.reasons],
            facts=[(name, value) for name, value in facts if value],
            typed=typed or {"name": "", "email": ""},
            troubles=troubles or {},
            why=why,
            version=shown.version,
            service=dataset.source.kind is SourceKind.HTTP,
            file=dataset.source.digest is not None,
            here=f"{self._facts['root']}{GUEST}/{quote(_secret(request), safe='')}{DATA}",
            url=f"{self._url}/p{GUEST}/{quote(_secret(request), safe='')}{DATA}",
        )

    async def _forward(self, request: Request, scope: Any, receive: Any, send: Any) -> None:
        """Have the data plane answer, as to any consumer."""
        secret = _secret(request)
        _, _, rest = scope["raw_path"].partition(f"/{secret}{DATA}".encode())
        way = await self._guests.use(secret, counts=request.method not in {"HEAD", "OPTIONS"})
        path = f"{self._path}/{segment(way.transfer)}"
        headers = [pair for pair in scope["headers"] if pair[0] not in _KEPT_BACK]
        onward = {
            **scope,
            "path": path,
            "raw_path": path.encode() + rest.partition(b"?")[0],
            "headers": [*headers, (b"authorization", f"Bearer {way.token}".encode())],
        }

        async def sheltered(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _sheltered(message.get("headers", ()))}
            await send(message)

        try:
            await self._data(onward, receive, sheltered)
        finally:
            await self._guests.used(way)

    async def _guarded(self, scope: Any, receive: Any, send: Any) -> None:
        """Forward, or answer with a page that says why not."""
        request, lang = Request(scope), chosen(Request(scope))
        answer = self._too_often(request, lang)
        if answer is None:
            try:
                await self._forward(request, scope, receive, send)
                return
            except NotFoundError:
                answer = self._page("nothing", lang, 404, what="unknown")
            except ConflictError:
                answer = self._shown(
                    await self._guests.seen(_secret(request)), request, lang, status=409
                )
            except FaifoError:
                answer = self._page("nothing", lang, 503, what="later")
        await answer(scope, receive, send)


def _secret(request: Request) -> str:
    return str(request.path_params["secret"])


def _sheltered(headers: Any) -> list[tuple[bytes, bytes]]:
    added = dict(_ADDED)
    kept = [pair for pair in headers if pair[0].lower() not in _DROPPED | added.keys()]
    if not any(name.lower() == b"content-disposition" for name, _ in kept):
        kept.append((b"content-disposition", b"attachment"))
    return [*kept, *_ADDED]
