"""A made-up log, receipts of it, and every way of spoiling one."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from faifo.ledger.checkpoint import Checkpoint, check_signed, parse_checkpoint, written
from faifo.ledger.leaf import Kind, Opening, Side, commitment
from faifo.ledger.note import LOG, WITNESS, Key, cosign, public_bytes, sign
from faifo.ledger.receipt import write_receipt
from faifo.ledger.tree import inclusion_proof, leaf_hash, node_hash, root_of

ORIGIN = "hanoi.example/log"
WITNESS_NAME = "osaka.example/witness"
SEEN = 1_796_000_000


def private(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


@dataclass
class Log:
    """A log whose leaves are given; `seed` is of its key."""

    leaves: Sequence[bytes]
    origin: str = ORIGIN
    seed: int = 1
    witness_seed: int = 2
    _hashes: dict[tuple[int, int], bytes] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        return Key(self.origin, LOG, public_bytes(private(self.seed)))

    @property
    def witness(self) -> Key:
        return Key(WITNESS_NAME, WITNESS, public_bytes(private(self.witness_seed)))

    def stored(self, level: int, index: int) -> bytes:
        if (level, index) not in self._hashes:
            below = (self.stored(level - 1, 2 * index + one) for one in (0, 1)) if level else ()
            made = node_hash(*below) if level else leaf_hash(self.leaves[index])
            self._hashes[level, index] = made
        return self._hashes[level, index]

    def note(self, size: int, *, time: int = SEEN) -> str:
        text = written(self.origin, size, root_of(size, self.stored))
        lines = sign(text, self.origin, private(self.seed)).line
        return (
            f"{text}\n{lines}" + cosign(text, WITNESS_NAME, private(self.witness_seed), time).line
        )

    def receipt(self, index: int, size: int | None = None) -> bytes:
        size = len(self.leaves) if size is None else size
        proof = inclusion_proof(index, size, self.stored)
        return write_receipt(self.leaves[index], index, proof, self.note(size))

    @property
    def policy(self) -> str:
        """A C2SP policy that wants this log and its witness."""
        return f"log {self.key.vkey}\nwitness osaka {self.witness.vkey}\nquorum osaka\n"


def opening(number: int, kind: Kind = Kind.ACCESS) -> Opening:
    record = f'{{"access":{number},"note":"Nguyễn & <b>"}}'.encode()
    return Opening(kind, Side.PROVIDER, bytes([number % 256]) * 32, record)


def made_log(leaves: int = 7, **given: object) -> Log:
    return Log([commitment(opening(one)) for one in range(leaves)], **given)  # type: ignore[arg-type]


def _line(number: int, change: Callable[[str], str]) -> Callable[[str], str]:
    def spoil(text: str) -> str:
        lines = text.split("\n")
        lines[number] = change(lines[number])
        return "\n".join(lines)

    return spoil


def _bit(line: str) -> str:
    """Turn one bit of the base64 that the line ends with."""
    head, space, data = line.rpartition(" ")
    raw = bytearray(base64.b64decode(data))
    raw[len(raw) // 2] ^= 1
    return head + space + base64.b64encode(raw).decode()


def _at(text: str, start: str) -> int:
    return next(at for at, line in enumerate(text.split("\n")) if line.startswith(start))


def _on(start: str, change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: _line(_at(text, start), change)(text)


def _without(start: str) -> Callable[[str], str]:
    def spoil(text: str) -> str:
        lines = text.split("\n")
        del lines[_at(text, start)]
        return "\n".join(lines)

    return spoil


def _cut_hash(text: str) -> str:
    lines = text.split("\n")
    lines[3] = base64.b64encode(base64.b64decode(lines[3])[:31]).decode()
    return "\n".join(lines)


def _resigned(text: str, **made: object) -> str:
    """The same receipt, its checkpoint signed by a stranger who takes the log's name."""
    other = made_log(**{"seed": 9, **made})  # type: ignore[arg-type]
    return text.split("\n\n", 1)[0] + "\n\n" + other.note(len(other.leaves))


_CHECKPOINT = 7  # the line of the origin: header, extra, index, three hashes, an empty line

TAMPERINGS: dict[str, tuple[Callable[[str], str], str]] = {
    "another leaf": (_line(1, _bit), "inclusion"),
    "the index of a neighbour": (_line(2, lambda _: "index 4"), "inclusion"),
    "an index beyond the tree": (_line(2, lambda _: "index 7"), "size"),
    "an index far beyond": (_line(2, lambda _: "index 999999999999999999"), "size"),
    "a negative index": (_line(2, lambda _: "index -1"), "shape"),
    "no number as index": (_line(2, lambda _: "index five"), "shape"),
    "a bit in the first hash": (_line(3, _bit), "inclusion"),
    "a bit in the last hash": (_line(5, _bit), "inclusion"),
    "hashes in another order": (lambda text: _swap(text, 3, 4), "inclusion"),
    "a hash too few": (lambda text: _drop(text, 5), "shape"),
    "a hash too many": (lambda text: text.replace("\n\n", "\n" + "A" * 43 + "=\n\n", 1), "shape"),
    "a hash of 31 bytes": (_cut_hash, "shape"),
    "no base64 in a hash": (_line(3, lambda line: "!" + line[1:]), "shape"),
    "another size": (_line(_CHECKPOINT + 1, lambda _: "8"), "inclusion signature shape"),
    "a size with a leading zero": (_line(_CHECKPOINT + 1, lambda _: "07"), "shape"),
    "a bit in the root": (_line(_CHECKPOINT + 2, _bit), "inclusion"),
    "another origin": (_line(_CHECKPOINT, lambda _: "evil.example/log"), "origin"),
    "a bit in the signature": (_on(f"\N{EM DASH} {ORIGIN}", _bit), "signature"),
    "a signature under another name": (
        lambda text: text.replace(f"\N{EM DASH} {ORIGIN}", "\N{EM DASH} evil.example/log"),
        "unsigned",
    ),
    "no signature of the log": (_without(f"\N{EM DASH} {ORIGIN}"), "unsigned"),
    "signed by a stranger under the log's name": (_resigned, "unsigned"),
    "a fork, signed by a stranger": (lambda text: _resigned(text, leaves=8), "inclusion shape"),
    "no cosignature": (_without(f"\N{EM DASH} {WITNESS_NAME}"), "cosignatures"),
    "a bit in the cosignature": (_on(f"\N{EM DASH} {WITNESS_NAME}", _bit), "signature"),
    "a cosignature with a later time": (lambda text: _later(text, 1), "signature"),
    "cosigned by a stranger under the witness's name": (
        lambda text: text.split("\n\n", 1)[0] + "\n\n" + made_log(witness_seed=8).note(7),
        "cosignatures",
    ),
    "another header": (_line(0, lambda _: "c2sp.org/tlog-proof@v2"), "opening shape"),
    "no index line": (lambda text: _drop(text, 2), "shape"),
    "cut in the middle": (lambda text: text[: len(text) // 2], "shape"),
    "cut before the signatures": (lambda text: text[: text.rindex("\n\n") + 2], "shape"),
    "a control character": (_line(_CHECKPOINT, lambda line: line + "\x07"), "shape"),
    "spaces behind the root": (_line(_CHECKPOINT + 2, lambda line: line + " "), "shape"),
}
"""What is done to a receipt of place 5 of 7, and by which fault ours refuses it."""


def _swap(text: str, one: int, other: int) -> str:
    lines = text.split("\n")
    lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines)


def _drop(text: str, number: int) -> str:
    lines = text.split("\n")
    del lines[number]
    return "\n".join(lines)


def _later(text: str, bit: int) -> str:
    found = re.search(rf"\N{{EM DASH}} {re.escape(WITNESS_NAME)} (\S+)\n", text)
    assert found
    raw = bytearray(base64.b64decode(found[1]))
    raw[11] ^= bit
    return text.replace(found[1], base64.b64encode(raw).decode())


def genuine() -> bytes:
    return made_log().receipt(5)


def spoilt(name: str) -> bytes:
    text = genuine().decode()
    made = TAMPERINGS[name][0](text)
    assert made != text, name
    return made.encode()


def opened(raw: bytes, log: Key) -> Checkpoint:
    """Return the checkpoint in `raw`, signed by the `log`."""
    found = parse_checkpoint(raw)
    check_signed(found, log)
    return found
