"""The log that cannot be rewritten: tree, tiles, signed heads, leaves, receipts.

Pure: bytes in, bytes or a `ProofError` out. Formats: RFC 6962 and C2SP (tlog-tiles, signed-note,
tlog-checkpoint, tlog-cosignature, tlog-proof, tlog-witness).
"""
