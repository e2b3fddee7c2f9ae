"""Which declared events of the journal become leaves of the log, and what those stand for.

The record of a leaf is the journal's entry with the name of this node, as bytes; that of an
agreement holds the agreement itself.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Final

import msgspec

from faifo import clock
from faifo.ledger.leaf import Kind, Opening, Side, by_digest, peer_checkpoint
from faifo.machines.role import Role
from faifo.store.contract import Transaction
from faifo.store.records import JournalEntry, LogRecord

CONCLUDED = "agreement-concluded"
SEEN = "peer-checkpoint-seen"
SUCCEEDED = "log-succeeded"

LEAVES: Final[dict[str, tuple[Kind, Side]]] = {
    CONCLUDED: (Kind.AGREEMENT, Side.NONE),
    "agreement-ended": (Kind.DECISION, Side.NONE),
    "access-served": (Kind.ACCESS, Side.PROVIDER),
    "access-refused": (Kind.REFUSAL, Side.PROVIDER),
    "access-interrupted": (Kind.REFUSAL, Side.PROVIDER),
    "access-failed": (Kind.REFUSAL, Side.PROVIDER),
    "fetch-complete": (Kind.ACCESS, Side.CONSUMER),
    "fetch-interrupted": (Kind.REFUSAL, Side.CONSUMER),
    "push-complete": (Kind.ACCESS, Side.PROVIDER),
    "push-broken-off": (Kind.REFUSAL, Side.PROVIDER),
    "push-received": (Kind.ACCESS, Side.CONSUMER),
    "message-refused": (Kind.REFUSAL, Side.NONE),
    "negotiation-turned-away": (Kind.REFUSAL, Side.PROVIDER),
    "transfer-turned-away": (Kind.REFUSAL, Side.PROVIDER),
    "person-decided": (Kind.DECISION, Side.NONE),
    "person-decision-reversed": (Kind.DECISION, Side.NONE),
    "passport-judged": (Kind.DECISION, Side.NONE),
    "passport-reviewed": (Kind.DECISION, Side.NONE),
    "review-decided": (Kind.DECISION, Side.NONE),
    "notice-acknowledged": (Kind.ACKNOWLEDGEMENT, Side.NONE),
    "notice-answered": (Kind.ACKNOWLEDGEMENT, Side.NONE),
    "reversal-came": (Kind.ACKNOWLEDGEMENT, Side.PROVIDER),
    "passport-suspended": (Kind.INCIDENT, Side.NONE),
    "passport-suspension-lifted": (Kind.INCIDENT, Side.NONE),
    SEEN: (Kind.PEER_CHECKPOINT, Side.NONE),
    "receipt-missing": (Kind.REFUSAL, Side.NONE),
    "receipt-bad": (Kind.REFUSAL, Side.NONE),
    "receipt-not-taken": (Kind.REFUSAL, Side.NONE),
    "peer-log-forked": (Kind.REFUSAL, Side.NONE),
    "erased": (Kind.ERASURE, Side.NONE),
    SUCCEEDED: (Kind.KEY_CHANGE, Side.NONE),
}
"""By event: the kind of leaf, and on which side of an exchange this node stands then."""

# A notice is an incident if it is of this kind; other notices leave a leaf when acknowledged.
_INCIDENT: Final = "ai-incidents"
_OF_INCIDENTS: Final = frozenset({"notice-sent", "notice-received", "notice-cancelled"})
# What stands for more than this node and its peer know of each other anyway is not handed over.
_SHARED: Final = frozenset(
    {
        Kind.AGREEMENT,
        Kind.ACCESS,
        Kind.REFUSAL,
        Kind.ACKNOWLEDGEMENT,
        Kind.INCIDENT,
        Kind.ERASURE,  # asks the other side to do likewise
    }
)
_OWN: Final = frozenset({"receipt-missing", "receipt-bad", "receipt-not-taken", "peer-log-forked"})

_encode: Final = msgspec.json.Encoder().encode

# Signs salt and record of an agreement and returns the leaf; see `leaf.agreement_entry`.
Signing = Callable[[bytes, bytes], bytes]


def kind_of(entry: JournalEntry) -> tuple[Kind, Side] | None:
    """Return what leaf an event leaves, if it leaves one.

    A stranger who is refused data leaves none: nobody is owed a receipt, and anybody could have the
    log, which is never shortened, grow.
    """
    if entry.event == "access-refused" and entry.peer is None:
        return None
    if entry.event in _OF_INCIDENTS and entry.detail.get("kind") == _INCIDENT:
        return Kind.INCIDENT, Side.NONE
    return LEAVES.get(entry.event)


async def leaf_of(
    tx: Transaction,
    entry: JournalEntry,
    did: str,
    salt: bytes,
    sign: Signing,
    at: tuple[int, int],
    *,
    hands: bool,
) -> LogRecord | None:
    """Return the leaf that an event leaves at a log and its place, or None.

    `salt` are random bytes for this leaf only. `hands`: the other side is owed a receipt, where the
    leaf is about what both know.
    """
    found = kind_of(entry)
    if found is None:
        return None
    kind, side = found
    record = b'{"node":%b,%b' % (_encode(did), _encode(entry)[1:])
    if kind is Kind.AGREEMENT:
        role = Role(entry.detail["role"])
        side = Side[role.name]
        agreement = await tx.agreements.get(entry.agreement or "", role)
        if agreement is None:
            return None
        record = b'%b,"document":%b}' % (record[:-1], _encode(agreement.document))
        leaf = sign(salt, record)
    elif kind is Kind.PEER_CHECKPOINT:
        record = entry.detail["note"].encode()
        leaf = peer_checkpoint(entry.detail["note"])
    else:
        leaf = by_digest(kind, side, salt, sha256(record).digest())
    return LogRecord(
        *at, kind, side, leaf, salt, record, entry.event, clock.text(entry.at),
        entry.agreement, entry.process, entry.peer,
        int(hands and bool(entry.peer) and kind in _SHARED and entry.event not in _OWN),
    )  # fmt: skip


def opening_of(record: LogRecord) -> Opening | None:
    """Return what a leaf of ours stands for, unless that was erased."""
    if record.salt is None or record.record is None:
        return None
    return Opening(Kind(record.kind), Side(record.side), record.salt, record.record)
