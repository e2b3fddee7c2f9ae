-- Links for somebody without a node; of the secret in a link only its digest is kept.

CREATE TABLE invitation (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE, dataset TEXT NOT NULL,
    revision BIGINT NOT NULL, record TEXT NOT NULL);
CREATE INDEX invitation_dataset ON invitation (dataset);
