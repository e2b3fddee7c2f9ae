"""What the data plane tells after every access and every refusal, before the answer ends.

Refusals, stored files and answers of at most 64 KiB are recorded before their headers go out.
Longer streams are recorded when the whole body is known, and their end is held back until then.
A stored file is thus `served` in the record before its bytes have left; if they do not all leave,
a second record with the same `access_id` says `interrupted` or `failed` and how many did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from faifo.dataplane.gate import Grant

if TYPE_CHECKING:
    from collections.abc import Mapping

Outcome = Literal["served", "refused", "interrupted", "failed"]


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """One access. `bytes_sent` counts body bytes; digests are raw SHA-256; `range` is inclusive.

    `response_digest` is over the body bytes handed over, or over the whole body when the record
    is made before they go. `reason` is a short code, `""` when all went well.
    """

    access_id: str
    grant: Grant | None
    transfer_id: str
    method: str
    path: str
    status: int
    outcome: Outcome
    bytes_sent: int = 0
    request_digest: bytes | None = None
    response_digest: bytes | None = None
    range: tuple[int, int] | None = None
    reason: str = ""


class Journal(Protocol):
    async def record(self, access: Access) -> Mapping[str, str]:
        """Make `access` durable, then return headers for the answer (for streams they are lost)."""
        ...
