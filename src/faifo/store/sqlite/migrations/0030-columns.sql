-- Ids and digests, which stand in so many columns and indexes, stand there as their bytes (short, of
-- the program). What nothing asks for goes. A receipt is looked for by a mark of its leaf.

ALTER TABLE history DROP COLUMN at;
ALTER TABLE journal DROP COLUMN at;
ALTER TABLE journal DROP COLUMN peer;
ALTER TABLE negotiation DROP COLUMN updated;
ALTER TABLE transfer DROP COLUMN updated;
ALTER TABLE peer_receipt ADD COLUMN mark TEXT NOT NULL DEFAULT '';
UPDATE peer_receipt SET mark = mark_of(leaf);
ALTER TABLE peer_receipt DROP COLUMN leaf;
-- Only what concerns no process is looked for by its event.
DROP INDEX journal_by_event;
CREATE INDEX journal_by_event ON journal (event, seq) WHERE process IS NULL;
DROP INDEX journal_agreement;
CREATE INDEX journal_agreement ON journal (agreement) WHERE agreement IS NOT NULL;

UPDATE negotiation SET pid = short(pid), peer = short(peer), peer_pid = short(peer_pid), dataset =
    short(dataset), agreement = short(agreement);
UPDATE transfer SET pid = short(pid), peer = short(peer), peer_pid = short(peer_pid), dataset =
    short(dataset), agreement = short(agreement), token_digest = short(token_digest);
UPDATE agreement SET id = short(id), provider = short(provider), consumer = short(consumer), dataset
    = short(dataset), negotiation = short(negotiation);
UPDATE dataset SET id = short(id), offer_id = short(offer_id), withdrawn = short(withdrawn);
UPDATE outbox SET id = short(id), process = short(process), not_before = short(not_before);
UPDATE timer SET subject = short(subject), due = short(due);
UPDATE decision SET id = short(id), process = short(process), agreement = short(agreement), stage =
    short(stage);
UPDATE token_use SET did = short(did), jti = short(jti), expires = short(expires);
UPDATE credential SET id = short(id), issuer = short(issuer), type = short(type), name =
    short(name);
UPDATE issued SET id = short(id), holder = short(holder), type = short(type), place = short(place);
UPDATE issuance SET id = short(id), holder = short(holder);
UPDATE member SET did = short(did);
UPDATE recognition SET did = short(did);
UPDATE passport_judgement SET id = short(id), passport = short(passport), pack = short(pack),
    provider = short(provider), taken_by = short(taken_by);
UPDATE passport_recognition SET id = short(id), sha256 = short(sha256), issuer = short(issuer);
UPDATE kept_answer SET holder = short(holder), key = short(key), expires = short(expires);
UPDATE stop SET name = short(name);
UPDATE agreement_use SET agreement = short(agreement);
UPDATE due SET id = short(id), agreement = short(agreement), number = short(number);
UPDATE webhook SET url = short(url);
UPDATE account SET id = short(id), name = short(name), removed = short(removed);
UPDATE person_decision SET id = short(id), reference = short(reference), provider = short(provider),
    agreement = short(agreement);
UPDATE review SET id = short(id), subject = short(subject);
UPDATE notice SET id = short(id), via = short(via);
UPDATE notice_delivery SET notice = short(notice), receiver = short(receiver);
UPDATE passport_suspension SET passport = short(passport), notice = short(notice);
UPDATE invitation SET id = short(id), digest = short(digest), dataset = short(dataset);
UPDATE peer_log SET did = short(did), origin = short(origin);
UPDATE peer_head SET did = short(did), origin = short(origin);
UPDATE peer_receipt SET origin = short(origin), peer = short(peer), agreement = short(agreement),
    process = short(process);
UPDATE expected_receipt SET peer = short(peer), leaf = short(leaf), due = short(due);
UPDATE history SET process = short(process), sender = short(sender), message_id = short(message_id),
    digest = short(digest);
UPDATE journal SET event = short(event), process = short(process), agreement = short(agreement),
    dataset = short(dataset);
UPDATE log_record SET agreement = short(agreement), process = short(process);
UPDATE access_reader SET agreement = short(agreement), peer = short(peer), dataset = short(dataset),
    purpose = short(purpose);
UPDATE catalog_entry SET dataset = short(dataset);
-- Their entries are shorter now; old rows are written anew when they are packed.
REINDEX;
