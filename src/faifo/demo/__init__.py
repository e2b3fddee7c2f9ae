"""`faifo demo`: two nodes of invented organisations, and the whole story between them, checked."""

from __future__ import annotations


def run(lang: str, keep: bool) -> int:
    """Play the demo and return the exit code; see `story.play`."""
    from faifo.demo.story import play

    return play(lang, keep=keep)
