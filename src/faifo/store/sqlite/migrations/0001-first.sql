-- The first schema: processes, agreements, datasets, outbox, timers, history, journal.

CREATE TABLE negotiation (
    pid TEXT PRIMARY KEY, role TEXT NOT NULL, peer TEXT NOT NULL, peer_pid TEXT, state TEXT,
    dataset TEXT NOT NULL, agreement TEXT, updated TEXT NOT NULL,
    version BIGINT NOT NULL, record TEXT NOT NULL);
CREATE UNIQUE INDEX negotiation_peer ON negotiation (role, peer, peer_pid);
CREATE INDEX negotiation_dataset ON negotiation (dataset);
CREATE TABLE transfer (
    pid TEXT PRIMARY KEY, role TEXT NOT NULL, peer TEXT NOT NULL, peer_pid TEXT, state TEXT,
    dataset TEXT NOT NULL, agreement TEXT, token_digest TEXT, updated TEXT NOT NULL,
    version BIGINT NOT NULL, record TEXT NOT NULL);
CREATE UNIQUE INDEX transfer_peer ON transfer (role, peer, peer_pid);
CREATE UNIQUE INDEX transfer_token ON transfer (token_digest);
CREATE INDEX transfer_agreement ON transfer (agreement);
CREATE TABLE agreement (
    id TEXT NOT NULL, role TEXT NOT NULL, provider TEXT NOT NULL, consumer TEXT NOT NULL,
    dataset TEXT NOT NULL, negotiation TEXT, version BIGINT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (id, role));
CREATE UNIQUE INDEX agreement_negotiation ON agreement (negotiation, role);
CREATE INDEX agreement_dataset ON agreement (dataset);
CREATE TABLE dataset (
    id TEXT PRIMARY KEY, offer_id TEXT NOT NULL, withdrawn TEXT,
    version BIGINT NOT NULL, record TEXT NOT NULL);
CREATE INDEX dataset_offer ON dataset (offer_id);
CREATE TABLE outbox (
    id TEXT PRIMARY KEY, process TEXT NOT NULL, not_before TEXT NOT NULL,
    version BIGINT NOT NULL, record TEXT NOT NULL);
CREATE INDEX outbox_process ON outbox (process);
CREATE INDEX outbox_due ON outbox (not_before);
CREATE TABLE timer (
    kind TEXT NOT NULL, subject TEXT NOT NULL, due TEXT NOT NULL,
    version BIGINT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (kind, subject));
CREATE INDEX timer_due ON timer (due);
CREATE TABLE decision (
    id TEXT PRIMARY KEY, process TEXT, agreement TEXT, stage TEXT NOT NULL,
    version BIGINT NOT NULL, record TEXT NOT NULL);
CREATE INDEX decision_process ON decision (process);
CREATE TABLE token_use (
    did TEXT NOT NULL, jti TEXT NOT NULL, expires TEXT NOT NULL,
    version BIGINT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (did, jti));
CREATE INDEX token_use_expires ON token_use (expires);
CREATE TABLE history (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, process TEXT NOT NULL, direction TEXT NOT NULL,
    sender TEXT NOT NULL, message_id TEXT, digest TEXT NOT NULL, at TEXT NOT NULL,
    record TEXT NOT NULL);
CREATE INDEX history_process ON history (process, direction);
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, process TEXT, agreement TEXT,
    dataset TEXT, peer TEXT, at TEXT NOT NULL, record TEXT NOT NULL);
CREATE INDEX journal_process ON journal (process);
CREATE INDEX journal_agreement ON journal (agreement);
