"""Exit codes by their names, for scripts; which error ends with which stands in `faifo.errors`."""

from __future__ import annotations

from typing import Final

OK: Final = 0
ERROR: Final = 1
USAGE: Final = 2
REFUSED: Final = 3
NOT_FOUND: Final = 4
UNREACHABLE: Final = 5
NOT_PROVEN: Final = 6
CONFLICT: Final = 7
STORAGE: Final = 8
INTERRUPTED: Final = 130

# What `faifo verify` ends with: 20 and on, by what the first file that is not proven fails in.
PROOF_SHAPE: Final = 20
PROOF_SIZE: Final = 21
PROOF_ORIGIN: Final = 22
PROOF_UNSIGNED: Final = 23
PROOF_SIGNATURE: Final = 24
PROOF_INCLUSION: Final = 25
PROOF_CONSISTENCY: Final = 26
PROOF_FORK: Final = 27
PROOF_LEAF: Final = 28
PROOF_OPENING: Final = 29
PROOF_COSIGNATURES: Final = 30
PROOF_TIME: Final = 31
PROOF_MISSING: Final = 32
PROOF_CHANGED: Final = 33
PROOF_CONTRADICTION: Final = 34
PROOF_BUNDLE: Final = 35
