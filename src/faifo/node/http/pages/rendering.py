"""Templates → pages. Everything that is not a template's own text is escaped.

A page has nothing from elsewhere and, but for the console's one file, no script; its policy says
so, and a test reads the templates.
"""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from faifo.api.processes import why_failed
from faifo.node.http.response import Response
from faifo.phrases import LANGUAGES, accepted, say, spoken, written
from faifo.phrases.catalogue import UNREAD, catalogue
from faifo.phrases.figures import local_moment, number, size
from faifo.policy.wording import action_of, terms_in_words

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from faifo.node.http.request import Request

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
STYLE: Final = "style.css"
SCRIPT: Final = "console.js"
_ASSETS: Final = {STYLE: "text/css", SCRIPT: "text/javascript"}
NAMES: Final = {"en": "English", "vi": "Tiếng Việt", "ko": "한국어"}


@cache
def _templates() -> Environment:
    # Loaded on use: most nodes show no page in most of their lives.
    from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context

    made = Environment(
        loader=PackageLoader("faifo.node.http.pages"),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        terms_in_words=terms_in_words,
        action_of=action_of,
        around=_around,
        written=written,
        why_failed=why_failed,
    )
    for name, show in (("moment", local_moment), ("number", number), ("size", size)):
        # In the language of the page.
        shown = pass_context(lambda here, value, show=show: show(value, here["lang"]))
        made.globals[name] = made.filters[name] = shown
    return made


def _around(at: int, count: int) -> tuple[int, int]:
    """Return where the `at`-th of `count` stands on a circle about the middle of a picture."""
    turn = 2 * math.pi * at / count - math.pi / 2
    return round(150 + 120 * math.cos(turn)), round(110 + 85 * math.sin(turn))


def chosen(request: Request) -> str:
    """Return the language of a page: that of the link, or else the one the browser likes best."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else accepted(request.headers.get("accept-language"))


def page(
    name: str,
    lang: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    section: str = "person.page",
    **facts: Any,
) -> Response:
    """Return the page of a template, in a language; what it says are phrases of `section`."""

    def told(key: str, /, **facts: object) -> str:
        return say(f"{section}.{key}", lang, **facts)

    others = [(other, NAMES[other]) for other in LANGUAGES if other != lang]
    text = (
        _templates()
        .get_template(f"{name}.html.j2")
        .render(
            lang=lang,
            unread=lang in UNREAD,
            others=others,
            say=told,
            say_or=lambda key, name: told(key) if f"{section}.{key}" in catalogue("en") else name,
            say_at=lambda key, **facts: say(key, lang, **facts),
            spoken=lambda fact: str(spoken(fact, lang)),
            **facts,
        )
    )
    return Response(
        text,
        status=status,
        media_type="text/html; charset=utf-8",
        headers={**HEADERS, "Content-Language": lang, "Vary": "Accept-Language", **(headers or {})},
    )


def made_here(html: str) -> Markup:
    """Return HTML that another template of this program has made, and so has escaped."""
    from markupsafe import Markup

    return Markup(html)  # noqa: S704 - see above


def asset(name: str) -> Response:
    """Return the style sheet, or the console's script."""
    text = (files("faifo.node.http.pages") / name).read_text("utf-8")
    headers = {**HEADERS, "Cache-Control": "public, max-age=3600"}
    return Response(text, media_type=f"{_ASSETS[name]}; charset=utf-8", headers=headers)
