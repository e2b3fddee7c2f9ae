"""Modules that a file of tests uses and that its collection does not import.

Every worker collects every file, and scikit-learn alone takes each two seconds of CPU time.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Late:
    """A module that is imported when something of it is first asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        # pytest asks every name of a file whether it is a fixture or a mock.
        if name.startswith(("_", "pytest")):
            raise AttributeError(name)
        return getattr(import_module(self._name), name)
