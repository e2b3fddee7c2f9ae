"""In what one proposal differs from another, in words: what is new, and what is gone."""

from __future__ import annotations

from typing import Any

import pytest

from faifo.policy.wording import difference
from unit.policy.policies import atom

USES, MORE = atom("count", "lteq", "3"), atom("count", "lteq", "9")
RESEARCH = atom("purpose", "eq", "research")


def use(*constraints: Any, **more: Any) -> dict[str, Any]:
    return {"permission": [{"action": "use", "constraint": list(constraints)}], **more}


@pytest.mark.parametrize(
    ("new", "old", "added", "dropped"),
    [
        pytest.param(use(USES), use(USES), (), (), id="the same"),
        pytest.param(
            use({"and": [RESEARCH, USES]}), use(USES, RESEARCH), (), (), id="another spelling"
        ),
        pytest.param(
            use(USES, RESEARCH), use(MORE, RESEARCH), ("at most 3 uses",), ("at most 9 uses",),
            id="a number",
        ),
        pytest.param(
            use(prohibition=[{"action": "distribute"}]), use(RESEARCH),
            ("forbidden: to distribute",), ("only for the purpose research",), id="a prohibition",
        ),
        pytest.param(
            {"permission": [{"action": "read"}]}, use(), ("to read",),
            ("use, without conditions",), id="another action",
        ),
    ],
)  # fmt: skip
def test_in_words(new: Any, old: Any, added: Any, dropped: Any) -> None:
    assert difference(new, old, "en") == (added, dropped)
    assert difference(old, new, "en") == (dropped, added)
