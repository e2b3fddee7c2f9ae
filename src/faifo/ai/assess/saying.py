"""What was taken for granted, each as one English sentence of the phrases `ai.said.*`.

The sentences stand in the evidence, whose bytes are the same everywhere; `report.wording` says
them in the reader's language.
"""

from __future__ import annotations

from faifo.phrases import say


def said(key: str, **facts: str) -> str:
    """Return the sentence."""
    return say(f"ai.said.{key}", "en", **facts)
