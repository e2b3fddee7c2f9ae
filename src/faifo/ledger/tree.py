"""The Merkle tree of RFC 6962 §2.1 over SHA-256: hashes, roots, proofs, and checking them.

A tree of size 0 has the root SHA-256("") and proofs of nothing: no leaf is in it, and consistency
from size 0 is never asked for and never taken, since libraries differ in what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from faifo.ledger.refused import Fault, ProofError

HASH_BYTES: Final = 32
MOST_HASHES: Final = 63
_LENGTHS: Final = frozenset((HASH_BYTES,))
EMPTY_ROOT: Final = sha256(b"").digest()

# The hash of the complete subtree `index` of 2**`level` leaves.
Stored = Callable[[int, int], bytes]


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def folded(hashes: Sequence[bytes]) -> bytes:
    """Return the root of the complete subtree over `hashes`; their number is a power of two."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def peaks(start: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield (level, index) of the complete subtrees that leaves `start` to `size` consist of.

    `start` is a multiple of the largest power of two not over `size - start`.
    """
    while start < size:
        level = (size - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def bagged(hashes: Iterable[bytes]) -> bytes:
    """Return the root over `hashes` of complete subtrees, from the largest to the smallest."""
    root = b""
    for one in reversed(list(hashes)):
        root = node_hash(one, root) if root else one
    return root or EMPTY_ROOT


def root_of(size: int, stored: Stored) -> bytes:
    """Return the root of the first `size` leaves."""
    return _range(0, size, stored)


def _range(start: int, end: int, stored: Stored) -> bytes:
    return bagged(stored(level, index) for level, index in peaks(start, end))


def _split(count: int) -> int:
    """Return the largest power of two under `count` (RFC 6962 §2.1)."""
    return 1 << ((count - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, stored: Stored) -> list[bytes]:
    """Return the audit path of leaf `index` in the first `size` leaves (RFC 6962 §2.1.1).

    Raises:
        ProofError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ProofError(Fault.SIZE, index=index, size=size)
    path: list[bytes] = []
    for level in range((size - 1).bit_length()):
        other = index >> level ^ 1
        start = other << level
        if start + (1 << level) <= size:
            path.append(stored(level, other))
        elif start < size:  # what there is of it; beyond the last leaf there is nothing
            path.append(_range(start, size, stored))
    return path


def consistency_proof(old: int, size: int, stored: Stored) -> list[bytes]:
    """Return the proof that the first `old` leaves begin the first `size` (RFC 6962 §2.1.2).

    Raises:
        ProofError: `old` is 0 or beyond `size`.
    """
    if not 0 < old <= size:
        raise ProofError(Fault.SIZE, index=old, size=size)
    path: list[bytes] = []
    start, end, whole = 0, size, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range(middle, end, stored))
            end = middle
        else:
            path.append(_range(start, middle, stored))
            start, whole = middle, False
    if not whole:
        path.append(_range(start, end, stored))
    return path[::-1]


class Path(NamedTuple):
    """A path from the leaf at `place` to `root`; `hashes` are its nodes, from the leaf up."""

    place: int
    size: int
    root: bytes
    proof: Sequence[bytes]
    hashes: list[bytes]


def check_inclusion(
    index: int,
    size: int,
    leaf: bytes,
    proof: Sequence[bytes],
    root: bytes,
    beside: Path | None = None,
) -> Path:
    """Return the path, if the leaf with hash `leaf` is number `index` in the tree `size`, `root`.

    It is climbed only to where it comes together with `beside`, a path to the same root. If each
    has there as its proof what the other has as its node, the node above is the same; and the same
    rest leads from the same node to the same root. So `beside` changes neither what is taken nor
    what is refused. Near leaves share most: places are best checked in their order.

    Raises:
        ProofError: it is not, or the proof has another shape (RFC 9162 §2.1.3.2).
    """
    _check_hashes([leaf, root, *proof])
    if not 0 <= index < size:
        raise ProofError(Fault.SIZE, index=index, size=size)
    # Up to where the paths of this leaf and of the last one meet, a bit tells the side; beyond, all
    # that is there lies to the left.
    below = (index ^ (size - 1)).bit_length()
    if len(proof) != below + (index >> below).bit_count():
        raise ProofError(Fault.SHAPE, what=str(len(proof)))
    at, fork = index | -1 << below, len(proof)
    if beside is not None and beside[1:3] == (size, root):
        meeting = (index ^ beside.place).bit_length() - 1
        # At the right edge two paths may come to a node by different numbers of steps.
        if 0 <= meeting < min(below, (beside.place ^ (size - 1)).bit_length()):
            fork = meeting
    hashes = _climbed(leaf, at, proof[:fork])
    if beside is not None and fork < len(proof):
        crossed = (proof[fork], hashes[fork]) == (beside.hashes[fork], beside.proof[fork])
        if crossed and proof[fork + 1 :] == beside.proof[fork + 1 :]:
            return Path(index, size, root, proof, hashes + beside.hashes[fork + 1 :])
    hashes += _climbed(hashes.pop(), at >> fork, proof[fork:])
    if hashes[-1] != root:
        raise ProofError(Fault.INCLUSION, index=index, size=size)
    return Path(index, size, root, proof, hashes)


def _climbed(found: bytes, at: int, proof: Sequence[bytes]) -> list[bytes]:
    hashes = [found]
    for one in proof:
        # In one line, not by `node_hash`: this is what checking many receipts costs.
        found = sha256(b"\x01" + one + found if at & 1 else b"\x01" + found + one).digest()
        hashes.append(found)
        at >>= 1
    return hashes


def check_consistency(
    old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]
) -> None:
    """Return if the tree `old`, `old_root` is the beginning of `size`, `root`.

    Raises:
        ProofError: FORK at equal sizes with other roots, SIZE, SHAPE, or CONSISTENCY
            (RFC 9162 §2.1.4.2).
    """
    if not 0 <= old <= size or (old == 0 and size != 0):
        raise ProofError(Fault.SIZE, index=old, size=size)
    if old == size:
        if proof:
            raise ProofError(Fault.SHAPE, what=str(len(proof)))
        if old_root != root or (size == 0 and root != EMPTY_ROOT):
            raise ProofError(Fault.FORK, size=size)
        return
    _check_hashes([old_root, root, *proof])
    hashes = list(proof) if old & (old - 1) else [old_root, *proof]
    if not proof or not hashes:
        raise ProofError(Fault.SHAPE, what=str(len(proof)))
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = hashes[0]
    for one in hashes[1:]:
        if last == 0:
            raise ProofError(Fault.SHAPE, what=str(len(proof)))
        if at & 1 or at == last:
            first, second = node_hash(one, first), node_hash(one, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, one)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise ProofError(Fault.SHAPE, what=str(len(proof)))
    if first != old_root or second != root:
        raise ProofError(Fault.CONSISTENCY, old=old, size=size)


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if len(hashes) > MOST_HASHES + 2 or not _LENGTHS.issuperset(map(len, hashes)):
        raise ProofError(Fault.SHAPE, what="SHA-256")
