"""Checkpoints (C2SP tlog-checkpoint): how large a log is, and its root, as a signed note."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from faifo.ledger.note import Key, Note, parse_note, unbase64
from faifo.ledger.refused import Fault, ProofError
from faifo.ledger.tree import HASH_BYTES

NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]{0,17})\Z")


class Checkpoint(NamedTuple):
    """A tree head. `note` is where it stood, with the signatures."""

    origin: str
    size: int
    root: bytes
    note: Note


def written(origin: str, size: int, root: bytes) -> str:
    """Return the text of a checkpoint, which is what is signed."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


# Receipts that come together are under one head.
@lru_cache(maxsize=16)
def parse_checkpoint(raw: bytes) -> Checkpoint:
    """Return the checkpoint in `raw`, of which no signature is checked yet.

    Raises:
        ProofError: it is none.
    """
    note = parse_note(raw)
    lines = note.text.split("\n")
    if len(lines) < 4 or not lines[0] or "" in lines[3:-1]:
        raise ProofError(Fault.SHAPE, what="checkpoint")
    return Checkpoint(lines[0], number(lines[1]), unbase64(lines[2], HASH_BYTES), note)


def check_signed(
    checkpoint: Checkpoint, log: Key, *, witnesses: Iterable[Key] = (), quorum: int = 0
) -> dict[str, int]:
    """Return which witnesses cosigned, and when, if it is the `log`'s and they are `quorum`.

    Raises:
        ProofError: ORIGIN, UNSIGNED, SIGNATURE or COSIGNATURES.
    """
    if checkpoint.origin != log.name:
        raise ProofError(Fault.ORIGIN, origin=checkpoint.origin, wanted=log.name)
    if not checkpoint.note.signed_by([log]):
        raise ProofError(Fault.UNSIGNED, name=log.name)
    cosigned = checkpoint.note.signed_by(witnesses)
    if len(cosigned) < quorum:
        raise ProofError(Fault.COSIGNATURES, found=len(cosigned), wanted=quorum)
    return cosigned


def number(text: str) -> int:
    """Return a decimal number without leading zeros.

    Raises:
        ProofError: it is none.
    """
    if not NUMBER.match(text):
        raise ProofError(Fault.SHAPE, what=text[:20])
    return int(text)
