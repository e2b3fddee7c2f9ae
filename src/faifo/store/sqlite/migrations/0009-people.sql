-- People's accounts, decisions about persons, and what waits for a person.

CREATE TABLE account (
    id TEXT NOT NULL, name TEXT NOT NULL, removed TEXT,
    revision BIGINT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (id));
CREATE INDEX account_name ON account (name);

CREATE TABLE person_decision (
    id TEXT NOT NULL, reference TEXT NOT NULL, provider TEXT NOT NULL, agreement TEXT NOT NULL,
    revision BIGINT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (id));
CREATE UNIQUE INDEX person_decision_reference ON person_decision (reference);
CREATE INDEX person_decision_agreement ON person_decision (agreement);

CREATE TABLE review (
    id TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, state TEXT NOT NULL,
    revision BIGINT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (id));
CREATE INDEX review_subject ON review (subject);
CREATE INDEX review_state ON review (state, id);
