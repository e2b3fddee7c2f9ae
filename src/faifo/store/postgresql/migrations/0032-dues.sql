-- What is still to be done is found at once, however much was done.
ALTER TABLE due ADD COLUMN open BIGINT NOT NULL DEFAULT 1;
UPDATE due SET open = (record::json ->> 'done' IS NULL)::int;
CREATE INDEX due_open ON due (open, number);
