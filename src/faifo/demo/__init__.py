"""`faifo demo`: nodes of invented organisations, and the whole story between them, checked."""

from __future__ import annotations

ACTS = (
    "opening", "publishing", "fetching", "predicting", "refusing", "ending", "comparing",
    "judging", "rules", "skills", "recognising",
    "gathering", "sharing", "warning", "deciding", "stopping", "objecting", "closing",
)  # fmt: skip
"""What `faifo demo --act` knows; `faifo.demo.programme` has what they do."""


def run(lang: str, *, act: str | None = None, commands: bool = False, keep: bool = False) -> int:
    """Play the demo and return the exit code; see `story.play`."""
    from faifo.demo.story import Wanted, play

    return play(lang, Wanted(act=act, commands=commands, keep=keep))
