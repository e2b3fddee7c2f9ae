"""What files prove, offline: receipts, with the openings that say what their leaves stand for.

Each file gets a verdict of its own, so that one bad file never hides the good ones beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from faifo.ledger.checkpoint import check_signed
from faifo.ledger.leaf import (
    SALT_BYTES,
    Kind,
    Opening,
    check_leaf,
    commitment,
    peer_checkpoint,
    read_agreement,
    read_opening,
)
from faifo.ledger.note import Key
from faifo.ledger.receipt import Receipt, check_included, read_receipt
from faifo.ledger.refused import Fault, ProofError
from faifo.ledger.tree import Path
from faifo.ledger.trust_policy import Policy

RECEIPT: Final = b"c2sp.org/tlog-proof@v1\n"
ZIP: Final = b"PK\x03\x04"


@dataclass(kw_only=True)
class Verdict:
    """What one file proves. `fault` says why it proves nothing; `cosigned` are names with times.

    `own` tells that the key comes from what is checked itself and not from who checks.
    """

    file: str
    fault: ProofError | None = None
    receipt: Receipt | None = None
    key: Key | None = None
    own: bool = False
    cosigned: dict[str, int] = field(default_factory=dict)
    opening: Opening | None = None

    @property
    def kind(self) -> Kind | None:
        try:
            return check_leaf(self.receipt.leaf) if self.receipt else None
        except ProofError:
            return None

    def record(self) -> dict[str, Any]:
        """Return what a program reads of it."""
        found = self.receipt.checkpoint if self.receipt else None
        return {
            "file": self.file,
            "proven": self.fault is None,
            "fault": self.fault.fault.value if self.fault else None,
            "kind": self.kind.name.lower() if self.kind else None,
            "origin": found.origin if found else None,
            "index": self.receipt.place if self.receipt else None,
            "size": found.size if found else None,
            "key": self.key.vkey if self.key else None,
            "key_from": None if self.key is None else "bundle" if self.own else "given",
            "cosigned": self.cosigned,
            "record": self.opening.record.decode(errors="replace") if self.opening else None,
        }


def judge(files: Mapping[str, bytes], policy: Policy, *, own: bool = False) -> list[Verdict]:
    """Return the verdicts of receipts and openings, by the keys of `policy`.

    A receipt's verdict holds the opening that opens it; one that opens none is a fault of its own.
    """
    verdicts: list[Verdict] = []
    beside: Path | None = None
    openings: dict[str, Opening] = {}
    for name, raw in files.items():
        if raw.startswith(RECEIPT):
            verdict = Verdict(file=name, own=own)
            beside = _prove(verdict, raw, policy, beside)
            verdicts.append(verdict)
            continue
        try:
            openings[name] = read_opening(raw)
        except ProofError as fault:
            verdicts.append(Verdict(file=name, fault=fault))
    by_leaf = {leaf: name for name, one in openings.items() for leaf in meant_by(one)}
    for verdict in verdicts:
        if verdict.receipt and (found := by_leaf.get(_mark(verdict.receipt.leaf))):
            verdict.opening = openings.pop(found, None)
    unused = ProofError(Fault.OPENING, what="SHA-256")
    verdicts += [Verdict(file=name, fault=unused) for name in openings]
    return verdicts


def meant_by(opening: Opening) -> tuple[bytes, ...]:
    """Return the marks of the leaves that stand for `opening`: its kind knows one or two shapes."""
    if opening.kind is Kind.PEER_CHECKPOINT:
        return (peer_checkpoint(opening.record.decode(errors="replace")),)
    if len(opening.salt) != SALT_BYTES:
        return ()
    bare = commitment(opening)
    if opening.kind is not Kind.AGREEMENT:
        return (bare,)
    return bare, sha256(opening.salt + opening.record).digest()


def _mark(leaf: bytes) -> bytes:
    """Return what a leaf is found by: the digest in an agreement's entry, else the leaf."""
    try:
        return read_agreement(leaf)[0] if leaf[:1] == b"{" else leaf
    except ProofError:
        return leaf


def _prove(verdict: Verdict, raw: bytes, policy: Policy, beside: Path | None) -> Path | None:
    """Fill in what a receipt proves; return its path, if its leaf is where it says."""
    path = None
    try:
        verdict.receipt = receipt = read_receipt(raw)
        check_leaf(receipt.leaf)
        path = check_included(receipt, beside)
        key = policy.log(receipt.checkpoint.origin)
        check_signed(receipt.checkpoint, key)
        verdict.key = key
        verdict.cosigned = policy.check(receipt.checkpoint.note)
    except ProofError as fault:
        verdict.fault = fault
    return path
