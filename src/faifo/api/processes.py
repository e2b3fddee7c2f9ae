"""Negotiations, the agreements that come of them, and the transfers under these."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from msgspec import Meta

from faifo.api.operation import (
    ASKING_PROBLEMS,
    DATASET,
    EVERY_METHOD,
    PAGING,
    PEER_PROBLEMS,
    PROVIDER,
    A,
    Answer,
    Moment,
    Operation,
    Order,
    Page,
    Parameter,
    Text,
    get,
    post,
)
from faifo.errors import ConflictError, RefusedError
from faifo.machines import negotiation as negotiations
from faifo.machines import transfer as transfers
from faifo.machines.role import Role
from faifo.phrases import Phrase
from faifo.phrases.catalogue import catalogue, phrase_of
from faifo.policy.terms import Terms

ENDS = frozenset({"TERMINATED", "COMPLETED"})


def why_held(hold: str) -> str | Phrase:
    """Return the phrase of the code of a hold; what version 0.1 wrote there is a sentence."""
    key = f"told.hold.{hold}"
    return Phrase(key) if key in catalogue("en") else hold


def reached(process: Process, wanted: str) -> bool:
    """Tell whether `process` is in the state that is waited for.

    Raises:
        RefusedError: it has ended; carries the reasons.
        ConflictError: it waits for a person at this node.
    """
    kind = Phrase(f"errors.{'transfer' if isinstance(process, Transfer) else 'negotiation'}")
    if process.state == wanted:
        return True
    if process.state in ENDS:
        raise RefusedError(
            what=Phrase("errors.told.process", kind=kind, pid=process.pid),
            reasons=tuple(map(why_ended, process.reason)),
        )
    if process.hold is not None:
        hold = why_held(process.hold)
        raise ConflictError(
            what=Phrase("errors.told.waits-for-a-person", kind=kind, pid=process.pid, hold=hold),
            advice=Phrase("errors.told.look", pid=process.pid),
        )
    return False


_PROOFS = ("callers", "recognition", "status", "vc", "vp")
_REASONS = (
    *("reason.", "policy.", "errors.step."),
    *(f"errors.told.{proof}." for proof in _PROOFS),
)
_FACTS = ("terms.", "errors.negotiation", "errors.transfer", "errors.not-proven")
_TURNED_AWAY = (
    *("reason.", "errors.not-proven", "errors.step.", "errors.told.callers."),
    "errors.unreachable",
)
_ANSWERED = re.compile(r"answered (\d+): (.+)", re.S)


def why_ended(reason: str) -> str | Phrase:
    """Return the phrase of a reason that a Faifo node gave; other people's stay as they are.

    Nodes tell each other their reasons in English, and keep them so.
    """
    # What stands before the colon is a step of a specification, no part of what is not proven.
    found: str | Phrase = reason
    step, colon, _ = reason.partition(": ")
    if not (colon and "§" in step):
        found = phrase_of(reason, *_REASONS, within=_FACTS)
    # Anybody writes "note: the data is not ready"; "{name} is not {right}" is said of terms alone.
    return phrase_of(reason, "errors.not-proven", within=_REASONS) if found == reason else found


def why_failed(error: str) -> str | Phrase:
    """Return the phrase of the last error of a message of ours; else that of a reason."""
    if answered := _ANSWERED.fullmatch(error):
        why = phrase_of(answered[2], *_TURNED_AWAY)
        return Phrase("errors.waiting.answered", status=answered[1], why=why)
    unreached = phrase_of(error, "errors.unreachable")
    return why_ended(error) if unreached == error else unreached


class Delivery(Answer, frozen=True, kw_only=True):
    """A message of ours that is on its way."""

    message: str
    attempts: int
    last_error: str | None
    not_before: Moment
    give_up: Moment


class Process(Answer, frozen=True, kw_only=True):
    """What negotiations and transfers have in common; `revision` grows with every change.

    `state` is None until the other side has acknowledged our first message.
    """

    pid: str
    role: Role
    state: str | None
    peer: str
    peer_pid: str | None
    dataset: str
    agreement: str | None
    hold: str | None
    reason: tuple[str, ...]
    one_sided: bool
    created: Moment
    updated: Moment
    revision: int
    outbox: tuple[Delivery, ...]
    deadline: Moment | None


class Negotiation(Process, frozen=True, kw_only=True):
    """A contract negotiation.

    `purpose` is what this node declared, `accepted_terms` are those that a person takes care of.
    `offered_by` made the newest `offer`; `countered` is the one that it answers, if there is one.
    """

    state: negotiations.State | None
    offer: dict[str, Any]
    permitted: bool | None
    decision: str | None
    purpose: str | None
    accepted_terms: tuple[str, ...]
    offered_by: Role | None = None
    countered: dict[str, Any] | None = None


class Transfer(Process, frozen=True, kw_only=True):
    """A transfer process, never with its token."""

    state: transfers.State | None
    format: str
    open: bool
    token_expires: Moment | None
    endpoint: str | None


class Agreement(Answer, frozen=True, kw_only=True):
    """An agreement as this node keeps it; `document` is its policy (ODRL).

    `publication` is the offer that was agreed to, `version` the version of it for which the
    agreement stands. `refused`: why the provider last let nothing begin under it. `ended_by`: the
    side that ended it, `suspended_by`: that suspended it. `receipts`: the partner's is verified,
    waiting, or there is none (one-sided).
    """

    id: str
    role: Role
    provider: str
    consumer: str
    dataset: str
    document: dict[str, Any]
    created: Moment
    publication: str
    version: int
    negotiation: str | None
    active: bool
    ended: Moment | None
    reason: tuple[str, ...]
    refused: tuple[str, ...]
    ended_by: Role | None
    receipts: str = ""
    suspended: Moment | None = None
    suspended_by: Role | None = None


class AgreementOrder(Order, frozen=True, kw_only=True):
    """Suspend an agreement, resume it, or `amend` it: put another, `replacement`, in its place."""

    agreement: Text
    action: Literal["suspend", "resume", "amend"]
    reason: Annotated[str, Meta(max_length=1000)] = ""
    replacement: Text | None = None


class NegotiationOrder(Order, frozen=True, kw_only=True):
    """With `reuse`, an agreement that is in force and fits is given instead of a new one.

    `offer`: which of several. `accept_terms`: names of terms that this node does not understand,
    and that a person takes care of. `terms`: an offer of one's own, instead of those that the
    provider offers; nothing is used again then.
    """

    node: Text
    dataset: Text
    purpose: Text | None = None
    reuse: bool = True
    offer: Text | None = None
    accept_terms: Annotated[tuple[Text, ...], Meta(max_length=100)] = ()
    terms: Terms | None = None


class TransferOrder(Order, frozen=True, kw_only=True):
    """The agreement under which data are wanted.

    With `push` the provider brings them: into this node's inbox, or to the address `push_to`, where
    it sends `push_authorization` as the value of that header field, with the method `push_method`.
    """

    agreement: Text
    push: bool = False
    push_to: Text | None = None
    push_authorization: Text | None = None
    push_method: Literal["POST", "PUT"] = "POST"


class FetchOrder(Order, frozen=True, kw_only=True):
    """Data that are wanted at once, by an agreement and a transfer that are there or made now.

    `patience`: seconds to wait for the other side's decisions. The rest as in a negotiation.
    """

    node: Text
    dataset: Text
    purpose: Text | None = None
    offer: Text | None = None
    accept_terms: Annotated[tuple[Text, ...], Meta(max_length=100)] = ()
    patience: Annotated[float, Meta(ge=1, le=600)] = 60.0


class Token(Answer, frozen=True, kw_only=True):
    """Where a client of one's own calls, and the value of its `Authorization` field: a secret."""

    transfer: str
    agreement: str | None
    endpoint: str
    authorization: str
    expires: Moment | None


class TokenOrder(Order, frozen=True, kw_only=True):
    """Nothing is asked beside the token."""


class Say(Order, frozen=True, kw_only=True):
    """Why; the other side is told."""

    reason: Annotated[str, Meta(max_length=1000)] = ""


class Acceptance(Say, frozen=True, kw_only=True):
    """`accept_terms`: names of terms of the offer that this node does not understand."""

    accept_terms: Annotated[tuple[Text, ...], Meta(max_length=100)] = ()


class CounterOffer(Order, frozen=True, kw_only=True):
    """The terms that are asked for, or offered, instead of those that the other side proposed."""

    terms: Terms


ROLE = Parameter("role", "our role", values=tuple(role.value for role in Role))
LONGEST_WAIT = 60
WAITING = (
    Parameter("wait", "how many seconds to wait for a change", least=0, most=LONGEST_WAIT),
    Parameter("revision", "the revision that the caller knows", least=0, most=999_999_999),
    Parameter(
        "settled", "1: wait on until it has ended, runs, or waits for a person", values=("1",)
    ),
)


def _narrowing(states: type[StrEnum]) -> tuple[Parameter, ...]:
    return (
        *PAGING,
        ROLE,
        Parameter("state", "its state", values=tuple(state.value for state in states)),
        Parameter("peer", "the other side's DID"),
        Parameter("peer_pid", "its id of the process"),
        DATASET,
        Parameter("agreement", "an agreement's id"),
    )


def _say(name: str, path: str, words: str, answers: type[A]) -> Operation[A]:
    return post(name, path, words, answers, Say, (404, 409, 413), keeps=True)


BEGIN_NEGOTIATION = post(
    "beginNegotiation",
    "/negotiations",
    "negotiate for a dataset of another node, or find the agreement that is in force",
    Negotiation,
    NegotiationOrder,
    ASKING_PROBLEMS,
    statuses=(200, 201),
    keeps=True,
)
LIST_NEGOTIATIONS = get(
    "listNegotiations",
    "/negotiations",
    "list negotiations, in both roles",
    Page[Negotiation],
    query=_narrowing(negotiations.State),
)
GET_NEGOTIATION = get(
    "getNegotiation",
    "/negotiations/{pid}",
    "one negotiation; waits",
    Negotiation,
    query=WAITING,
)
TERMINATE_NEGOTIATION = _say(
    "sayTerminationOfNegotiation",
    "/negotiations/{pid}/termination",
    "end a negotiation",
    Negotiation,
)
ACCEPT_OFFER = post(
    "sayAcceptanceOfNegotiation",
    "/negotiations/{pid}/acceptance",
    "accept the offer that the provider made",
    Negotiation,
    Acceptance,
    (404, 409, 413),
    keeps=True,
)
COUNTER_OFFER = post(
    "sayCounterOfferInNegotiation",
    "/negotiations/{pid}/request",
    "answer what the other side has proposed in this negotiation with other terms",
    Negotiation,
    CounterOffer,
    (404, 409, 413),
    keeps=True,
)

LIST_AGREEMENTS = get(
    "listAgreements",
    "/agreements",
    "list agreements",
    Page[Agreement],
    query=(
        *PAGING,
        ROLE,
        PROVIDER,
        Parameter("consumer", "the consumer's DID"),
        DATASET,
        Parameter("negotiation", "the pid of its negotiation"),
    ),
)
GET_AGREEMENT = get(
    "getAgreement", "/agreements/{id:path}", "one agreement, with its document", Agreement
)

CHANGE_AGREEMENT = post(
    "changeAgreement",
    "/agreement-changes",
    "suspend, resume or replace an agreement, and tell the other side",
    Agreement,
    AgreementOrder,
    (404, 409),
    statuses=(200,),
    keeps=True,
)
BEGIN_TRANSFER = post(
    "beginTransfer",
    "/transfers",
    "start a transfer under an agreement",
    Transfer,
    TransferOrder,
    (403, 404, 409, 413),
    statuses=(201,),
    keeps=True,
)
LIST_TRANSFERS = get(
    "listTransfers",
    "/transfers",
    "list transfers, in both roles",
    Page[Transfer],
    query=_narrowing(transfers.State),
)
GET_TRANSFER = get(
    "getTransfer",
    "/transfers/{pid}",
    "one transfer, never its token; waits",
    Transfer,
    query=WAITING,
)
TERMINATE_TRANSFER = _say(
    "sayTerminationOfTransfer",
    "/transfers/{pid}/termination",
    "end a transfer; its token opens nothing any more",
    Transfer,
)
SUSPEND_TRANSFER = _say(
    "saySuspensionOfTransfer", "/transfers/{pid}/suspension", "pause a transfer", Transfer
)
COMPLETE_TRANSFER = _say(
    "sayCompletionOfTransfer",
    "/transfers/{pid}/completion",
    "say that all data have arrived",
    Transfer,
)
RESUME_TRANSFER = _say(
    "sayStartOfTransfer", "/transfers/{pid}/start", "start a suspended transfer again", Transfer
)


TAKE_TOKEN = post(
    "takeToken",
    "/transfers/{pid}/token",
    "endpoint and token of a running transfer, for a client of one's own; booked",
    Token,
    TokenOrder,
    (404, 409),
)


def _passing(name: str, below: str, words: str) -> Operation[None]:
    return Operation(
        name,
        EVERY_METHOD,
        f"/transfers/{{pid}}/data{below}",
        words,
        problems=(404, *PEER_PROBLEMS),
        any_query=True,
        media_type="*/*",
    )


CALL_DATA = _passing(
    "callData",
    "",
    "call the provider's endpoint with the transfer's token; its answer passes through",
)
FETCH: Operation[None] = Operation(
    "fetch",
    ("POST",),
    "/fetch",
    "the data of another node's dataset: negotiates and starts a transfer where none is at hand,"
    " and passes the provider's answer through; Faifo-Reused says what was at hand",
    takes=FetchOrder,
    problems=ASKING_PROBLEMS,
    media_type="*/*",
)
CALL_DATA_BELOW = _passing("callDataBelow", "/{path:path}", "the same, with a path below it")
