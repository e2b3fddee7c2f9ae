"""What a person sees while a process waits: each new trouble once, and nothing when all is well."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from faifo.api.processes import why_failed
from faifo.cli.choices import Choices
from faifo.cli.output import line_of, note
from faifo.phrases import spoken

if TYPE_CHECKING:
    from faifo.api.processes import Process


def watcher(choices: Choices) -> Callable[[Process], None]:
    """Return what prints why a process is not getting on."""
    told: set[str] = set()
    seen: set[tuple[str, str | None]] = set()

    def watch(process: Process) -> None:
        if choices.verbose and (process.pid, process.state) not in seen:
            seen.add((process.pid, process.state))
            note(choices, f"{process.pid}: {process.state or '-'}")
        for row in process.outbox:
            if row.last_error and row.last_error not in told:
                told.add(row.last_error)
                error = line_of(spoken(why_failed(row.last_error), choices.lang))
                note(choices, choices.say("waiting", peer=process.peer, error=error))

    return watch
