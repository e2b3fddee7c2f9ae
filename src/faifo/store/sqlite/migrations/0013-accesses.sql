-- How often and how much was read: by day (days since 1970-01-01) and by who read what under which
-- agreement; counted with each access, so that a report of a million need not read a million rows.

CREATE TABLE access_reader (
    id INTEGER PRIMARY KEY, agreement TEXT NOT NULL, peer TEXT NOT NULL, dataset TEXT NOT NULL,
    purpose TEXT NOT NULL);
CREATE UNIQUE INDEX access_reader_found ON access_reader (agreement, peer, dataset, purpose);
CREATE TABLE access_count (
    reader BIGINT NOT NULL REFERENCES access_reader (id), day BIGINT NOT NULL,
    served BIGINT NOT NULL, refused BIGINT NOT NULL, bytes BIGINT NOT NULL,
    first BIGINT NOT NULL, last BIGINT NOT NULL,
    PRIMARY KEY (reader, day)) WITHOUT ROWID;

INSERT INTO access_reader (agreement, peer, dataset, purpose)
    SELECT DISTINCT coalesce(agreement, ''), peer, dataset, '' FROM journal
    WHERE event IN ('access-served', 'access-refused') AND peer IS NOT NULL AND dataset IS NOT NULL;
INSERT INTO access_count
    SELECT access_reader.id, unixepoch(at) / 86400,
        sum(event = 'access-served'), sum(event = 'access-refused'),
        sum(iif(event = 'access-served', coalesce(json_extract(record, '$.detail.bytes'), 0), 0)),
        min(unixepoch(at)), max(unixepoch(at))
    FROM journal JOIN access_reader ON access_reader.agreement = coalesce(journal.agreement, '')
        AND access_reader.peer = journal.peer AND access_reader.dataset = journal.dataset
    WHERE event IN ('access-served', 'access-refused')
    GROUP BY 1, 2;
