"""The command line: one file per verb in `verbs/`, one table of exit codes."""

from __future__ import annotations

from faifo.cli.main import main

__all__ = ["main"]
