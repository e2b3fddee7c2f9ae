"""A policy is read by people: in their words, and nothing of it is left out."""

from __future__ import annotations

from typing import Any

import pytest

from faifo.policy.wording import line_in_words, terms_in_words
from unit.policy.policies import atom

RESEARCH = atom("purpose", "isAnyOf", ["statistics", "research"])
UNTIL = atom("odrl:dateTime", "odrl:lteq", "2026-12-31T00:00:00Z")


def use(*constraints: Any, **members: Any) -> dict[str, Any]:
    return {"permission": [{"action": "odrl:use", "constraint": list(constraints)}], **members}


@pytest.mark.parametrize(
    ("policy", "english", "vietnamese"),
    [
        pytest.param(
            use(), "use, without conditions", "được sử dụng, không kèm điều kiện", id="all"
        ),
        pytest.param({}, "nothing is allowed", "không được phép làm gì", id="nothing"),
        pytest.param(
            use(RESEARCH, UNTIL),
            "only for the purpose research, statistics; until 2026-12-31 00:00:00Z",
            "chỉ cho mục đích research, statistics; đến hết 2026-12-31 00:00:00Z",
            id="settings",
        ),
        pytest.param(
            use(atom("purpose", "neq", "marketing")),
            "the purpose is not marketing", "mục đích không phải là marketing", id="no setting",
        ),
        pytest.param(
            use({"or": [RESEARCH, atom("recipient", "eq", "did:web:a")]}),
            "one of: (only for the purpose research, statistics), (only for did:web:a)",
            "một trong: (chỉ cho mục đích research, statistics), (chỉ dành cho did:web:a)",
            id="one of",
        ),
        pytest.param(
            use(prohibition=[{"action": "sell", "constraint": [RESEARCH]}]),
            "use, without conditions; "
            "forbidden: to sell, if the purpose is one of research, statistics",
            "được sử dụng, không kèm điều kiện; "
            "bị cấm: hành động bán, nếu mục đích thuộc research, statistics",
            id="forbidden",
        ),
        pytest.param(
            use(prohibition=[{"action": "use", "constraint": [RESEARCH, UNTIL]}]),
            "use, without conditions; forbidden: all of: (the purpose is one of research, "
            "statistics), (the time until 2026-12-31 00:00:00Z)",
            "được sử dụng, không kèm điều kiện; bị cấm: tất cả: (mục đích thuộc research, "
            "statistics), (thời điểm đến hết 2026-12-31 00:00:00Z)",
            id="forbidden under several conditions together",
        ),
        pytest.param(
            use(obligation=[{"action": "delete", "constraint": [UNTIL]}, {"action": "inform"}]),
            "use, without conditions; required: to delete, until 2026-12-31 00:00:00Z; "
            "required: to inform",
            "được sử dụng, không kèm điều kiện; bắt buộc: hành động xóa, đến hết "
            "2026-12-31 00:00:00Z; bắt buộc: hành động báo cho bên cung cấp",
            id="duties",
        ),
        pytest.param(
            use(atom("count", "lt", "3"), atom("elapsedTime", "gteq", "P2D")),
            "the number of uses less than 3; the time since the agreement at least 2 days",
            "số lần sử dụng ít hơn 3; thời gian từ khi thỏa thuận ít nhất 2 ngày",
            id="amounts are no moments",
        ),
        pytest.param(
            {"permission": [{"action": "use", "assignee": "did:web:a"}]},
            "assignee: did:web:a", "assignee: did:web:a", id="a member that refuses",
        ),
        pytest.param(
            use(atom("language", "eq", "VN")),
            'something that this node does not understand: '
            '{"leftOperand":"language","operator":"eq","rightOperand":"VN"}',
            'điều mà nút này không hiểu: '
            '{"leftOperand":"language","operator":"eq","rightOperand":"VN"}',
            id="not understood",
        ),
        pytest.param(
            {"permission": [{"action": "use", "duty": [{"action": "pay"}]}, {"action": "read"}]},
            "one of: (first: to pay), (to read)",
            "một trong: (trước hết: hành động pay), (hành động đọc)",
            id="a duty that comes first",
        ),
    ],
)  # fmt: skip
def test_terms_are_said_in_words(policy: Any, english: str, vietnamese: str):
    assert terms_in_words(policy, "en") == english
    assert terms_in_words(policy, "vi") == vietnamese


@pytest.mark.parametrize(
    ("span", "english", "vietnamese"),
    [
        ("P30D", "30 days", "30 ngày"), ("P1D", "24 hours", "24 giờ"),
        ("PT0S", "0 seconds", "0 giây"), ("PT1S", "PT1S", "PT1S"),
        ("P3DT2H", "74 hours", "74 giờ"), ("PT1H", "60 minutes", "60 phút"),
        ("P3DT2H5M7S", "P3DT2H5M7S", "P3DT2H5M7S"),
    ],
)  # fmt: skip
def test_lengths_of_time_are_said_in_words(span: str, english: str, vietnamese: str):
    policy = use(atom("elapsedTime", "lteq", span))
    assert terms_in_words(policy, "en") == f"no later than {english} after the agreement"
    assert terms_in_words(policy, "vi") == f"không muộn hơn {vietnamese} từ khi thỏa thuận"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("purpose isAnyOf a, b", "only for the purpose a, b"),
        ("purpose eq a; dateTime lt 2027-01-01T00:00:00Z",
         "only for the purpose a; the time before 2027-01-01 00:00:00Z"),
        ("language eq VN", "language eq VN"),
        ("dateTime lteq soon", "until soon"),
        ('[{"action":"sell"}]', "to sell"),
        ('[{"action":"se...', '[{"action":"se...'),
        ("[]", "-"),
    ],
)  # fmt: skip
def test_a_line_of_a_reason_is_said_in_words(line: str, said: str):
    assert line_in_words(line, "en") == said
