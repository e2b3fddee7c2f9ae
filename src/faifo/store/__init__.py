"""What a node remembers: records, what is asked of a store, and SQLite or PostgreSQL behind it.

Importers use `faifo.store.contract`, `faifo.store.records` (what is kept) and, in `node/wiring`
only, a concrete store.
"""
