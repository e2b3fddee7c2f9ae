"""What an owner sees of a table before it is published."""

from __future__ import annotations

from pathlib import Path

import pytest

from faifo.node.offering.peeking import FIRST, LOOKED_AT, peek


def looked(folder: Path, content: bytes):
    path = folder / "a.csv"
    path.write_bytes(content)
    return peek(path)


def test_columns_types_and_rows(tmp_path: Path) -> None:
    found = looked(
        tmp_path,
        "\ufeffngày;giá;tỉnh;mã\n2026-11-01;7,1;An Giang;0110\n2026-11-02;-8;Cần Thơ;\n".encode(),
    )
    assert [(one.name, one.type) for one in found.columns] == [
        ("ngày", "date"), ("giá", "number"), ("tỉnh", "text"), ("mã", "number"),
    ]  # fmt: skip
    assert (found.rows, len(found.first)) == (2, 2)
    assert found.first[0] == ("2026-11-01", "7,1", "An Giang", "0110")


def test_a_large_table_is_not_read_whole(tmp_path: Path) -> None:
    found = looked(tmp_path, b"a,b\n" + b"1,22222\n" * LOOKED_AT)
    assert (found.rows, len(found.first)) == (LOOKED_AT, FIRST)
    assert [one.type for one in found.columns] == ["number", "number"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a\n1\n",
        b"a,b\n",
        b"\x00\xff\xfe\x01",
        b"a,b\n1\n",
        b"PK\x03\x04,\x00\xff",
        b'a,"b\n1,2\n',
    ],
)
def test_what_is_no_table(tmp_path: Path, content: bytes) -> None:
    assert looked(tmp_path, content).columns == ()
