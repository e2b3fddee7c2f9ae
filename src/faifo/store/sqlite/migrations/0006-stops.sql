-- What a person has stopped: partners, datasets, agreements.

CREATE TABLE stop (
    kind TEXT NOT NULL, name TEXT NOT NULL, revision BIGINT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (kind, name));
