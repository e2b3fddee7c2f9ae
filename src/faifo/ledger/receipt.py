"""Receipts (C2SP tlog-proof): the proof that a leaf stands in a log, checked offline.

`extra` carries the leaf itself, so that a receipt can be checked when nothing of what the leaf
stands for is left. It is believed only because the proof is over it.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from faifo.ledger.checkpoint import Checkpoint, check_signed, number, parse_checkpoint
from faifo.ledger.leaf import Kind, check_leaf
from faifo.ledger.note import MOST_BYTES, Key, unbase64
from faifo.ledger.refused import Fault, ProofError
from faifo.ledger.tree import HASH_BYTES, MOST_HASHES, Path, check_inclusion, leaf_hash

_HEADER: Final = "c2sp.org/tlog-proof@v1"
MEDIA_TYPE: Final = "text/plain; charset=utf-8"
SUFFIX: Final = ".tlog-proof"


class Receipt(NamedTuple):
    """A proof, of which nothing is checked yet."""

    leaf: bytes
    place: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint


def write_receipt(leaf: bytes, index: int, proof: Sequence[bytes], note: str) -> bytes:
    """Return the receipt for `leaf`; `note` is the signed checkpoint as it stands."""
    hashes = b"".join(map(b2a_base64, proof)).decode()  # each ends in a newline
    extra = b2a_base64(leaf).decode()
    return f"{_HEADER}\nextra {extra}index {index}\n{hashes}\n{note}".encode()


def read_receipt(raw: bytes) -> Receipt:
    """Return the receipt in `raw`.

    Raises:
        ProofError: it is none; a `tlog-proof` without the leaf in `extra` is none of ours.
    """
    if len(raw) > MOST_BYTES:
        raise ProofError(Fault.SIZE, index=len(raw), size=MOST_BYTES)
    head, cut, note = raw.partition(b"\n\n")
    try:
        lines = head.decode().split("\n")
    except UnicodeDecodeError:
        raise ProofError(Fault.SHAPE, what="UTF-8") from None
    named = [line[:6] for line in lines[1:3]] == ["extra ", "index "]
    if not cut or lines[0] != _HEADER or not named or len(lines) > MOST_HASHES + 3:
        raise ProofError(Fault.SHAPE, what="tlog-proof")
    return Receipt(
        leaf=unbase64(lines[1][6:]),
        place=number(lines[2][6:]),
        proof=_hashes(lines[3:]),
        checkpoint=parse_checkpoint(note),
    )


def _hashes(lines: list[str]) -> tuple[bytes, ...]:
    """As `unbase64` for each; all their spellings are compared at once."""
    try:
        found = tuple(map(a2b_base64, lines))
    except ValueError:
        raise ProofError(Fault.SHAPE, what="base64") from None
    spelt = b"".join(map(b2a_base64, found)).decode()
    if spelt != "".join([one + "\n" for one in lines]) or set(map(len, found)) - {HASH_BYTES}:
        raise ProofError(Fault.SHAPE, what="base64")
    return found


def check_receipt(
    receipt: Receipt, log: Key, *, witnesses: Iterable[Key] = (), quorum: int = 0
) -> Kind:
    """Return the kind of the leaf, if the receipt proves that it stands in the `log`.

    Raises:
        ProofError: it does not; the fault says in which way.
    """
    kind = check_leaf(receipt.leaf)
    check_signed(receipt.checkpoint, log, witnesses=witnesses, quorum=quorum)
    check_included(receipt)
    return kind


def check_included(receipt: Receipt, beside: Path | None = None) -> Path:
    """Return the leaf's path, if it is in the tree of its checkpoint, whoever signed that.

    `beside` is the path of an earlier receipt: under the same head this one costs less then.

    Raises:
        ProofError: it is not.
    """
    found = receipt.checkpoint
    leaf = leaf_hash(receipt.leaf)
    return check_inclusion(receipt.place, found.size, leaf, receipt.proof, found.root, beside)
