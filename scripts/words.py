"""Make the words that records are packed with: `python scripts/words.py FOLDER …`.

Each folder holds the database of a node that has played through exchanges of made-up organisations
(the benches' and the demo's). From each table a few records of each sort are taken; whatever is
somebody's (ids, digests, names of hosts, times) is blotted out, for it would never be found again.
The file is `src/faifo/store/words-NUMBER.bin`; that of a release is never written again.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from faifo.store.packing import NUMBER, taken_apart
from faifo.store.sql.packs import SqlPacks

TABLES = (
    "peer_receipt", "log_record", "transfer", "negotiation", "agreement", "decision", "journal",
    "history",
)  # fmt: skip
MOST, EACH = 32_768, 2  # deflate looks back no further
SORT = re.compile(rb'"(?:event|message|kind|stage|direction)":"([^"]*)"')
BLOTTED = (
    (re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}"), b"01a2"),
    (re.compile(rb"[0-9a-f]{64}"), b""),
    (re.compile(rb"[A-Za-z0-9+/_-]{40,}=*"), b""),
    (re.compile(rb"localhost(%3A|:)\d+"), rb"localhost\1"),
    (re.compile(rb"T\d\d:\d\d:\d\d\.\d{6}Z"), b"T"),
)


def records(folder: Path) -> Iterator[bytes]:
    """Yield the parts of some records of each sort, the commonest tables last (short ways)."""
    with closing(sqlite3.connect(folder / "faifo.db")) as connection:
        plain_of = SqlPacks(connection).reading()
        for table in TABLES:
            seen: Counter[tuple[bytes, ...]] = Counter()
            for (kept,) in connection.execute(f"SELECT record FROM {table} WHERE record <> ''"):  # noqa: S608
                plain = plain_of(kept)
                sort = tuple(SORT.findall(plain))
                seen[sort] += 1
                if seen[sort] <= EACH:
                    yield from taken_apart(plain)


def main() -> None:
    words = b""
    for folder in sys.argv[1:]:
        for text in records(Path(folder)):
            for pattern, instead in BLOTTED:
                text = pattern.sub(instead, text)  # noqa: PLW2901
            if text.isascii() and text not in words:
                words += text
    target = Path("src/faifo/store") / f"words-{NUMBER}.bin"
    target.write_bytes(words[-MOST:])
    print(f"{target}: {len(words)} bytes, of which the last {len(words[-MOST:])} are kept")


if __name__ == "__main__":
    main()
