"""What the story says must be so: a check that fails ends the demo with a clear line."""

from __future__ import annotations

from faifo.errors import FaifoError
from faifo.phrases import Phrase, say


class UntrueError(FaifoError):
    """Something that the demo would say does not hold. `claim` is a key below `demo.claim`."""

    code = "demo-untrue"

    def __init__(self, *, claim: str, got: str, lang: str = "en") -> None:
        super().__init__()
        self.claim = claim
        self.got = got
        self.lang = lang

    def sentence(self, lang: str = "") -> str:
        claim = Phrase(f"demo.claim.{self.claim}")
        return say("demo.untrue", lang or self.lang, claim=claim, got=self.got)


def ensure(holds: bool, claim: str, *, got: object, lang: str) -> None:
    """Go on only if `holds`.

    Raises:
        UntrueError: it does not; `got` is what was found instead.
    """
    if not holds:
        raise UntrueError(claim=claim, got=str(got)[:300], lang=lang)
