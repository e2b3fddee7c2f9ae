-- What is counted under agreements, and what must be done by a day.

CREATE TABLE agreement_use (
    agreement TEXT NOT NULL, revision BIGINT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (agreement));
CREATE TABLE due (
    id TEXT NOT NULL, agreement TEXT NOT NULL, number TEXT NOT NULL,
    revision BIGINT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (id));
CREATE INDEX due_number ON due (number);
CREATE INDEX due_agreement ON due (agreement);
