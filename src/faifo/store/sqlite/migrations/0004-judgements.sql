-- AI passports: what was decided about those of others, and whose evidence is recognised.

CREATE TABLE passport_judgement (
    id TEXT PRIMARY KEY, passport TEXT NOT NULL, pack TEXT NOT NULL, provider TEXT NOT NULL,
    taken_by TEXT NOT NULL, version BIGINT NOT NULL, record TEXT NOT NULL);
CREATE INDEX passport_judgement_about
    ON passport_judgement (passport, pack, provider, taken_by);
CREATE TABLE passport_recognition (
    id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, issuer TEXT NOT NULL,
    version BIGINT NOT NULL, record TEXT NOT NULL);
CREATE UNIQUE INDEX passport_recognition_sha256 ON passport_recognition (sha256);
CREATE INDEX passport_recognition_issuer ON passport_recognition (issuer);
