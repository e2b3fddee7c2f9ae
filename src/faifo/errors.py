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

An error takes facts as keyword arguments, keeps them as attributes and makes its sentence from
them: what came, what was expected, where. No secret and no whole document ever stands in one.
"""

from __future__ import annotations

from typing import ClassVar


class FaifoError(Exception):
    """Base of all errors that Faifo raises on purpose."""

    code: ClassVar[str] = "error"

    def __str__(self) -> str:
        return self.sentence()

    def sentence(self) -> str:
        """Return one sentence for a person; subclasses build it from their facts."""
        return self.code


class MalformedMessageError(FaifoError):
    """What came cannot be read as what was expected."""

    code = "malformed"

    def __init__(self, *, what: str, expected: str, where: str = "") -> None:
        super().__init__(what, expected, where)
        self.what = what
        self.expected = expected
        self.where = where

    def sentence(self) -> str:
        place = f" at {self.where}" if self.where else ""
        return f"{self.what}{place}; expected {self.expected}"


class TooLargeError(FaifoError):
    """What came is over a limit; nothing beyond the limit was read."""

    code = "too-large"

    def __init__(self, *, what: str, limit: int, unit: str = "bytes") -> None:
        super().__init__(what, limit, unit)
        self.what = what
        self.limit = limit
        self.unit = unit

    def sentence(self) -> str:
        return f"{self.what} is over the limit of {self.limit} {self.unit}"


class IllegalTransitionError(FaifoError):
    """A message that is not allowed in the state that the process is in; the state is unchanged."""

    code = "illegal-transition"

    def __init__(self, *, message: str, sender: str, state: str, allowed: tuple[str, ...]) -> None:
        super().__init__(message, sender, state, allowed)
        self.message = message
        self.sender = sender
        self.state = state
        self.allowed = allowed

    def sentence(self) -> str:
        options = ", ".join(self.allowed) or "nothing: the state is terminal"
        return (
            f"{self.message} from the {self.sender} in state {self.state}; allowed here: {options}"
        )


class NotProvenError(FaifoError):
    """An identity, a signature or a claim is not proven.

    `step` names the check that failed, with the specification's number where there is one. `did`
    is the caller's, where its own token did prove who it is, and something else is not proven.
    """

    code = "not-proven"

    def __init__(self, *, step: str, reason: str, did: str | None = None) -> None:
        super().__init__(step, reason)
        self.step = step
        self.reason = reason
        self.did = did

    def sentence(self) -> str:
        return f"{self.step}: {self.reason}"


class RefusedError(FaifoError):
    """The policy said no. `decision` is the whole decision, for the books."""

    code = "refused"

    def __init__(self, *, what: str, reasons: tuple[str, ...], decision: object = None) -> None:
        super().__init__(what, reasons)
        self.what = what
        self.reasons = reasons
        self.decision = decision

    def sentence(self) -> str:
        return f"{self.what} refused: " + "; ".join(self.reasons)


class NotFoundError(FaifoError):
    """There is no such thing, or it is not this caller's to see; both answer alike."""

    code = "not-found"

    def __init__(self, *, what: str, name: str) -> None:
        super().__init__(what, name)
        self.what = what
        self.name = name

    def sentence(self) -> str:
        return f"no {self.what} {self.name!r} here"


class ConflictError(FaifoError):
    """The thing exists already or is in another state than the request supposes."""

    code = "conflict"

    def __init__(self, *, what: str, advice: str = "") -> None:
        super().__init__(what, advice)
        self.what = what
        self.advice = advice

    def sentence(self) -> str:
        return f"{self.what}; {self.advice}" if self.advice else self.what


class BusyError(FaifoError):
    """This node does no more of something just now; nothing was begun, the same may work later."""

    code = "busy"

    def __init__(self, *, what: str, seconds: int) -> None:
        super().__init__(what, seconds)
        self.what = what
        self.seconds = seconds

    def sentence(self) -> str:
        return f"this node looks at no more than {self.what}; come again in {self.seconds} s"


class UnreachableError(FaifoError):
    """The other side gave no answer; the same call may work later."""

    code = "unreachable"

    def __init__(self, *, who: str, reason: str) -> None:
        super().__init__(who, reason)
        self.who = who
        self.reason = reason

    def sentence(self) -> str:
        return f"{self.who} cannot be reached: {self.reason}"


class PeerError(FaifoError):
    """The other side answered, and the answer is an error or not what the standard allows."""

    code = "peer-error"

    def __init__(self, *, who: str, status: int, reasons: tuple[str, ...]) -> None:
        super().__init__(who, status, reasons)
        self.who = who
        self.status = status
        self.reasons = reasons

    def sentence(self) -> str:
        said = "; ".join(self.reasons) or "no reason given"
        return f"{self.who} answered {self.status}: {said}"


class NotAdmittedError(PeerError):
    """The other side does not believe who we are, or does not deal with us; a human must act."""

    code = "not-admitted"

    def sentence(self) -> str:
        return f"{super().sentence()}; how it sees this node: faifo doctor {self.who}"


class SettingsError(FaifoError):
    """A setting, file or argument is not usable as it is; a human must change it."""

    code = "settings"

    def __init__(self, *, what: str, expected: str, advice: str = "") -> None:
        super().__init__(what, expected, advice)
        self.what = what
        self.expected = expected
        self.advice = advice

    def sentence(self) -> str:
        advice = f"; {self.advice}" if self.advice else ""
        return f"{self.what}; expected {self.expected}{advice}"


class StorageError(FaifoError):
    """The disk or the database failed; nothing that was waiting has been acknowledged."""

    code = "storage"

    def __init__(self, *, what: str, advice: str = "") -> None:
        super().__init__(what, advice)
        self.what = what
        self.advice = advice

    def sentence(self) -> str:
        return f"{self.what}; {self.advice}" if self.advice else self.what
