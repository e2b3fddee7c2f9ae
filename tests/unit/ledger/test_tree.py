"""The tree against the public vectors, and against its own proofs at every size."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from faifo.ledger import tree
from faifo.ledger.refused import Fault, ProofError

FOLDER = Path(__file__).parents[3].parent / "shared" / "vectors" / "rfc6962"
SIZES = 70


def vectors(kind: str) -> list[Path]:
    return sorted((FOLDER / kind).rglob("*.json"))


def hashes(proof: list[str] | None) -> list[bytes]:
    return [base64.b64decode(one) for one in proof or []]


def said(check: Callable[..., None], *args: Any) -> bool:
    try:
        check(*args)
    except ProofError:
        return False
    return True


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the public vectors are not beside the project")
@pytest.mark.parametrize(
    "path", vectors("inclusion"), ids=lambda path: str(path.relative_to(FOLDER))
)
def test_inclusion_as_the_vectors_say(path: Path):
    case = json.loads(path.read_bytes())
    leaf, root = (base64.b64decode(case[name]) for name in ("leafHash", "root"))
    proof = hashes(case["proof"])
    held = said(tree.check_inclusion, case["leafIdx"], case["treeSize"], leaf, proof, root)
    assert held is not case["wantErr"]


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the public vectors are not beside the project")
@pytest.mark.parametrize(
    "path", vectors("consistency"), ids=lambda path: str(path.relative_to(FOLDER))
)
def test_consistency_as_the_vectors_say(path: Path):
    case = json.loads(path.read_bytes())
    roots = [base64.b64decode(case[name]) for name in ("root1", "root2")]
    held = said(tree.check_consistency, case["size1"], case["size2"], *roots, hashes(case["proof"]))
    assert held is not case["wantErr"]


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the public vectors are not beside the project")
def test_all_vectors_are_there():
    assert [len(vectors(kind)) for kind in ("inclusion", "consistency")] == [98, 98]


def plain(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1 as it is written, in recursion."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha256(b"\1" + plain(leaves[:k]) + plain(leaves[k:])).digest()


LEAVES = [str(one).encode() for one in range(SIZES)]


def stored(level: int, index: int) -> bytes:
    return plain(LEAVES[index << level : (index + 1) << level])


@pytest.mark.parametrize("size", range(SIZES + 1))
def test_roots_and_proofs_of_every_size(size: int):
    root = plain(LEAVES[:size])
    assert tree.root_of(size, stored) == root
    for index in range(size):
        proof = tree.inclusion_proof(index, size, stored)
        leaf = tree.leaf_hash(LEAVES[index])
        tree.check_inclusion(index, size, leaf, proof, root)
        wrong = tree.leaf_hash(b"another")
        with pytest.raises(ProofError):
            tree.check_inclusion(index, size, wrong, proof, root)
    for old in range(1, size + 1):
        proof = tree.consistency_proof(old, size, stored)
        tree.check_consistency(old, size, plain(LEAVES[:old]), root, proof)


def test_faults_have_their_names():
    roots = [plain(LEAVES[:size]) for size in (4, 7, 8)]
    proof = tree.consistency_proof(4, 7, stored)
    changed = [bytes(32), *proof[1:]]
    faults = {
        Fault.FORK: (7, 7, roots[1], roots[2], []),
        Fault.SIZE: (8, 7, roots[2], roots[1], []),
        Fault.SHAPE: (4, 7, roots[0], roots[1], []),
        Fault.CONSISTENCY: (4, 7, roots[0], roots[1], changed),
    }
    for fault, args in faults.items():
        with pytest.raises(ProofError) as caught:
            tree.check_consistency(*args)
        assert caught.value.fault is fault
    for old, size in ((0, 7), (8, 7)):
        with pytest.raises(ProofError):
            tree.consistency_proof(old, size, stored)
    for index, size in ((7, 7), (-1, 7), (0, 0)):
        with pytest.raises(ProofError):
            tree.inclusion_proof(index, size, stored)


def test_places_beyond_32_bits_are_places():
    """A size over 2**32 is checked like any other."""
    size, index = (1 << 40) + 1, 1 << 40
    left, leaf = sha256(b"left").digest(), tree.leaf_hash(b"last")
    root = tree.node_hash(left, leaf)
    tree.check_inclusion(index, size, leaf, [left], root)
    with pytest.raises(ProofError):
        tree.check_inclusion(index - 1, size, leaf, [left], root)
