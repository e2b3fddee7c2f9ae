-- The log of this node, what its leaves stand for, and the logs and receipts of others.
-- Of the tree only full tiles are kept, and the places of the ones that are not full yet.

CREATE TABLE log (
    number INTEGER PRIMARY KEY, origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
    halted INTEGER, why TEXT NOT NULL DEFAULT '');
CREATE TABLE log_edge (
    log INTEGER NOT NULL, level INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (log, level, n)) WITHOUT ROWID;
CREATE TABLE log_tile (
    log INTEGER NOT NULL, level INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL);
CREATE UNIQUE INDEX log_tile_found ON log_tile (log, level, n);
-- Salt and record are private, and NULL once they are erased; the leaf says nothing without them.
CREATE TABLE log_record (
    log INTEGER NOT NULL, place INTEGER NOT NULL, kind INTEGER NOT NULL, side INTEGER NOT NULL,
    leaf BLOB NOT NULL, salt BLOB, record BLOB, event TEXT NOT NULL, at TEXT NOT NULL,
    agreement TEXT, process TEXT, peer TEXT, owed INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX log_record_place ON log_record (log, place);
CREATE INDEX log_record_agreement ON log_record (agreement) WHERE agreement IS NOT NULL;
CREATE INDEX log_record_process ON log_record (process) WHERE process IS NOT NULL;
CREATE INDEX log_record_owed ON log_record (peer) WHERE owed = 1;
CREATE TABLE peer_log (
    did TEXT NOT NULL, origin TEXT NOT NULL, revision BIGINT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (did, origin));
CREATE TABLE peer_receipt (
    origin TEXT NOT NULL, place INTEGER NOT NULL, peer TEXT NOT NULL, leaf TEXT NOT NULL,
    agreement TEXT, process TEXT, state TEXT NOT NULL,
    revision BIGINT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (origin, place));
CREATE INDEX peer_receipt_agreement ON peer_receipt (agreement) WHERE agreement IS NOT NULL;
CREATE INDEX peer_receipt_process ON peer_receipt (process) WHERE process IS NOT NULL;
CREATE TABLE expected_receipt (
    peer TEXT NOT NULL, leaf TEXT NOT NULL, due TEXT NOT NULL,
    revision BIGINT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (peer, leaf));
CREATE INDEX expected_receipt_due ON expected_receipt (due);
