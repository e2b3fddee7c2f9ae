"""Exit codes: one table from errors to numbers, so that scripts can branch without reading text."""

from __future__ import annotations

from typing import Final

from faifo.errors import (
    ConflictError,
    FaifoError,
    IllegalTransitionError,
    NotAdmittedError,
    NotFoundError,
    NotProvenError,
    RefusedError,
    SettingsError,
    StorageError,
    UnreachableError,
)

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

EXIT_CODES: Final[dict[type[FaifoError], int]] = {
    FaifoError: ERROR,
    SettingsError: USAGE,
    RefusedError: REFUSED,
    NotAdmittedError: REFUSED,
    NotFoundError: NOT_FOUND,
    UnreachableError: UNREACHABLE,
    NotProvenError: NOT_PROVEN,
    ConflictError: CONFLICT,
    IllegalTransitionError: CONFLICT,
    StorageError: STORAGE,
}


def exit_code(error: FaifoError) -> int:
    """Return the exit code for `error`; the nearest class in its family decides."""
    return next(EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES)
