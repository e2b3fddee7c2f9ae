-- Of many datasets few have an AI passport: those are found, not looked for in all.
ALTER TABLE dataset ADD COLUMN with_passport INTEGER NOT NULL DEFAULT 0;
UPDATE dataset SET with_passport =
    withdrawn IS NULL AND json_extract(record, '$.passport') IS NOT NULL;
CREATE INDEX dataset_with_passport ON dataset (with_passport, id);
