-- How far each webhook's address has been told of the journal.

CREATE TABLE webhook (
    url TEXT PRIMARY KEY, revision BIGINT NOT NULL, record TEXT NOT NULL);
