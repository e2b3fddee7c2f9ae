-- How many agreements there are with whom, counted as they are written: a list of partners need not
-- go through all agreements.
CREATE TABLE agreement_count (peer TEXT PRIMARY KEY, agreements BIGINT NOT NULL);
INSERT INTO agreement_count
    SELECT peer, count(*) FROM (
        SELECT CASE role WHEN 'provider' THEN consumer ELSE provider END AS peer FROM agreement
    ) AS one WHERE peer NOT LIKE 'mailto:%' GROUP BY peer;
