ALTER TABLE log ADD COLUMN note BYTEA;
-- The processes at work over this schema, each until its lease is over, in the order of their numbers.
CREATE TABLE replica (
    name TEXT COLLATE "C" PRIMARY KEY,
    number BIGINT NOT NULL,
    part TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    expires TIMESTAMPTZ NOT NULL);
ALTER TABLE writer ADD COLUMN replicas BIGINT NOT NULL DEFAULT 0;
-- The last turn to write that each of them has brought to its end.
CREATE TABLE turn (
    name TEXT COLLATE "C" PRIMARY KEY,
    number BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL);
