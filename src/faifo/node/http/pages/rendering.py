"""Templates → pages. Everything that is not a template's own text is escaped.

A page has no script and nothing from elsewhere; its policy says so, and a test reads the templates.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response

from faifo.phrases import LANGUAGES, accepted, say, spoken, written
from faifo.phrases.catalogue import UNREAD
from faifo.phrases.figures import moment, size
from faifo.policy.wording import terms_in_words

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request

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
NAMES: Final = {"en": "English", "vi": "Tiếng Việt", "ko": "한국어"}


@cache
def _templates() -> Environment:
    # Loaded on use: most nodes show no page in most of their lives.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("faifo.node.http.pages"),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(moment=moment, size=size, terms_in_words=terms_in_words, written=written)
    return made


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
            say_at=lambda key, **facts: say(key, lang, **facts),
            spoken=lambda fact: str(spoken(fact, lang)),
            **facts,
        )
    )
    return Response(
        text,
        status_code=status,
        media_type="text/html; charset=utf-8",
        headers={**HEADERS, "Content-Language": lang, "Vary": "Accept-Language", **(headers or {})},
    )


def style() -> Response:
    """Return the one style sheet."""
    text = (files("faifo.node.http.pages") / STYLE).read_text("utf-8")
    headers = {**HEADERS, "Cache-Control": "public, max-age=3600"}
    return Response(text, media_type="text/css; charset=utf-8", headers=headers)
