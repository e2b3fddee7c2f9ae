"""What this node offers: the catalog, the gate before the data, and the journal of accesses."""
