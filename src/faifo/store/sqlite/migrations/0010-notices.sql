-- Notices that are pushed to subscribers, how each receiver took them, and what they suspend.

CREATE TABLE notice (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, direction TEXT NOT NULL, state TEXT NOT NULL,
    via TEXT NOT NULL, revision BIGINT NOT NULL, record TEXT NOT NULL);
CREATE INDEX notice_found ON notice (kind, direction, state);
CREATE INDEX notice_via ON notice (via, state);
CREATE TABLE notice_delivery (
    notice TEXT NOT NULL, receiver TEXT NOT NULL, revision BIGINT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (notice, receiver));
CREATE TABLE passport_suspension (
    passport TEXT NOT NULL, notice TEXT NOT NULL, revision BIGINT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (passport, notice));
CREATE INDEX passport_suspension_notice ON passport_suspension (notice);
