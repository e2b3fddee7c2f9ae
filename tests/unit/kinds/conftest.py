from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from faifo.kinds.signed import Notice

SENT = datetime(2026, 11, 28, 12, 0, 0, 123456, tzinfo=UTC)
CONTENT: dict[str, Any] = {
    "kind": "scam",
    "severity": "Severe",
    "area": "Hà Nội <&>",
    "begins": "2026-11-28T12:00:00Z",
    "ends": "2026-11-29T12:00:00Z",
    "texts": [
        {"lang": "vi", "title": "Cuộc gọi giả", "text": "hãy cúp máy"},
        {"lang": "en", "title": "Fake calls", "text": "hang up & tell\x0b nobody"},
    ],
}


def notice(tlp: Any = "AMBER", **more: Any) -> Notice:
    given: dict[str, Any] = {
        "id": "urn:uuid:01a22460-f1f9-7ec6-bd90-cba449174f51",
        "kind": "warnings",
        "sender": "did:web:localhost%3A8080",
        "dataset": "alerts",
        "sent": SENT,
        "until": SENT + timedelta(days=1),
        "deadline": SENT,
        "content": CONTENT,
    }
    return Notice(tlp=tlp, **given | more)


@pytest.fixture
def made() -> Any:
    return notice
