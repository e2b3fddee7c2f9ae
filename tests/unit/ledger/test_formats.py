"""Tiles, notes, checkpoints, leaves and receipts: the published forms, and what is refused."""

from __future__ import annotations

import base64
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

import proofs
from faifo.ledger import checkpoint, leaf, note, reading, receipt, tiles, tree
from faifo.ledger.leaf import Kind, Opening, Side
from faifo.ledger.refused import Fault, ProofError

ORIGIN = "an.example/log"
LOG = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(32))
LOG_KEY = note.Key(ORIGIN, note.LOG, note.public_bytes(LOG))
WITNESS_KEY = note.Key("binh.example/w", note.WITNESS, note.public_bytes(WITNESS))
OPENING = Opening(Kind.ACCESS, Side.PROVIDER, bytes(range(32)), b'{"exchange":"urn:uuid:1"}')
# The example of C2SP signed-note.
KNOWN = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMou"
    "FSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)


def refused(fault: Fault, call: Callable[..., object], *args: Any, **options: Any) -> None:
    with pytest.raises(ProofError) as caught:
        call(*args, **options)
    assert caught.value.fault is fault, caught.value


def made(size: int = 5, index: int = 2, opening: Opening = OPENING) -> tuple[bytes, bytes]:
    """A receipt for `opening` at `index` of a log of `size`, and its leaf."""
    ours = leaf.commitment(opening)
    leaves = [ours if at == index else b"%d" % at for at in range(size)]

    def stored(level: int, at: int) -> bytes:
        return tree.folded([tree.leaf_hash(one) for one in leaves[at << level : (at + 1) << level]])

    text = checkpoint.written(ORIGIN, size, tree.root_of(size, stored))
    signed = note.Note(
        text,
        (note.sign(text, ORIGIN, LOG), note.cosign(text, "binh.example/w", WITNESS, 1_790_000_000)),
    )
    return receipt.write_receipt(
        ours, index, tree.inclusion_proof(index, size, stored), signed.raw
    ), ours


@pytest.mark.parametrize(
    ("path", "tile"),
    [
        ("tile/0/000", (0, 0, 256)),
        ("tile/0/x001/x234/067", (0, 1_234_067, 256)),
        ("tile/1/000.p/1", (1, 0, 1)),
        ("tile/entries/x001/234.p/255", (tiles.ENTRIES, 1234, 255)),
        ("tile/7/999", (7, 999, 256)),
    ],
)
def test_paths_of_tiles_are_written_in_one_way(path: str, tile: tuple[int, int, int]):
    assert tiles.parse_path(path) == tiles.Tile(*tile)
    assert tiles.Tile(*tile).path == path


@pytest.mark.parametrize(
    "path",
    ["tile/8/000", "tile/0/0", "tile/0/x000/001", "tile/0/000.p/256", "tile/0/000.p/0",
     "tile/0/000.p/01", "tile/0/001/234", "tile/0/../key", "tile/-1/000", "checkpoint",
     "tile/0/x001/234/", "tile/0/x001/x002/x003/x004/x005/x006/007"],
)  # fmt: skip
def test_other_paths_are_of_no_tile(path: str):
    refused(Fault.SHAPE, tiles.parse_path, path)


def test_a_tile_exists_as_far_as_the_tree_goes():
    assert tiles.Tile(0, 0, 255).exists(255)
    assert not tiles.Tile(0, 0).exists(255)
    assert tiles.Tile(1, 0, 1).exists(256)
    assert not tiles.Tile(1, 0, 1).exists(255)
    assert tiles.Tile(tiles.ENTRIES, 0, 3).exists(3)


def test_bundles_hold_leaves_as_they_are():
    leaves = [b"", b"a" * 34, b"b" * 500]
    assert tiles.unbundle(tiles.bundle(leaves)) == leaves
    refused(Fault.SHAPE, tiles.unbundle, tiles.bundle(leaves)[:-1])
    refused(Fault.SHAPE, tiles.unbundle, b"\0")
    refused(Fault.SHAPE, tiles.unbundle, tiles.bundle([b""] * 257))


def test_hashes_come_out_of_tiles():
    row = [sha256(b"%d" % at).digest() for at in range(256)]
    assert tiles.hashes_of(b"".join(row), 3) == row[:3]
    refused(Fault.SHAPE, tiles.hashes_of, b"".join(row[:2]), 3)
    refused(Fault.SHAPE, tiles.hashes_of, b"".join(row)[:-1], 3)


async def test_a_subtree_comes_from_the_tile_that_holds_its_places():
    row = [sha256(b"%d" % at).digest() for at in range(256)]
    asked: list[tiles.Tile] = []

    async def fetch(tile: tiles.Tile) -> bytes:
        asked.append(tile)
        return b"".join(row)

    found = await reading.over_tiles(lambda stored: stored(10, 64 * 3 + 5), 1 << 18, fetch, {})
    assert asked == [tiles.Tile(1, 3)]
    assert found == tree.folded(row[20:24])


def test_the_published_note_is_read_and_written_the_same():
    read = note.parse_note(KNOWN.encode())
    assert read.raw == KNOWN
    assert [one.name for one in read.signatures] == ["quasimodo.example/salvatore"]


@pytest.mark.parametrize(
    "change",
    [lambda raw: raw[:-1], lambda raw: raw.replace("\n\n", "\n"), lambda raw: "\n" + raw[-20:],
     lambda raw: raw.replace("— ", "- "), lambda raw: raw.replace("a", "\t", 1),
     lambda raw: raw.replace("salvatore ", "salva+tore "), lambda raw: raw.replace("Ic=", "I c="),
     lambda raw: raw.replace("Ic=", "Id="), lambda raw: raw + "— x NnugSzTj\n" * 32],
)  # fmt: skip
def test_other_notes_are_refused(change: Callable[[str], str]):
    refused(Fault.SHAPE, note.parse_note, change(KNOWN).encode())
    refused(Fault.SHAPE, note.parse_note, b"\xff" + KNOWN.encode())
    refused(Fault.SIZE, note.parse_note, KNOWN.encode() * 1000)


def test_a_key_is_one_line():
    for key in (LOG_KEY, WITNESS_KEY):
        assert note.parse_vkey(key.vkey) == key
    # The key of Go's checksum database, as its command carries it.
    known = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    assert note.parse_vkey(known).name == "sum.golang.org"
    refused(Fault.SHAPE, note.parse_vkey, known.replace("033d", "033e"))
    refused(Fault.SHAPE, note.parse_vkey, known.replace("sum", "s um"))


def test_a_receipt_proves_what_it_says():
    raw, ours = made()
    read = receipt.read_receipt(raw)
    assert receipt.check_receipt(read, LOG_KEY, witnesses=[WITNESS_KEY], quorum=1) is Kind.ACCESS
    leaf.check_opening(ours, OPENING)
    assert read.checkpoint.note.signed_by([WITNESS_KEY]) == {"binh.example/w": 1_790_000_000}
    assert proofs.opened(read.checkpoint.note.raw.encode(), LOG_KEY).size == 5


def test_every_other_receipt_is_refused_by_its_name():
    raw, _ = made()
    read = receipt.read_receipt(raw)
    other = note.Key(ORIGIN, note.LOG, note.public_bytes(WITNESS))
    foreign = LOG_KEY._replace(name="binh.example/log")
    check = receipt.check_receipt
    refused(Fault.UNSIGNED, check, read, other)
    refused(Fault.ORIGIN, check, read, foreign)
    refused(Fault.COSIGNATURES, check, read, LOG_KEY, quorum=1)
    refused(Fault.SIZE, check, read._replace(place=5), LOG_KEY)
    refused(Fault.INCLUSION, check, read._replace(place=3), LOG_KEY)
    refused(Fault.SHAPE, check, read._replace(proof=read.proof[:-1]), LOG_KEY)
    refused(Fault.LEAF, check, read._replace(leaf=b"\1\2"), LOG_KEY)
    refused(Fault.LEAF, check, read._replace(leaf=b"\1\x63" + bytes(32)), LOG_KEY)
    text = raw.decode()
    signed = read.checkpoint.note
    forged = text.replace(signed.text, signed.text.replace("\n5\n", "\n6\n"))
    refused(Fault.SIGNATURE, check, receipt.read_receipt(forged.encode()), LOG_KEY)
    line = base64.b64encode(read.proof[0]).decode()
    # The last letter before "=" has two bits that say nothing, and are 0 in the one spelling.
    other_spelling = f"{line[:42]}{chr(ord(line[42]) + 1)}="
    assert base64.b64decode(other_spelling) == read.proof[0]
    for bad in (
        text.replace(line, other_spelling), text.replace(line, f" {line}"),
        text.replace(line, base64.b64encode(read.proof[0][1:]).decode()),
        text.replace(line, line[:-1]), text.replace(line, "\u00e9" + line),
        text.replace("@v1", "@v2"), text.replace("index 2", "index 02"),
        text.replace("extra", "more"),
        text.replace("index", "index 1\nindex"), text[:40], text.replace("\n\n", "\n"),
    ):  # fmt: skip
        refused(Fault.SHAPE, receipt.read_receipt, bad.encode())


def test_a_cosignature_is_of_its_time():
    raw, _ = made()
    signed = receipt.read_receipt(raw).checkpoint.note
    ours, theirs = signed.signatures
    later = theirs._replace(signature=(1).to_bytes(8, "big") + theirs.signature[8:])
    refused(Fault.SIGNATURE, signed._replace(signatures=(ours, later)).signed_by, [WITNESS_KEY])
    never = note.cosign(signed.text, WITNESS_KEY.name, WITNESS, 0)
    refused(Fault.TIME, signed._replace(signatures=(never,)).signed_by, [WITNESS_KEY])


def test_a_commitment_is_as_the_design_says():
    inner = b"faifo/commit/v1\0" + b"\1" + b"\2" + OPENING.salt + sha256(OPENING.record).digest()
    ours = leaf.commitment(OPENING)
    assert ours == b"\1\2" + sha256(inner).digest()
    assert leaf.check_leaf(ours) is Kind.ACCESS
    assert ours != leaf.commitment(OPENING._replace(side=Side.CONSUMER))
    for other in (
        OPENING._replace(salt=bytes(32)), OPENING._replace(record=b"{}"),
        OPENING._replace(side=Side.CONSUMER), OPENING._replace(kind=Kind.REFUSAL),
    ):  # fmt: skip
        refused(Fault.OPENING, leaf.check_opening, ours, other)


def test_openings_are_kept_to_the_byte():
    assert leaf.read_opening(leaf.write_opening(OPENING)) == OPENING
    for bad in (b"{}", b"[]", leaf.write_opening(OPENING).replace(b"v1", b"v2"), b" " * 600_000):
        with pytest.raises(ProofError):
            leaf.read_opening(bad)


def test_an_agreement_entry_is_a_hashedrekord():
    key = ec.generate_private_key(ec.SECP256R1())
    salt, record = bytes(range(32)), b'{"@type":"Agreement"}'
    der = key.sign(salt + record, ec.ECDSA(SHA256()))
    entry = leaf.agreement_entry(salt, record, key.public_key(), der)
    assert 480 <= len(entry) <= 500
    assert leaf.check_leaf(entry) is Kind.AGREEMENT
    opening = Opening(Kind.AGREEMENT, Side.PROVIDER, salt, record)
    leaf.check_opening(entry, opening)
    refused(Fault.OPENING, leaf.check_opening, entry, opening._replace(record=b"{}"))
    digest = base64.b64encode(sha256(salt + record).digest())
    refused(Fault.LEAF, leaf.check_leaf, entry.replace(digest, base64.b64encode(bytes(32))))
    refused(Fault.LEAF, leaf.check_leaf, entry.replace(b',"kind"', b', "kind"'))
    refused(Fault.LEAF, leaf.check_leaf, b"{}")
