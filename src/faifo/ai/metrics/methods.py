"""What is known of methods: id, version, formula, and the function from counts to figures.

A method that changes its meaning gets a new version; an unknown id or version is refused by the
receiver, because nobody can judge a bare name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from faifo.ai.evidence import Evidence, Figure, MethodRef
from faifo.errors import MalformedMessageError
from faifo.phrases import Phrase

SYSTEM: Final = "system"
DATASET: Final = "dataset"
Figures = Callable[[Mapping[str, Any], Mapping[str, Any]], list[Figure]]


class Method(NamedTuple):
    """One definition; `before` are versions of it that can be read, with the formula of then."""

    family: str
    version: str
    formula: str
    figures: Figures
    about: str = SYSTEM
    before: Mapping[str, str] = MappingProxyType({})


@cache
def methods() -> Mapping[str, Method]:
    """Return all methods by their ids; what makes figures is loaded when somebody asks first."""
    from faifo.ai.metrics.table import METHODS

    return METHODS


def formula_of(method: MethodRef) -> str | None:
    """Return the formula of a method in the version that is named; None if it is not known."""
    found = methods().get(method.id)
    if found is None:
        return None
    return found.formula if method.version == found.version else found.before.get(method.version)


def reference(method: str) -> MethodRef:
    found = methods()[method]
    return MethodRef(id=method, version=found.version, formula=found.formula)


def known(method: MethodRef) -> Method | None:
    """Return the definition if it is one of ours, in a version that can be computed here."""
    found = methods().get(method.id)
    return found if found and method.version in (found.version, *found.before) else None


def is_of_system(evidence: Evidence) -> bool:
    """Tell whether evidence is about predictions or a model, and not about data alone."""
    found = methods().get(evidence.method.id)
    of_model = any(subject.role == "model" for subject in evidence.subjects)
    return of_model or (found is not None and found.about == SYSTEM)


def figures_from(
    method: MethodRef, counts: Mapping[str, Any], parameters: Mapping[str, Any]
) -> list[Figure]:
    """Return the figures that our own formula makes of these counts.

    Raises:
        MalformedMessageError: the method is not known in this version, or the counts cannot be.
    """
    found = known(method)
    if found is None:
        raise MalformedMessageError(
            what=Phrase("errors.told.ai.counts.method", id=method.id, version=method.version),
            expected=Phrase(
                "errors.told.ai.one-of",
                known=", ".join(f"{name} {m.version}" for name, m in methods().items()),
            ),
        )
    try:
        return found.figures(counts, parameters)
    except (OverflowError, ZeroDivisionError, ValueError):
        raise MalformedMessageError(
            what=Phrase("errors.told.ai.counts.no-figure"),
            expected=Phrase("errors.told.ai.counts.rows"),
            where=method.id,
        ) from None
