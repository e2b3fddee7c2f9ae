from __future__ import annotations

import pytest

from faifo.dataplane.files import disposition

NAMES = {
    "plain": ("/srv/data.csv", b'attachment; filename="data.csv"'),
    "quotes": ('/srv/a"b.csv', b'attachment; filename="a_b.csv"'),
    "line end": ("/srv/a\r\nSet-Cookie: x", b'attachment; filename="a__Set-Cookie_ x"'),
    "backslash": ("/srv/..\\..\\x", b'attachment; filename="_.._x"'),
    "hidden": ("/srv/.bashrc", b'attachment; filename="bashrc"'),
    "nothing left": ("/srv/..", b'attachment; filename="data"'),
    "Vietnamese": (
        "/srv/Hội An.csv",
        b"attachment; filename=\"H_i An.csv\"; filename*=UTF-8''H%E1%BB%99i%20An.csv",
    ),
}


@pytest.mark.parametrize(("path", "field"), NAMES.values(), ids=NAMES.keys())
def test_the_file_name_is_safe_to_save_under(path: str, field: bytes):
    assert disposition(path) == field
