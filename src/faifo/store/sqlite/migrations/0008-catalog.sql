-- What is published, by its terms and its words; filled from the datasets when the steps are done.

CREATE TABLE catalog_terms (number INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL UNIQUE);
CREATE TABLE catalog_entry (
    place INTEGER PRIMARY KEY AUTOINCREMENT, dataset TEXT NOT NULL UNIQUE,
    terms INTEGER NOT NULL REFERENCES catalog_terms (number),
    id_key TEXT, title_key TEXT, description_key TEXT, keyword_key TEXT, license_key TEXT,
    mediaType_key TEXT, byteSize_key);
CREATE INDEX catalog_entry_terms ON catalog_entry (terms);
CREATE VIRTUAL TABLE catalog_token USING fts5 (
    tokens, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
INSERT INTO catalog_token (catalog_token, rank) VALUES ('automerge', 0);
