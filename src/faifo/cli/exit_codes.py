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
