-- Of many datasets few have an AI passport: those are found, not looked for in all.
ALTER TABLE dataset ADD COLUMN with_passport TEXT COLLATE "C";
UPDATE dataset SET with_passport = 'yes'
    WHERE withdrawn IS NULL AND record::json ->> 'passport' IS NOT NULL;
CREATE INDEX dataset_with_passport ON dataset (with_passport, id) WHERE with_passport IS NOT NULL;
