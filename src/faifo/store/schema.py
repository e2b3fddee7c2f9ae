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
    columns: tuple[str, ...]
    key: tuple[str, ...] = ("id",)
    order: str = "id"


NEGOTIATIONS = TableShape(
    "negotiation",
    records.Negotiation,
    ("pid", "role", "peer", "peer_pid", "state", "dataset", "agreement"),
    key=("pid",),
    order="pid",
)
TRANSFERS = TableShape(
    "transfer",
    records.Transfer,
    ("pid", "role", "peer", "peer_pid", "state", "dataset", "agreement", "token_digest"),
    key=("pid",),
    order="pid",
)
AGREEMENTS = TableShape(
    "agreement",
    records.Agreement,
    ("id", "role", "provider", "consumer", "dataset", "negotiation"),
    key=("id", "role"),
)
DATASETS = TableShape("dataset", records.Dataset, ("id", "offer_id", "withdrawn", "with_passport"))
OUTBOX = TableShape(
    "outbox", records.OutboxRow, ("id", "process", "not_before"), order="not_before"
)
TIMERS = TableShape(
    "timer", records.Timer, ("kind", "subject", "due"), key=("kind", "subject"), order="due"
)
DECISIONS = TableShape("decision", records.StoredDecision, ("id", "process", "agreement", "stage"))
TOKENS = TableShape(
    "token_use", records.TokenUse, ("did", "jti", "expires"), key=("did", "jti"), order="expires"
)
CREDENTIALS = TableShape("credential", records.HeldCredential, ("id", "issuer", "type", "name"))
ISSUED = TableShape("issued", records.IssuedCredential, ("id", "holder", "type", "status", "place"))
ISSUANCES = TableShape("issuance", records.Issuance, ("id", "holder", "status"))
MEMBERS = TableShape("member", records.Member, ("did", "status"), key=("did",), order="did")
RECOGNITIONS = TableShape(
    "recognition", records.RecognisedAuthority, ("did",), key=("did",), order="did"
)
JUDGEMENTS = TableShape(
    "passport_judgement", records.Judgement, ("id", "passport", "pack", "provider", "taken_by")
)
PASSPORT_RECOGNITIONS = TableShape(
    "passport_recognition", records.PassportRecognition, ("id", "sha256", "issuer")
)
ANSWERS = TableShape(
    "kept_answer",
    records.KeptAnswer,
    ("holder", "key", "expires"),
    key=("holder", "key"),
    order="expires",
)
STOPS = TableShape("stop", records.Stop, ("kind", "name"), key=("kind", "name"), order="name")
USES = TableShape(
    "agreement_use", records.AgreementUse, ("agreement",), key=("agreement",), order="agreement"
)
DUES = TableShape("due", records.Due, ("id", "agreement", "number", "open"), order="number")
WEBHOOKS = TableShape("webhook", records.WebhookPlace, ("url",), key=("url",), order="url")
ACCOUNTS = TableShape("account", records.Account, ("id", "name", "removed"))
PERSON_DECISIONS = TableShape(
    "person_decision", records.PersonDecision, ("id", "reference", "provider", "agreement")
)
REVIEWS = TableShape("review", records.Review, ("id", "kind", "subject", "state"))
NOTICES = TableShape("notice", records.KeptNotice, ("id", "kind", "direction", "state", "via"))
DELIVERIES = TableShape(
    "notice_delivery",
    records.NoticeDelivery,
    ("notice", "receiver"),
    key=("notice", "receiver"),
    order="receiver",
)
SUSPENSIONS = TableShape(
    "passport_suspension",
    records.Suspension,
    ("passport", "notice"),
    key=("passport", "notice"),
    order="notice",
)
INVITATIONS = TableShape("invitation", records.Invitation, ("id", "digest", "dataset"))
PEER_LOGS = TableShape(
    "peer_log", records.PeerLog, ("did", "origin"), key=("did", "origin"), order="did"
)
PEER_HEADS = TableShape(
    "peer_head",
    records.PeerHead,
    ("did", "origin", "size"),
    key=("did", "origin", "size"),
    order="size",
)
PEER_RECEIPTS = TableShape(
    "peer_receipt",
    records.PeerReceipt,
    ("origin", "place", "peer", "mark", "agreement", "process", "state"),
    key=("origin", "place"),
    order="place",
)
EXPECTED_RECEIPTS = TableShape(
    "expected_receipt",
    records.ExpectedReceipt,
    ("peer", "leaf", "due"),
    key=("peer", "leaf"),
    order="due",
)
HISTORY = TableShape(
    "history",
    records.HistoryEntry,
    ("process", "direction", "sender", "message_id", "digest"),
    key=(),
    order="seq",
)
JOURNAL = TableShape(
    "journal",
    records.JournalEntry,
    ("event", "process", "agreement", "dataset"),
    key=(),
    order="seq",
)
