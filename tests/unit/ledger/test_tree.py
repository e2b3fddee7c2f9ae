"""The tree against the public vectors, and against its own proofs at every size."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


Inclusion = tuple[int, int, bytes, tuple[bytes, ...], bytes]

FLIPPED = bytes((*range(31), 99))


@lru_cache
def proven(index: int, size: int) -> Inclusion:
    proof = tuple(tree.inclusion_proof(index, size, stored))
    return index, size, tree.leaf_hash(LEAVES[index]), proof, plain(LEAVES[:size])


def tampered(one: Inclusion, how: str, at: int, other: Inclusion) -> Inclusion:
    """Return the proof `one` with one thing wrong; `other` is a good proof of another leaf."""
    index, size, leaf, proof, root = one
    at = at % len(proof) if proof else 0
    swapped = (*proof[:at], *proof[at : at + 2][::-1], *proof[at + 2 :])
    return {
        "nothing": one,
        "leaf": (index, size, FLIPPED, proof, root),
        "another's leaf": (index, size, other[2], proof, root),
        "place": (index ^ 1 << at, size, leaf, proof, root),
        "another's place": (other[0], size, leaf, proof, root),
        "size": (index, size + 1, leaf, proof, root),
        "root": (index, size, leaf, proof, FLIPPED),
        "one hash": (index, size, leaf, (*proof[:at], FLIPPED, *proof[at + 1 :]), root),
        "a hash of the other": (index, size, leaf, (*proof[:at], *other[3][at:]), root),
        "a short hash": (index, size, leaf, (*proof[:at], b"short", *proof[at + 1 :]), root),
        "two hashes": (index, size, leaf, swapped, root),
        "a hash too few": (index, size, leaf, proof[:-1], root),
        "a hash too many": (index, size, leaf, (*proof, FLIPPED), root),
    }[how]


def verdict(one: Inclusion, beside: tree.Path | None = None) -> tree.Path | str:
    try:
        return tree.check_inclusion(*one, beside)
    except ProofError as error:
        return str(error)


TAMPERED = [
    "nothing", "leaf", "another's leaf", "place", "another's place", "size", "root", "one hash",
    "a hash of the other", "a short hash", "two hashes", "a hash too few", "a hash too many",
]  # fmt: skip


@given(st.data())
def test_a_path_beside_changes_no_verdict(data: st.DataObject):
    """Whatever was checked before, good or not, of this tree or another: the answer is the same."""
    beside: tree.Path | None = None
    for _ in range(4):
        size = data.draw(st.sampled_from([7, 8, 37, SIZES - 1]))
        one, other = (
            proven(data.draw(st.integers(0, size - 1)), size) for _ in ("the one", "the other")
        )
        how = data.draw(st.sampled_from(TAMPERED))
        one = tampered(one, how, data.draw(st.integers(0, 9)), other)
        alone, now = verdict(one), verdict(one, beside)
        assert now == alone, how
        if isinstance(now, tree.Path):
            beside = now


# That a tree of another size has the same root is what the signature of its head is against.
@pytest.mark.parametrize("how", [one for one in TAMPERED[1:] if one != "size"])
@pytest.mark.parametrize("size", [8, 37])
def test_nothing_tampered_passes_beside_any_good_path(how: str, size: int):
    for first, second in itertools.permutations(range(size), 2):
        beside = tree.check_inclusion(*proven(first, size))
        good = proven(second, size)
        assert isinstance(verdict(good, beside), tree.Path)
        for at in range(len(good[3])):
            bad = tampered(good, how, at, proven(first, size))
            if bad != good:
                assert verdict(bad, beside) == verdict(bad)
                assert not isinstance(verdict(bad, beside), tree.Path)


def test_a_path_beside_saves_hashing(monkeypatch: pytest.MonkeyPatch):
    hashed: list[bytes] = []

    def counted(data: bytes) -> Any:
        hashed.append(data)
        return sha256(data)

    checks = [proven(index, 64) for index in range(32)]
    monkeypatch.setattr(tree, "sha256", counted)
    beside = None
    for one in checks:
        beside = tree.check_inclusion(*one, beside)
    # The first climbs 6 levels, each other as far as it stands apart from the one before it.
    apart = [(index ^ (index - 1)).bit_length() - 1 for index in range(1, 32)]
    assert len(hashed) == 6 + sum(apart) == 32


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
