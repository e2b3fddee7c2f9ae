-- Old records are packed, and free pages given back: the file is written anew in smaller pages by the
-- program, since no statement in a transaction can (migrate.py).
-- What was offered to this node is looked for by its event, of which there may be none.
CREATE INDEX journal_by_event ON journal (event, seq);
