"""Calls to a system of this organisation when a notice came, or when somebody stays silent.

As Standard Webhooks 1.0 has it: `webhook-id`, `webhook-timestamp`, and `webhook-signature` with
HMAC-SHA256 over the three, so that the system knows who called and that nothing is old. A call is
retried for an hour. No text of a notice that is marked RED is told.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from faifo import clock, ids
from faifo.errors import SettingsError
from faifo.kinds.kind import kind_of
from faifo.kinds.signed import Notice
from faifo.node.delivery.outbox import Outbox
from faifo.node.delivery.peer_answer import PeerAnswer
from faifo.node.delivery.said import WEBHOOK
from faifo.node.outward.outgoing import Outgoing
from faifo.node.settings.model import NoticeSettings
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.records import OutboxRow

log = logging.getLogger("faifo.webhooks")

MOST: Final = 1000
SPAN: Final = timedelta(hours=1)
PREFIX: Final = "whsec_"
_QUEUE: Final = "webhook"


class Webhooks:
    """Queues calls; as `outbox.Sender` it makes them, and as `outbox.Outcomes` it is done."""

    def __init__(
        self, settings: NoticeSettings, *, folder: Path, outgoing: Outgoing, outbox: Outbox
    ) -> None:
        self._url, self._outgoing, self._outbox = settings.webhook, outgoing, outbox
        self._secret = read_secret(folder / settings.webhook_secret) if self._url else b""

    async def tell(
        self, tx: Transaction, event: str, notice: Notice, *, now: datetime, **detail: Any
    ) -> None:
        """Queue a call about a notice; none for an exercise, and none beyond what is bounded."""
        if self._url is None or notice.exercise:
            return
        if await tx.outbox.count(process=_QUEUE) >= MOST:
            log.error("the webhook has %d calls waiting; %s is not told", MOST, event)
            return
        kind = kind_of(notice.kind)
        told: dict[str, Any] = {"id": notice.id, "kind": notice.kind, "tlp": notice.tlp, **detail}
        told |= {"sender": notice.sender, "until": notice.until}
        if kind.markings[notice.tlp].shown_outside:
            told["title"] = kind.title(kind.read(notice.content), "en")
        body = msgspec.json.encode({"type": event, "timestamp": now, "data": told})
        row = OutboxRow(
            id=ids.new_urn(now),
            process=_QUEUE,
            kind=WEBHOOK,
            message=event,
            url=self._url,
            peer=self._url,
            body=body,
            not_before=now,
            created=now,
            give_up=now + SPAN,
        )
        row = await tx.outbox.put(row)
        tx.after_commit(partial(self._outbox.add, row))

    async def send(self, url: str, body: bytes, *, audience: str) -> PeerAnswer:
        """Call it, signed with the time of this attempt; see `outbox.Sender`."""
        name = f"msg_{hashlib.sha256(body).hexdigest()[:32]}"
        at = str(int(clock.now().timestamp()))
        headers = {
            "webhook-id": name,
            "webhook-timestamp": at,
            "webhook-signature": signature(self._secret, name, at, body),
        }
        return await self._outgoing.post(url, body, who=audience, headers=headers)

    async def get(self, url: str, *, audience: str) -> PeerAnswer:
        raise NotImplementedError

    async def acknowledged(
        self,
        tx: Transaction,
        row: OutboxRow,
        *,
        status: int,  # noqa: ARG002
        body: bytes,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
    ) -> None:
        await tx.outbox.delete(row.id)

    async def refused(
        self,
        tx: Transaction,
        row: OutboxRow,
        *,
        status: int,
        body: bytes,  # noqa: ARG002
        reasons: tuple[str, ...],
        now: datetime,  # noqa: ARG002
    ) -> None:
        log.error("the webhook does not take %s: %d %s", row.message, status, "; ".join(reasons))
        await tx.outbox.delete(row.id)


def signature(secret: bytes, name: str, at: str, body: bytes) -> str:
    """Return the value of `webhook-signature`. Spec: Standard Webhooks 1.0, "Signature scheme"."""
    signed = hmac.new(secret, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def read_secret(path: Path) -> bytes:
    """Return the secret in a file: `whsec_` and base64 of 24 to 64 bytes.

    Raises:
        SettingsError: it cannot be read, or is none; what stands in it is never told.
    """
    try:
        text = path.read_text(encoding="utf-8").strip().removeprefix(PREFIX)
        secret = base64.b64decode(text, validate=True)
    except (OSError, ValueError, binascii.Error):
        secret = b""
    if not 24 <= len(secret) <= 64:
        raise SettingsError(
            what=Phrase("errors.told.notice.secret", path=str(path)),
            expected=Phrase("errors.told.notice.secret-form"),
        )
    return secret
