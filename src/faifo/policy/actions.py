"""Which action contains which. Spec: ODRL Vocabulary 2.2, `includedIn` of each action.

AI actions are names of Faifo's own, since that vocabulary has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

AI: Final = "urn:faifo:odrl:"
TRAIN, FINE_TUNE = f"{AI}aiTrain", f"{AI}aiFineTune"
PROCESS = f"{AI}process"
"""To work with the data, which a duty may bind to a place."""
EVALUATE, INFER, AGENT = f"{AI}aiEvaluate", f"{AI}aiInfer", f"{AI}aiAgent"

_IN_USE: Final = """
    acceptTracking aggregate annotate anonymize archive attribute attachPolicy compensate
    concurrentUse delete derive digitize distribute ensureExclusivity execute grantUse include
    index inform install modify move nextPolicy obtainConsent play present print read reproduce
    reviewPolicy stream synchronize textToSpeech transform translate uninstall watermark
"""
PARENTS: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(_IN_USE.split(), "use")
    | dict.fromkeys((TRAIN, EVALUATE, INFER, AGENT, PROCESS), "use")
    # `write` and `copy` are older names of `modify` and `reproduce` there.
    | {FINE_TUNE: TRAIN, "write": "modify", "copy": "reproduce", "extract": "reproduce"}
    | {"display": "play", "give": "transfer", "sell": "transfer"}
)
_TOPS: Final = frozenset({"use", "transfer"})


def known(action: Any) -> bool:
    """Tell whether `action`, in its short spelling, is understood."""
    return isinstance(action, str) and (action in _TOPS or action in PARENTS)


def named(word: str) -> str:
    """Return the action that people call `word`: one of Faifo's own, else as it stands."""
    return f"{AI}{word}" if f"{AI}{word}" in PARENTS else word


def includes(wider: Any, action: Any) -> bool:
    """Tell whether `wider` is `action` or contains it; what is not understood contains nothing."""
    while isinstance(action, str):
        if wider == action:
            return True
        action = PARENTS.get(action)
    return False


def stands_against(forbidden: Any, action: str) -> bool:
    """Tell whether forbidding one concerns the other.

    What is not understood always does. Every use through a node is at least a reading.
    """
    if not known(forbidden) or includes(forbidden, action):
        return True
    return action == "use" and forbidden == "read"
