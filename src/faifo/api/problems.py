"""Errors as they travel: RFC 9457 problem documents, made of an error, and an error made of them.

Beside the sentence a problem carries the facts, so that the other side has the same error again and
can say it in its reader's language.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from faifo.errors import KINDS, Fact, FaifoError, PeerError
from faifo.phrases import Phrase, spoken

OWN: Final = "urn:faifo:problem:"
MEDIA_TYPE: Final = "application/problem+json"
RENEWABLE: Final = frozenset({"transfer-closed", "token-expired", "token-unknown"})
"""Refusals of a data plane that a new transfer under the same agreement may cure."""

_BY_CODE: Final = KINDS | {code: kind for kind in KINDS.values() for code in kind.data_codes}
_BY_STATUS: Final = {
    kind.http_status: kind
    for kind in KINDS.values()
    if kind.http_status in {401, 403, 404, 409, 413, 429}
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request failed (RFC 9457); `code` is stable, `facts` are what `detail` was made of."""

    type: str = ""
    title: str = ""
    status: int = 0
    detail: str = ""
    code: str = ""
    reasons: tuple[str, ...] = ()
    facts: dict[str, Any] = {}

    @property
    def ours(self) -> bool:
        """Whether a Faifo node said this, and not an API behind one."""
        return self.type.startswith(OWN)


def problem_of(error: FaifoError, *, status: int, lang: str = "en") -> Problem:
    """Return the problem document of `error`, its sentences in `lang`."""
    reasons = getattr(error, "reasons", ())
    return Problem(
        type=OWN + error.code,
        title=error.code,
        status=status,
        detail=error.sentence(lang),
        code=error.code,
        reasons=tuple(str(spoken(reason, lang)) for reason in reasons),
        facts=msgspec.to_builtins(error.facts(), enc_hook=_plain),
    )


def read_problem(body: bytes) -> Problem | None:
    """Return the problem document in `body`, or None if there is none."""
    try:
        return msgspec.json.decode(body, type=Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def error_from(status: int, body: bytes, *, who: Fact) -> FaifoError:
    """Return the error that an answer of `who` stands for; a PeerError if it is none of ours."""
    problem = read_problem(body)
    if problem is None or not problem.ours:
        said = (problem.detail or problem.title,) if problem else ()
        return PeerError(who=who, status=status, reasons=tuple(text for text in said if text))
    kind = _BY_CODE.get(problem.code) or _BY_STATUS.get(status) or PeerError
    error = _same(kind, problem) or _told(kind, problem, who=who)
    error.problem = problem  # type: ignore[attr-defined]
    return error


def problem_code(error: FaifoError) -> str:
    """Return the code of the problem that `error` was made from, else its own."""
    problem = getattr(error, "problem", None)
    return problem.code if isinstance(problem, Problem) else error.code


def _same(kind: type[FaifoError], problem: Problem) -> FaifoError | None:
    """Return the error again if its facts came and say here what they said there."""
    try:
        error = kind(**{name: _fact(value) for name, value in problem.facts.items()})
        return error if problem.facts and str(error) else None
    except (TypeError, KeyError, ValueError, RecursionError):
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, Phrase):
        return {"phrase": value.key, "facts": msgspec.to_builtins(value.facts, enc_hook=_plain)}
    return str(value)  # a path, an address: as it stands in the sentence


def _fact(value: Any) -> Any:
    if isinstance(value, dict):
        return Phrase(value["phrase"], **{k: _fact(one) for k, one in value["facts"].items()})
    return tuple(_fact(one) for one in value) if isinstance(value, list) else value


def _told(kind: type[FaifoError], problem: Problem, *, who: Fact) -> FaifoError:
    """Return an error of `kind` whose sentence the other side made."""
    told = _TOLD[kind]()
    facts = {"what": problem.detail, "status": problem.status, "who": who}
    for name, value in {**facts, "reasons": problem.reasons}.items():
        setattr(told, name, value)
    return told


class _ToldError(FaifoError):
    """An error whose sentence somebody else made."""

    problem: Problem

    def __init__(self) -> None:
        Exception.__init__(self)

    def facts(self) -> dict[str, Any]:
        return {}

    def said(self) -> Fact:
        return self.problem.detail or self.problem.title


_TOLD: dict[type[FaifoError], type[FaifoError]] = {
    kind: type(kind.__name__, (_ToldError, kind), {"__doc__": kind.__doc__})
    for kind in KINDS.values()
}
