-- Lists are read newest first and by one column at most: each such index ends in the order of the
-- list, so that a page is found and not sorted, however much is kept.
CREATE INDEX negotiation_by_role ON negotiation (role, pid);
CREATE INDEX negotiation_by_state ON negotiation (state, pid);
CREATE INDEX negotiation_by_peer ON negotiation (peer, pid);
DROP INDEX negotiation_dataset;
CREATE INDEX negotiation_by_dataset ON negotiation (dataset, pid);
CREATE INDEX transfer_by_role ON transfer (role, pid);
CREATE INDEX transfer_by_state ON transfer (state, pid);
CREATE INDEX transfer_by_peer ON transfer (peer, pid);
CREATE INDEX transfer_by_dataset ON transfer (dataset, pid);
DROP INDEX transfer_agreement;
CREATE INDEX transfer_by_agreement ON transfer (agreement, pid);
CREATE INDEX agreement_by_provider ON agreement (provider, id, role);
CREATE INDEX agreement_by_consumer ON agreement (consumer, id, role);
DROP INDEX agreement_dataset;
CREATE INDEX agreement_by_dataset ON agreement (dataset, id, role);
