-- Old records are packed together, and rows say where theirs are. All are looked at once more.
CREATE TABLE pack (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, data BLOB NOT NULL);
CREATE INDEX pack_by_kind ON pack (kind, number);
DELETE FROM timer WHERE kind = 'retention';
