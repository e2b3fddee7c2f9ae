"""Error bodies: RFC 9457 problem documents. They hold no traceback, no token, no backend detail."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

from faifo.errors import Fact
from faifo.phrases import spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

MEDIA_TYPE = b"application/problem+json"

Headers = list[tuple[bytes, bytes]]


class Problem(Exception):  # noqa: N818 - a value that is raised to end one request
    """A request's end with an error answer. `code` is stable; `headers` are added to the answer."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: Fact | tuple[Fact, ...],
        *,
        reasons: Sequence[Fact] = (),
        headers: Headers | None = None,
        failed: bool = False,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.reasons = tuple(reasons)
        self.headers = headers or []
        self.failed = failed

    def body(self, lang: str = "en") -> bytes:
        """Return the problem document, UTF-8 JSON."""
        return msgspec.json.encode(
            {
                "type": f"urn:faifo:problem:{self.code}",
                "title": title(self.status),
                "status": self.status,
                "detail": str(spoken(self.detail, lang)),
                "code": self.code,
                "reasons": [str(spoken(one, lang)) for one in self.reasons],
            }
        )


def title(status: int) -> str:
    """Return the standard phrase of an HTTP status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
