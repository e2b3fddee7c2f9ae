"""The declared events of the journal: what each is called, and what of it is shown to people.

The sentence of an event is the phrase `told.event.NAME`. Members that are not named here stay in
the books: neither the timeline nor the event stream shows them.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from faifo import clock
from faifo.store.records import JournalEntry

_ACCESS: Final = (
    "access", "method", "path", "status", "bytes", "reason", "range", "request_sha256",
    "response_sha256", "decision", "more_like_this",
)  # fmt: skip
_FETCH: Final = ("method", "path", "status", "bytes", "response_sha256")
_JUDGED: Final = (
    "outcome", "person_must_decide", "person", "key", "passport", "pack", "pack_sha256", "rules",
)  # fmt: skip
_HELD: Final = ("types", "request", "reason")
_RECOGNISED: Final = ("id", "methods", "counts_as", "until")
_STOPPED: Final = ("why", "role")
_PERSON: Final = ("person", "role", "key")
_NOTICE: Final = ("notice", "kind", "person", "by", "receivers", "exercise")
_DUE: Final = ("id", "action", "due")
_BEGUN: Final = ("state", "purpose", "accepted_terms")

EVENTS: Final[dict[str, tuple[str, ...]]] = {
    "message-taken": ("state", "message"),
    "message-sent": ("state", "message"),
    "message-refused": ("state", "message", "why"),
    "asked": ("state", "theirs"),
    "request-not-made": ("why",),
    "negotiation-begun": _BEGUN,
    "transfer-begun": _BEGUN,
    "negotiation-turned-away": ("message", "why"),
    "transfer-turned-away": ("message", "why"),
    "negotiation-ended": ("state", "why"),
    "transfer-ended": ("state", "why"),
    "negotiation-ended-one-sided": ("state", "why"),
    "transfer-ended-one-sided": ("state", "why"),
    "sender-not-admitted": ("state", "why"),
    "transfer-stopped": _STOPPED,
    "transfer-renewed": _STOPPED,
    "participant-withdrawn": _STOPPED,
    "agreement-concluded": ("role",),
    "agreement-proven": (),
    "log-halted": ("why",),
    "receipt-missing": ("leaf",),
    "erased": ("reason",),
    "erasure-asked": (),
    "receipt-bad": ("fault",),
    "receipt-not-taken": ("faults", "count"),
    "peer-checkpoint-seen": (),
    "peer-log-forked": ("origin", "notes"),
    "log-succeeded": ("former",),
    "agreement-ended": ("why", "by"),
    "agreement-renewed": ("version",),
    "agreement-suspended": ("why", "by"),
    "agreement-resumed": ("why", "by"),
    "stopped": ("kind", "why"),
    "stop-lifted": ("kind", "why"),
    "dataset-published": ("title", "version"),
    "dataset-replaced": ("title", "version"),
    "dataset-withdrawn": ("title", "version"),
    "passport-withdrawn": ("title", "version"),
    "access-served": _ACCESS,
    "access-refused": _ACCESS,
    "access-interrupted": _ACCESS,
    "access-failed": _ACCESS,
    "fetch-complete": _FETCH,
    "fetch-interrupted": _FETCH,
    "push-complete": ("bytes", "sha256"),
    "push-broken-off": ("bytes", "why"),
    "push-received": ("bytes", "sha256"),
    "token-given": ("key",),
    "dataset-hidden": ("why",),
    "duty-opened": _DUE,
    "dossier-opened": _DUE,
    "due-soon": _DUE,
    "due-overdue": _DUE,
    "due-done": _DUE,
    "probed": ("faults",),
    "passport-judged": _JUDGED,
    "passport-reviewed": _JUDGED,
    "evidence-recognised": _RECOGNISED,
    "recognition-withdrawn": _RECOGNISED,
    "credentials-requested": ("objects",),
    "credentials-offered": ("credentials",),
    "credentials-held": _HELD,
    "credentials-rejected": _HELD,
    "credentials-delivered": (),
    "credentials-not-taken": ("why",),
    "badge-held": ("id", "about"),
    "badge-issued": ("id", "about"),
    "badge-revoked": ("id", "about", "reason"),
    "authority-recognised": ("types", "until"),
    "guest-invited": ("invitation", "until"),
    "guest-agreed": ("invitation", "until"),
    "invitation-ended": ("invitation", "why"),
    "notice-sent": _NOTICE,
    "notice-passed-on": _NOTICE,
    "notice-received": (*_NOTICE, "tlp"),
    "notice-held": _NOTICE,
    "notice-accepted": (*_NOTICE, "reason"),
    "notice-set-aside": (*_NOTICE, "reason"),
    "notice-acknowledged": _NOTICE,
    "notice-acted": _NOTICE,
    "notice-answered": _NOTICE,
    "notice-cancelled": _NOTICE,
    "notice-closed": _NOTICE,
    "notice-withdrawn": _NOTICE,
    "notice-silence": (*_NOTICE, "silent"),
    "notice-not-taken": (*_NOTICE, "why"),
    "passport-suspended": ("notice", "passport"),
    "passport-suspension-lifted": ("notice", "passport"),
    "member-applied": ("reason",),
    "member-active": ("reason",),
    "member-suspended": ("reason",),
    "member-revoked": ("reason",),
    "member-refused": ("reason",),
    "person-added": _PERSON,
    "person-removed": _PERSON,
    "passkey-added": _PERSON,
    "passkeys-forgotten": _PERSON,
    "person-decided": ("decision",),
    "person-decision-reversed": ("decision",),
    "person-decision-forgotten": (),
    "review-wanted": ("kind", "id"),
    "review-decided": ("kind", "id", "outcome", "person", "key"),
    "reversal-told": ("decision",),
    "reversal-not-taken": ("decision", "why"),
    "reversal-came": ("decision", "passport", "figures_sha256", "answer_sha256"),
}
"""The members that are shown, by the name of the event."""


def shown(entry: JournalEntry) -> dict[str, Any]:
    """Return the members of an event that are shown; none of one that is not declared."""
    members = EVENTS.get(entry.event, ())
    return {name: entry.detail[name] for name in members if name in entry.detail}


def written(did: str, seq: int, entry: JournalEntry) -> bytes:
    """Return the event as a webhook's body: what is shown of it, and whose it is.

    The members are those of Standard Webhooks 1.0.
    """
    data = {
        "seq": seq,
        "node": did,
        "process": entry.process,
        "agreement": entry.agreement,
        "dataset": entry.dataset,
        "peer": entry.peer,
        "detail": shown(entry),
    }
    told = {name: value for name, value in data.items() if value is not None}
    return msgspec.json.encode(
        {"type": entry.event, "timestamp": clock.text(entry.at), "data": told}
    )
