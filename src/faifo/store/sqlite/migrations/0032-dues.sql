-- What is still to be done is found at once, however much was done.
ALTER TABLE due ADD COLUMN open INTEGER NOT NULL DEFAULT 1;
UPDATE due SET open = json_extract(record, '$.done') IS NULL;
CREATE INDEX due_open ON due (open, number);
