"""What libraries and the system say of a fault reaches a reader in the reader's language.

They are asked for it here, so that a version with other words is noticed.
"""

from __future__ import annotations

import errno
import json
import os
import re
import sqlite3
import tomllib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta

from faifo.errors import NotFoundError
from faifo.phrases import Phrase, say

KEY = "errors.told.file.unreadable"


class Document(msgspec.Struct, forbid_unknown_fields=True):
    """A member for each kind of complaint."""

    a: int
    e: Literal["x", "y"] = "x"
    s: Annotated[str, Meta(min_length=2, max_length=3)] = "ab"
    p: Annotated[str, Meta(pattern="^a$")] = "a"
    n: Annotated[int, Meta(ge=1, le=5)] = 1
    t: datetime | None = None
    z: Annotated[datetime, Meta(tz=True)] | None = None
    d: date | None = None
    l: timedelta | None = None  # noqa: E741
    u: UUID | None = None
    f: Decimal | None = None
    b: bytes | None = None
    two: tuple[int, int] | None = None


def of_msgspec(text: str) -> Callable[[], Any]:
    return lambda: msgspec.json.decode(text, type=Document)


def of_system(number: int) -> Callable[[], Any]:
    def fail() -> None:
        raise OSError(number, os.strerror(number), "/x")

    return fail


def of_sqlite(path: Path) -> None:
    path.write_bytes(b"no database, but long enough to look like one" * 100)
    sqlite3.connect(path).execute("SELECT * FROM sqlite_master")


MSGSPEC = [
    '{"a": "x"}', '{"a": 1, "zz": 1}', "{}", '{"a": 1, "e": "q"}', '{"a": 1, "s": "a"}',
    '{"a": 1, "s": "abcd"}', '{"a": 1, "p": "b"}', '{"a": 1, "n": 0}', '{"a": 1, "n": 9}',
    '{"a": 1, "t": "q"}', '{"a": 1, "z": "2026-01-01T00:00:00"}', '{"a": 1, "d": "q"}',
    '{"a": 1, "l": "q"}', '{"a": 1, "u": "q"}', '{"a": 1, "f": "q"}', '{"a": 1, "b": "*"}',
    '{"a": 1, "two": [1]}', "[1", '{"a": 1,}', '{"a" 1}', "{a: 1}", '{"a": 1}x', '{"a": 01}',
    '{"a": 1, "s": "\\q"}',
]  # fmt: skip
JSON = ["", "{", '{"a"}', '{"a": 1 "b"}', '{"a": 1}x', '"a', '"\n"']
TOML = [
    "a", "a=", "=1", "[a", "a=1 b=2", "a=1\na=2", "[a]\n[a]", 'a="x', "a=[1", "a={b=1",
    'a="\\q"', 'a="\n"', "a={b=1,b=2}",
]  # fmt: skip
SYSTEM = [
    errno.ENOENT, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.EEXIST,
    errno.ENOSPC, errno.EROFS, errno.EIO, errno.ENAMETOOLONG, errno.EMFILE, errno.ELOOP,
    errno.ECONNREFUSED, errno.ECONNRESET, errno.EPIPE, errno.ETIMEDOUT, errno.ENETUNREACH,
    errno.EHOSTUNREACH, errno.EADDRINUSE, errno.EADDRNOTAVAIL,
]  # fmt: skip
# Names of types, places and formats, which are the same in every language.
ALIKE = re.compile(r"`[^`]*`|'[^']*'|RFC|ISO|UUID|JSON|TOML|base|byte|utf|ascii|codec")


@pytest.mark.parametrize(
    "failing",
    [
        *(of_msgspec(text) for text in MSGSPEC),
        *((lambda text=text: json.loads(text)) for text in JSON),
        *((lambda text=text: tomllib.loads(text)) for text in TOML),
        *map(of_system, SYSTEM),
        b"\xff".decode,
        b"a\xc3(".decode,
        lambda: b"\xe9".decode("ascii"),
    ],
)  # fmt: skip
def test_a_fault_is_told_in_each_language(failing: Callable[[], Any]):
    with pytest.raises(Exception) as raised:  # noqa: PT011 - whichever the library raises
        failing()
    error = raised.value
    plain = getattr(error, "strerror", None) or str(error)
    assert say(KEY, "en", path="x", why=error) == f"x cannot be read: {plain}"
    for lang, of_it in (("vi", "không đọc được x: "), ("ko", "x을(를) 읽을 수 없습니다: ")):
        for why in (error, plain):  # as it comes, and as an API hands it on
            said = say(KEY, lang, path="x", why=why)
            assert said.startswith(of_it)
            own = ALIKE.sub("", said.removeprefix(of_it))
            words = set(re.findall(r"[A-Za-z]{4,}", ALIKE.sub("", plain)))
            assert not words & set(re.findall(r"[A-Za-z]+", own)), said


def test_what_a_database_says_is_told_in_vietnamese(tmp_path: Path):
    with pytest.raises(sqlite3.DatabaseError) as raised:
        of_sqlite(tmp_path / "x.db")
    said = say(KEY, "vi", path="x", why=raised.value)
    assert said == "không đọc được x: tệp không phải cơ sở dữ liệu"


def test_an_error_of_ours_says_itself_in_the_language_of_the_sentence():
    inner = NotFoundError(what=Phrase("errors.noun.file"), name="y")
    assert say(KEY, "vi", path="x", why=inner).endswith(inner.sentence("vi"))


@pytest.mark.parametrize("name", ["what", "title"])
def test_only_a_cause_is_looked_up(name: str):
    assert say("errors.told.or", "vi", one="Is a directory", other=name).startswith(
        "Is a directory"
    )
