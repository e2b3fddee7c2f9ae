"""ASEAN Guide, Annex A: which questions there are, and which evidence speaks to them.

The numbers 1.1 to 5.4 are those of two transcriptions, which agree; the published text was not
read. What is asked, in words of ours, stands in the phrases `ai.annex-a`. A question that metrics
speak to is answered by evidence and not by a tick.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from faifo.ai.evidence import Evidence
from faifo.ai.passport.records import Answer
from faifo.errors import SettingsError
from faifo.phrases import Phrase

SECTIONS: Final = {1: 4, 2: 4, 3: 4, 4: 23, 5: 4}
QUESTIONS: Final = tuple(f"{s}.{q}" for s, last in SECTIONS.items() for q in range(1, last + 1))
_PREFIX: Final = "ASEAN-AnnexA:"


def answers(given: Mapping[str, Answer], found: Sequence[Evidence]) -> tuple[Answer, ...]:
    """Return an answer to each question; evidence is added from the crosswalk.

    Raises:
        SettingsError: an answer to a question that does not exist.
    """
    unknown = sorted(set(given) - set(QUESTIONS))
    if unknown:
        raise SettingsError(
            what=Phrase("errors.told.ai.passport.answers", questions=", ".join(unknown)),
            expected=Phrase("errors.told.ai.passport.annex-a"),
        )
    return tuple(_answer(question, given.get(question), found) for question in QUESTIONS)


def _answer(question: str, given: Answer | None, found: Sequence[Evidence]) -> Answer:
    speaking = tuple(e.id for e in found if f"{_PREFIX}{question}" in e.frameworks)
    if given is not None:
        pointed = tuple(dict.fromkeys((*given.evidence, *speaking)))
        return Answer(question=question, answer=given.answer, text=given.text, evidence=pointed)
    # Evidence alone answers nothing: somebody has to say yes or no to it.
    return Answer(question=question, answer="unanswered", evidence=speaking)
