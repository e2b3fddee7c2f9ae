"""Every error of Faifo, sorted by what the caller can do about it.

FaifoError
├── MalformedMessageError   what came cannot be read; the sender must change it
├── TooLargeError           what came is over a limit
├── IllegalTransitionError  a message that the process's state does not allow
├── NotProvenError          an identity or signature is not proven
├── RefusedError            the policy said no; carries the decision
├── NotFoundError           no such thing, or not for this caller
├── ConflictError           the thing changed or exists already; reload and decide again
├── BusyError               this node does no more of this just now; try later
├── UnreachableError        the other side did not answer; try later
├── PeerError               the other side answered with an error
│   └── NotAdmittedError    it does not believe who we are, or does not deal with us
├── SettingsError           configuration or command line; a human must change it
└── StorageError            the disk or database failed; nothing was acknowledged

This is the one table: each class has its code, the HTTP status and the exit code that it ends with,
and the codes of the data plane that come back as it. An error keeps facts; its sentence is made
from them where it is read, in the reader's language, by the phrase `errors.CODE`. A fact is a value
or a `Phrase`. No secret and no whole document ever stands in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import reduce
from typing import Any, ClassVar, Final

from faifo.phrases import Phrase, spoken
from faifo.phrases.catalogue import catalogue

Fact = str | Phrase

_BYTES: Final = Phrase("errors.unit.bytes")
_PRIVATE: Final = {"private": True}
_ADDED: Final = ("where", "advice")


def either(said: Sequence[Fact]) -> Fact:
    """Return `one or other or another`, said when the reader's language is known."""
    return reduce(lambda one, other: Phrase("errors.told.or", one=one, other=other), said)


@dataclass(kw_only=True, eq=False, repr=False)
class FaifoError(Exception):
    """Base of all errors that Faifo raises on purpose."""

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1
    data_codes: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return self.sentence()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def facts(self) -> dict[str, Any]:
        """Return what others may know of it; that makes the same error again."""
        kind = KINDS.get(self.code)
        return {
            one.name: getattr(self, one.name)
            for one in (fields(kind) if kind else ())
            if not one.metadata.get("private")
        }

    def sentence(self, lang: str = "en") -> str:
        """Return one sentence for a person: what came, what was expected, what to do."""
        return str(spoken(self.said(), lang))

    def said(self) -> Fact:
        """Return what `sentence` says, for a phrase that it is a fact of."""
        facts = self.facts()
        for name, value in facts.items():
            if name in _ADDED:
                facts[name] = Phrase(f"errors.added.{name}", **{name: value}) if value else ""
            elif value == ():
                facts[name] = Phrase(f"errors.none.{name}")
            elif name == "allowed":
                facts[name] = ", ".join(value)
            elif name == "step":
                facts[name] = _step(value)
        return Phrase(f"errors.{self.code}", **facts)


def _step(step: str) -> Fact:
    """Return the name of a check in words; a specification's own is the same in each language."""
    section, numbered, number = step.rpartition(" step ")
    if numbered:
        return Phrase("errors.step.numbered", section=section, number=number)
    key = f"errors.step.{step.replace(' ', '-')}"
    return Phrase(key) if key in catalogue("en") else step


@dataclass(kw_only=True, eq=False, repr=False)
class MalformedMessageError(FaifoError):
    """What came cannot be read as what was expected."""

    code = "malformed"
    http_status = 400

    what: Fact
    expected: Fact
    where: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class TooLargeError(FaifoError):
    """What came is over a limit; nothing beyond the limit was read."""

    code = "too-large"
    http_status = 413

    what: Fact
    limit: int
    unit: Fact = _BYTES


@dataclass(kw_only=True, eq=False, repr=False)
class IllegalTransitionError(FaifoError):
    """A message that is not allowed in the state that the process is in; the state is unchanged."""

    code = "illegal-transition"
    http_status = 400
    exit_code = 7

    message: str
    sender: str
    state: str
    allowed: tuple[str, ...]


@dataclass(kw_only=True, eq=False, repr=False)
class NotProvenError(FaifoError):
    """An identity, a signature or a claim is not proven.

    `step` names the check that failed, with the specification's number where there is one. `did`
    is the caller's, where its own token did prove who it is, and something else is not proven.
    """

    code = "not-proven"
    http_status = 401
    exit_code = 6
    data_codes = ("token-expired", "token-unknown", "token-missing")

    step: str
    reason: Fact
    did: str | None = field(default=None, metadata=_PRIVATE)


@dataclass(kw_only=True, eq=False, repr=False)
class RefusedError(FaifoError):
    """The policy said no. `decision` is the whole decision, for the books."""

    code = "refused"
    http_status = 403
    exit_code = 3
    data_codes = (
        *("policy-refused", "agreement-ended", "agreement-suspended"),
        *("passport-withdrawn", "passport-suspended"),
    )

    what: Fact
    reasons: tuple[Fact, ...]
    decision: object = field(default=None, metadata=_PRIVATE)


@dataclass(kw_only=True, eq=False, repr=False)
class NotFoundError(FaifoError):
    """There is no such thing, or it is not this caller's to see; both answer alike."""

    code = "not-found"
    http_status = 404
    exit_code = 4
    data_codes = ("withdrawn",)

    what: Fact
    name: str


@dataclass(kw_only=True, eq=False, repr=False)
class ConflictError(FaifoError):
    """The thing exists already or is in another state than the request supposes."""

    code = "conflict"
    http_status = 409
    exit_code = 7
    data_codes = ("transfer-closed", "changed-since-publication")

    what: Fact
    advice: Fact = ""


@dataclass(kw_only=True, eq=False, repr=False)
class BusyError(FaifoError):
    """This node does no more of something just now; nothing was begun, the same may work later."""

    code = "busy"
    http_status = 429

    what: Fact
    seconds: int


@dataclass(kw_only=True, eq=False, repr=False)
class UnreachableError(FaifoError):
    """The other side gave no answer; the same call may work later."""

    code = "unreachable"
    http_status = 504
    exit_code = 5

    who: Fact
    reason: Fact


@dataclass(kw_only=True, eq=False, repr=False)
class PeerError(FaifoError):
    """The other side answered, and the answer is an error or not what the standard allows."""

    code = "peer-error"
    http_status = 502

    who: Fact
    status: int
    reasons: tuple[Fact, ...]


@dataclass(kw_only=True, eq=False, repr=False)
class NotAdmittedError(PeerError):
    """The other side does not believe who we are, or does not deal with us; a human must act."""

    code = "not-admitted"
    exit_code = 3


@dataclass(kw_only=True, eq=False, repr=False)
class SettingsError(FaifoError):
    """A setting, file or argument is not usable as it is; a human must change it."""

    code = "settings"
    http_status = 400
    exit_code = 2

    what: Fact
    expected: Fact
    advice: Fact = ""


@dataclass(kw_only=True, eq=False, repr=False)
class StorageError(FaifoError):
    """The disk or the database failed; nothing that was waiting has been acknowledged."""

    code = "storage"
    http_status = 503
    exit_code = 8

    what: Fact
    advice: Fact = ""


KINDS: Final[dict[str, type[FaifoError]]] = {
    kind.code: kind
    for kind in list(vars().values())
    if isinstance(kind, type) and issubclass(kind, FaifoError) and kind is not FaifoError
}
"""Every error by its code; a subclass elsewhere is told to others as its nearest one here."""
