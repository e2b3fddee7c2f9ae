"""What a notice's state is called: one in force does not wait for anybody."""

from __future__ import annotations

import pytest

from faifo.phrases import say


@pytest.mark.parametrize(
    ("lang", "notice", "review"),
    [("en", "open", "open"), ("vi", "đang hiệu lực", "đang chờ")],
)
def test_an_open_notice_is_not_called_as_an_open_review(lang: str, notice: str, review: str):
    assert say("cli.label.notice-open", lang) == notice
    assert say("cli.label.open", lang) == review
