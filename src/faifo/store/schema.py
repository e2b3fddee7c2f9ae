"""Which columns of a record can be searched, for every table; the whole record is one JSON text.

Adding an optional member to a record needs no migration; a new searchable column does.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from faifo.store import records


class TableShape(NamedTuple):
    """One table: `columns` are copied out of the record so that they can be searched.

    `key` names the primary key; a log has none and gets a sequence number. `order` is the column
    that `find` sorts by.
    """

    name: str
    record: type[Any]
    key: tuple[str, ...]
    columns: tuple[str, ...]
    order: str


NEGOTIATIONS = TableShape(
    "negotiation",
    records.Negotiation,
    ("pid",),
    ("pid", "role", "peer", "peer_pid", "state", "dataset", "agreement"),
    "pid",
)
TRANSFERS = TableShape(
    "transfer",
    records.Transfer,
    ("pid",),
    ("pid", "role", "peer", "peer_pid", "state", "dataset", "agreement", "token_digest"),
    "pid",
)
AGREEMENTS = TableShape(
    "agreement",
    records.Agreement,
    ("id", "role"),
    ("id", "role", "provider", "consumer", "dataset", "negotiation"),
    "id",
)
DATASETS = TableShape("dataset", records.Dataset, ("id",), ("id", "offer_id", "withdrawn"), "id")
OUTBOX = TableShape(
    "outbox", records.OutboxRow, ("id",), ("id", "process", "not_before"), "not_before"
)
TIMERS = TableShape("timer", records.Timer, ("kind", "subject"), ("kind", "subject", "due"), "due")
DECISIONS = TableShape(
    "decision", records.StoredDecision, ("id",), ("id", "process", "agreement", "stage"), "id"
)
TOKENS = TableShape(
    "token_use", records.TokenUse, ("did", "jti"), ("did", "jti", "expires"), "expires"
)
CREDENTIALS = TableShape(
    "credential", records.HeldCredential, ("id",), ("id", "issuer", "type", "name"), "id"
)
ISSUED = TableShape(
    "issued",
    records.IssuedCredential,
    ("id",),
    ("id", "holder", "type", "status", "place"),
    "id",
)
ISSUANCES = TableShape("issuance", records.Issuance, ("id",), ("id", "holder", "status"), "id")
MEMBERS = TableShape("member", records.Member, ("did",), ("did", "status"), "did")
RECOGNITIONS = TableShape("recognition", records.RecognisedAuthority, ("did",), ("did",), "did")
JUDGEMENTS = TableShape(
    "passport_judgement",
    records.Judgement,
    ("id",),
    ("id", "passport", "pack", "provider", "taken_by"),
    "id",
)
PASSPORT_RECOGNITIONS = TableShape(
    "passport_recognition",
    records.PassportRecognition,
    ("id",),
    ("id", "sha256", "issuer"),
    "id",
)
ANSWERS = TableShape(
    "kept_answer",
    records.KeptAnswer,
    ("holder", "key"),
    ("holder", "key", "expires"),
    "expires",
)
STOPS = TableShape("stop", records.Stop, ("kind", "name"), ("kind", "name"), "name")
USES = TableShape(
    "agreement_use", records.AgreementUse, ("agreement",), ("agreement",), "agreement"
)
DUES = TableShape("due", records.Due, ("id",), ("id", "agreement", "number"), "number")
WEBHOOKS = TableShape("webhook", records.WebhookPlace, ("url",), ("url",), "url")
ACCOUNTS = TableShape("account", records.Account, ("id",), ("id", "name", "removed"), "id")
PERSON_DECISIONS = TableShape(
    "person_decision",
    records.PersonDecision,
    ("id",),
    ("id", "reference", "provider", "agreement"),
    "id",
)
REVIEWS = TableShape("review", records.Review, ("id",), ("id", "kind", "subject", "state"), "id")
NOTICES = TableShape(
    "notice", records.KeptNotice, ("id",), ("id", "kind", "direction", "state", "via"), "id"
)
DELIVERIES = TableShape(
    "notice_delivery",
    records.NoticeDelivery,
    ("notice", "receiver"),
    ("notice", "receiver"),
    "receiver",
)
SUSPENSIONS = TableShape(
    "passport_suspension",
    records.Suspension,
    ("passport", "notice"),
    ("passport", "notice"),
    "notice",
)
INVITATIONS = TableShape(
    "invitation", records.Invitation, ("id",), ("id", "digest", "dataset"), "id"
)
PEER_LOGS = TableShape("peer_log", records.PeerLog, ("did", "origin"), ("did", "origin"), "did")
PEER_HEADS = TableShape(
    "peer_head",
    records.PeerHead,
    ("did", "origin", "size"),
    ("did", "origin", "size"),
    "size",
)
PEER_RECEIPTS = TableShape(
    "peer_receipt",
    records.PeerReceipt,
    ("origin", "place"),
    ("origin", "place", "peer", "mark", "agreement", "process", "state"),
    "place",
)
EXPECTED_RECEIPTS = TableShape(
    "expected_receipt", records.ExpectedReceipt, ("peer", "leaf"), ("peer", "leaf", "due"), "due"
)
HISTORY = TableShape(
    "history",
    records.HistoryEntry,
    (),
    ("process", "direction", "sender", "message_id", "digest"),
    "seq",
)
JOURNAL = TableShape(
    "journal",
    records.JournalEntry,
    (),
    ("event", "process", "agreement", "dataset"),
    "seq",
)
