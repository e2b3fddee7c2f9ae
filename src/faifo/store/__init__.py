"""What a node remembers: records, the Protocol of a store, and SQLite behind it.

Importers use `faifo.store.contract` (Protocols), `faifo.store.records` (what is kept) and, in
`node/wiring` only, a concrete store.
"""
