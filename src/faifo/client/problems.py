"""Problem documents back into errors: the same class, the same sentence, the same reasons."""

from __future__ import annotations

from typing import Any

import msgspec

from faifo.errors import (
    ConflictError,
    FaifoError,
    IllegalTransitionError,
    MalformedMessageError,
    NotAdmittedError,
    NotFoundError,
    NotProvenError,
    PeerError,
    RefusedError,
    SettingsError,
    StorageError,
    TooLargeError,
    UnreachableError,
)

OWN = "urn:faifo:problem:"

# The codes of `faifo.errors`, and those in which a provider's data plane refuses an access.
_FAMILY: tuple[type[FaifoError], ...] = (
    MalformedMessageError,
    TooLargeError,
    IllegalTransitionError,
    NotProvenError,
    RefusedError,
    NotFoundError,
    ConflictError,
    UnreachableError,
    PeerError,
    NotAdmittedError,
    SettingsError,
    StorageError,
)
KINDS: dict[str, type[FaifoError]] = {kind.code: kind for kind in _FAMILY} | {
    "policy-refused": RefusedError,
    "agreement-ended": RefusedError,
    "withdrawn": NotFoundError,
    "passport-withdrawn": RefusedError,
    "transfer-closed": ConflictError,
    "token-expired": NotProvenError,
    "token-unknown": NotProvenError,
    "token-missing": NotProvenError,
    "changed-since-publication": ConflictError,
}
RENEWABLE = frozenset({"transfer-closed", "token-expired", "token-unknown"})
"""Refusals that a new transfer under the same agreement may cure."""

BY_STATUS: dict[int, type[FaifoError]] = {
    401: NotProvenError,
    403: RefusedError,
    404: NotFoundError,
    409: ConflictError,
    413: TooLargeError,
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem document. Spec: RFC 9457."""

    type: str = ""
    title: str = ""
    status: int = 0
    detail: str = ""
    code: str = ""
    reasons: tuple[str, ...] = ()

    @property
    def ours(self) -> bool:
        """Whether a Faifo node said this, and not an API behind one."""
        return self.type.startswith(OWN)


def read_problem(body: bytes) -> Problem | None:
    """Return the problem document in `body`, or None if there is none."""
    try:
        return msgspec.json.decode(body, type=Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def error_from(status: int, body: bytes, *, who: str) -> FaifoError:
    """Return the error that an answer of `who` stands for; a PeerError if it is none of ours."""
    problem = read_problem(body)
    if problem is None or not problem.ours:
        said = (problem.detail or problem.title,) if problem else ()
        return PeerError(who=who, status=status, reasons=tuple(text for text in said if text))
    kind = KINDS.get(problem.code) or BY_STATUS.get(status) or PeerError
    told = _TOLD[kind]()
    facts: dict[str, Any] = {
        "_sentence": problem.detail or problem.title,
        "reasons": problem.reasons,
        "problem": problem,
        "what": problem.detail,
        "status": status,
        "who": who,
    }
    for name, value in facts.items():
        setattr(told, name, value)
    return told


def problem_code(error: FaifoError) -> str:
    """Return the code of the problem that `error` was made from, else its own."""
    problem = getattr(error, "problem", None)
    return problem.code if isinstance(problem, Problem) else error.code


class _ToldError(FaifoError):
    """An error whose sentence somebody else made."""

    _sentence = ""

    def __init__(self) -> None:
        Exception.__init__(self)

    def sentence(self) -> str:
        return self._sentence


_TOLD: dict[type[FaifoError], type[FaifoError]] = {
    kind: type(kind.__name__, (_ToldError, kind), {"__doc__": kind.__doc__})
    for kind in set(KINDS.values())
}
