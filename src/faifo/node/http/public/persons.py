"""`/p/REF` and `/p/report`: for people without an account, on a telephone.

An application of its own: it has no cookie, no script, no key and no way to the API; all that it
can do are the two ports below. Without a cookie a browser adds nothing to a request that somebody
else's page makes it send, so there is nothing to forge: who can send the form knows the reference
anyway. A reference that is wrong, malformed or no longer kept gets the same bytes, and counts the
same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import quote

from faifo.errors import BusyError, ConflictError, NotFoundError
from faifo.node.http.pages.forms import read_form
from faifo.node.http.pages.rendering import STYLE, asset
from faifo.node.http.public.visitors import VisitorPages
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.people import telling
from faifo.node.people.deciding import Seen
from faifo.node.people.reviews import OBJECTION, REVIEW
from faifo.phrases import LANGUAGES, Phrase
from faifo.phrases.figures import local_moment
from faifo.store.records import Review, ReviewState

MOST: Final = 4000
KINDS: Final = (OBJECTION, REVIEW)
DATA: Final = frozenset({"person.fact.figures", "person.fact.answer"})


class Decisions(Protocol):
    """What the holder of a reference may see and do."""

    async def seen(self, reference: str) -> Seen: ...
    async def object(self, reference: str, kind: str, text: str) -> Review: ...


class Reports(Protocol):
    """Where a report of the public goes: it is held for a person, and acts on nothing."""

    async def report_from_public(self, fields: Mapping[str, str]) -> str:
        """Keep a report, and return its number; raises BusyError where too many come."""


class PersonPages(VisitorPages):
    """The pages."""

    def __init__(self, decisions: Decisions, reports: Reports, *, node: str, prefix: str) -> None:
        super().__init__(node=node, prefix=prefix)
        self._decisions = decisions
        self._reports = reports

    def routes(self) -> list[Route]:
        async def sheet(_: Request) -> Response:
            return asset(STYLE)

        return [
            Route(f"/{STYLE}", sheet, methods=["GET"]),
            Route("/report", self._paced(self._report_form), methods=["GET"]),
            Route("/report", self._paced(self._report), methods=["POST"]),
            Route("/{reference}", self._paced(self._decision), methods=["GET"]),
            Route("/{reference}", self._paced(self._object), methods=["POST"]),
            Route("/{rest:path}", self._paced(self._nothing), methods=["GET", "POST"]),
        ]

    async def _nothing(self, request: Request, lang: str) -> Response:  # noqa: ARG002
        raise NotFoundError(what="", name="")

    # ── a decision ───────────────────────────────────────────────────────────────────────────

    async def _decision(self, request: Request, lang: str) -> Response:
        seen = await self._decisions.seen(request.path_params["reference"])
        return self._shown(seen, lang)

    async def _object(self, request: Request, lang: str) -> Response:
        reference = request.path_params["reference"]
        form = await read_form(request)
        lang = form["lang"] if form.get("lang") in LANGUAGES else lang
        kind, text = form.get("kind", ""), form.get("text", "")
        if kind not in KINDS or not text or len(text) > MOST:
            seen = await self._decisions.seen(reference)
            trouble = "object.long" if len(text) > MOST else "object.empty"
            return self._shown(seen, lang, status=422, trouble=trouble, typed=text)
        try:
            await self._decisions.object(reference, kind, text)
        except (BusyError, ConflictError):
            seen = await self._decisions.seen(reference)
            return self._shown(seen, lang, status=429, trouble="object.waits", typed=text)
        return _back(lang)

    def _shown(
        self, seen: Seen, lang: str, *, status: int = 200, trouble: str = "", typed: str = ""
    ) -> Response:
        decision = seen.decision
        over = decision.reversed_at is not None or seen.full
        if trouble and over:
            # The page was open since before: it says that, and asks for nothing.
            status, trouble = 409, ""
        waits = any(one.state is ReviewState.OPEN for one in seen.reviews)
        return self._page(
            "decision",
            lang,
            status,
            facts=[
                (name, value, isinstance(name, Phrase) and name.key in DATA)
                for name, value in telling.lines(decision, lang)
            ],
            reviews=[
                {
                    "kind": Phrase(f"person.kind.{one.kind}"),
                    "state": one.state.value,
                    "at": local_moment(one.at, lang),
                    "decided": local_moment(one.decided, lang) if one.decided else "",
                    "text": one.text,
                    "person": one.person,
                    "reason": one.reason,
                }
                for one in seen.reviews
            ],
            reversed_at=local_moment(at, lang) if (at := decision.reversed_at) else "",
            may_object=not over and (bool(trouble) or not waits),
            full=seen.full and decision.reversed_at is None and not waits,
            link=_is_link,
            trouble=trouble,
            typed=typed[:MOST],
            most=MOST,
        )

    # ── a report of trouble with an AI system ────────────────────────────────────────────────

    async def _report_form(self, request: Request, lang: str) -> Response:  # noqa: ARG002
        typed = {"system": "", "text": "", "reporter": ""}
        return self._page("report", lang, trouble="", typed=typed, most=MOST)

    async def _report(self, request: Request, lang: str) -> Response:
        form = await read_form(request)
        lang = form["lang"] if form.get("lang") in LANGUAGES else lang
        typed = {name: form.get(name, "") for name in ("system", "text", "reporter")}
        long = len(typed["text"]) > MOST or max(map(len, typed.values())) > MOST
        if long or not typed["text"] or not typed["system"]:
            trouble = "object.long" if long else "report.empty"
            return self._page("report", lang, 422, trouble=trouble, typed=typed, most=MOST)
        said = {"system": "system", "text": "description", "reporter": "contact"}
        fields = {said[name]: text for name, text in typed.items() if text}
        number = await self._reports.report_from_public(fields)
        return self._page("reported", lang, 201, number=number)


def _back(lang: str) -> Response:
    """Return a redirect to the page itself: what was sent is not sent again by a reload."""
    from faifo.node.http.pages.rendering import HEADERS

    return Response(status=303, headers={**HEADERS, "Location": f"?lang={quote(lang)}"})


def _is_link(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("https://", "http://"))
