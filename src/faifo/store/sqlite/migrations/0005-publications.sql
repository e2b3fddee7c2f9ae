-- A record's own counter is its revision. An agreement belongs to a publication and its version:
-- those of 0.1 to the offer of their negotiation; where that is gone or older, the agreement ends.

UPDATE negotiation SET record = json_set(json_remove(record, '$.version'), '$.revision', version);
ALTER TABLE negotiation RENAME COLUMN version TO revision;
UPDATE transfer SET record = json_set(json_remove(record, '$.version'), '$.revision', version);
ALTER TABLE transfer RENAME COLUMN version TO revision;
UPDATE agreement SET record = json_set(json_remove(record, '$.version'), '$.revision', version);
ALTER TABLE agreement RENAME COLUMN version TO revision;
UPDATE dataset SET record = json_set(json_remove(record, '$.version'), '$.revision', version);
ALTER TABLE dataset RENAME COLUMN version TO revision;
UPDATE outbox SET record = json_set(json_remove(record, '$.version'), '$.revision', version);
ALTER TABLE outbox RENAME COLUMN version TO revision;
UPDATE timer SET record = json_set(json_remove(record, '$.version'), '$.revision', version);
ALTER TABLE timer RENAME COLUMN version TO revision;
UPDATE decision SET record = json_set(json_remove(record, '$.version'), '$.revision', version);
ALTER TABLE decision RENAME COLUMN version TO revision;
UPDATE token_use SET record = json_set(json_remove(record, '$.version'), '$.revision', version);
ALTER TABLE token_use RENAME COLUMN version TO revision;
UPDATE credential SET record = json_set(json_remove(record, '$.version'), '$.revision', version);
ALTER TABLE credential RENAME COLUMN version TO revision;
UPDATE issued SET record = json_set(json_remove(record, '$.version'), '$.revision', version);
ALTER TABLE issued RENAME COLUMN version TO revision;
UPDATE issuance SET record = json_set(json_remove(record, '$.version'), '$.revision', version);
ALTER TABLE issuance RENAME COLUMN version TO revision;
UPDATE member SET record = json_set(json_remove(record, '$.version'), '$.revision', version);
ALTER TABLE member RENAME COLUMN version TO revision;
UPDATE recognition SET record = json_set(json_remove(record, '$.version'), '$.revision', version);
ALTER TABLE recognition RENAME COLUMN version TO revision;
UPDATE passport_judgement SET record = json_set(json_remove(record, '$.version'), '$.revision', version);
ALTER TABLE passport_judgement RENAME COLUMN version TO revision;
UPDATE passport_recognition SET record = json_set(json_remove(record, '$.version'), '$.revision', version);
ALTER TABLE passport_recognition RENAME COLUMN version TO revision;
UPDATE kept_answer SET record = json_set(json_remove(record, '$.version'), '$.revision', version);
ALTER TABLE kept_answer RENAME COLUMN version TO revision;

UPDATE agreement SET record = json_set(record, '$.publication', found.offer)
    FROM (SELECT pid, json_extract(record, '$.offer_id') AS offer FROM negotiation) AS found
    WHERE found.pid = agreement.negotiation;
CREATE TEMP TABLE gone AS
    SELECT agreement.id, agreement.dataset, agreement.consumer,
        strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') AS at,
        'its offer was withdrawn or replaced before this version of Faifo' AS why
    FROM agreement LEFT JOIN dataset ON dataset.id = agreement.dataset
    WHERE agreement.role = 'provider'
        AND json_extract(agreement.record, '$.active') = 1
        AND json_extract(agreement.record, '$.ended') IS NULL
        AND (dataset.id IS NULL OR dataset.withdrawn IS NOT NULL
            OR dataset.offer_id IS NOT json_extract(agreement.record, '$.publication'));
UPDATE agreement SET revision = revision + 1, record = json_set(
        record, '$.ended', gone.at, '$.reason', json_array(gone.why), '$.revision', revision + 1)
    FROM gone WHERE gone.id = agreement.id AND agreement.role = 'provider';
INSERT INTO journal (event, agreement, dataset, peer, at, record)
    SELECT 'agreement-ended', id, dataset, consumer, at, json_object(
        'event', 'agreement-ended', 'at', at, 'agreement', id, 'dataset', dataset,
        'peer', consumer, 'detail', json_object('why', json_array(why)))
    FROM gone;
DROP TABLE gone;
