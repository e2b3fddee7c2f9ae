"""Receipts of this node and its partners, and the state of its log."""

from __future__ import annotations

from faifo.api.operation import PAGING, Answer, Moment, Page, Parameter, get


class Receipt(Answer, frozen=True, kw_only=True):
    """A leaf and its proof. `whose`: ours or theirs.

    `state`: of ours, owed or handed to the other side, or kept here alone; of theirs, verified or
    bad (`why` is the fault). `receipt` is a C2SP tlog-proof, `opening` what the leaf stands for,
    None once that is erased; `key` is the verifier's key of the log, in one line.
    """

    whose: str
    peer: str | None
    origin: str
    place: int
    kind: str
    state: str
    why: str
    at: Moment
    agreement: str | None
    process: str | None
    key: str
    receipt: str | None
    opening: str | None
    event: str = ""


class PeerLog(Answer, frozen=True, kw_only=True):
    """A partner's log as it was seen: `size` is proven, `unproven` how many heads are not yet.

    `key` is the verifier's key of it. `fork` holds two signed heads that cannot both be true.
    """

    did: str
    origin: str
    key: str
    size: int
    unproven: int
    fork: tuple[str, ...]


class Log(Answer, frozen=True, kw_only=True):
    """The log of this node. `halted` says why it signs nothing, "" where it does."""

    origin: str
    size: int
    key: str
    checkpoint: str | None
    halted: str
    witness: str
    peers: tuple[PeerLog, ...]


LIST_RECEIPTS = get(
    "listReceipts",
    "/receipts",
    "list receipts of ours and of partners, of an agreement or a process",
    Page[Receipt],
    query=(
        *PAGING,
        Parameter("agreement", "an agreement's id"),
        Parameter("process", "the pid of a negotiation or transfer"),
    ),
)
SHOW_LOG = get("showLog", "/log", "show the log of this node, and those of partners", Log)
