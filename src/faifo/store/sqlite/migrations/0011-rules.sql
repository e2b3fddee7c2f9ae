-- What is counted under agreements.

CREATE TABLE agreement_use (
    agreement TEXT NOT NULL, revision BIGINT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (agreement));
