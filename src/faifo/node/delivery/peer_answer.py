"""What another node said to a message or a question of ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec


class PeerAnswer(msgspec.Struct, frozen=True):
    """What the other side answered; header names in lower case.

    `certificate_until` is the end of its TLS certificate, if it showed one.
    """

    status: int
    body: bytes
    headers: Mapping[str, str]
    certificate_until: datetime | None = None


class Outcome(NamedTuple):
    """What became of a message of ours: how it was answered, and why it was refused.

    Status 0: nothing came back until we gave up, or nobody knows whether it came.
    """

    status: int
    body: bytes
    reasons: tuple[str, ...] = ()

    @property
    def trouble(self) -> str:
        """The refusal in one line."""
        return f"answered {self.status}: {'; '.join(self.reasons)}"
