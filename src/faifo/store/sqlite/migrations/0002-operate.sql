-- Answers of the management API, kept for requests with an Idempotency-Key.

CREATE TABLE kept_answer (
    holder TEXT NOT NULL, key TEXT NOT NULL, expires TEXT NOT NULL,
    version BIGINT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (holder, key));
CREATE INDEX kept_answer_expires ON kept_answer (expires);
