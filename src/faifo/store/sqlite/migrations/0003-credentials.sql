-- Credentials: what a holder keeps, what an issuer issued, who is a member, whom it recognises.

CREATE TABLE credential (
    id TEXT PRIMARY KEY, issuer TEXT NOT NULL, type TEXT NOT NULL, name TEXT,
    version BIGINT NOT NULL, record TEXT NOT NULL);
CREATE UNIQUE INDEX credential_name ON credential (issuer, name);
CREATE INDEX credential_type ON credential (type);
CREATE TABLE issued (
    id TEXT PRIMARY KEY, holder TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL,
    place TEXT NOT NULL, version BIGINT NOT NULL, record TEXT NOT NULL);
CREATE UNIQUE INDEX issued_place ON issued (place);
CREATE INDEX issued_holder ON issued (holder);
CREATE INDEX issued_status ON issued (status);
CREATE TABLE issuance (
    id TEXT PRIMARY KEY, holder TEXT NOT NULL, status TEXT NOT NULL,
    version BIGINT NOT NULL, record TEXT NOT NULL);
CREATE INDEX issuance_holder ON issuance (holder, status);
CREATE TABLE member (
    did TEXT PRIMARY KEY, status TEXT NOT NULL,
    version BIGINT NOT NULL, record TEXT NOT NULL);
CREATE TABLE recognition (
    did TEXT PRIMARY KEY, version BIGINT NOT NULL, record TEXT NOT NULL);
CREATE INDEX transfer_participant ON transfer (peer, state);
