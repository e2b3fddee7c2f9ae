-- The signature under a head, made in the turn of the writer in which it grew.
ALTER TABLE log ADD COLUMN note BLOB;
