-- What nothing asks for goes. A receipt is looked for by a mark of its leaf; of a long leaf there is
-- only its digest, after its beginning (speech.py).
ALTER TABLE history DROP COLUMN at;
ALTER TABLE journal DROP COLUMN at, DROP COLUMN peer;
ALTER TABLE negotiation DROP COLUMN updated;
ALTER TABLE transfer DROP COLUMN updated;
ALTER TABLE peer_receipt ADD COLUMN mark TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE peer_receipt SET mark = CASE length(leaf) WHEN 164 THEN substr(leaf, 101, 16)
    ELSE left(encode(sha256(convert_to(leaf, 'UTF8')), 'hex'), 16) END;
ALTER TABLE peer_receipt DROP COLUMN leaf;
DROP INDEX journal_by_event;
CREATE INDEX journal_by_event ON journal (event, seq) WHERE process IS NULL;
DROP INDEX journal_agreement;
CREATE INDEX journal_agreement ON journal (agreement) WHERE agreement IS NOT NULL;
