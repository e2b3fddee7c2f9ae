"""What another node said to a message or a question of ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec


class PeerAnswer(msgspec.Struct, frozen=True):
    """What the other side answered; header names in lower case.

    `certificate_until` is the end of its TLS certificate, if it showed one.
    """

    status: int
    body: bytes
    headers: Mapping[str, str]
    certificate_until: datetime | None = None
