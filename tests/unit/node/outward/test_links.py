from __future__ import annotations

import pytest

from faifo.node.outward.links import links


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ('<http://h/2>; rel="next"', ["http://h/2"]),
        ("<http://h/2>;rel=next", ["http://h/2"]),
        ("<?p=2> ; REL = Next ; title=x", ["?p=2"]),
        ('<http://h/1>; rel="prev", <http://h/3>; rel="next"', ["http://h/3"]),
        ('<http://h/a,b;c>; title="one, <two>; rel=next"; rel="next last"', ["http://h/a,b;c"]),
        ('<http://h/1>; title="rel=\\"next\\""', []),
        ('<http://h/1>; rel="nextish"', []),
        ('<http://h/1>; rel="prev"; rel="next"', []),
        ("http://h/1; rel=next", []),
        ("", []),
    ],
)
def test_links(field: str, found: list[str]) -> None:
    assert list(links(field, "next")) == found
