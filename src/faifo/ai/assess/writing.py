"""Turn counts into evidence: the figures come from the receiver's own formulas, from the start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from faifo import __version__
from faifo.ai.crosswalk import crosswalk
from faifo.ai.evidence import Artefact, Evidence, Figure, Tool, digest, sealed
from faifo.ai.metrics.groups import untold
from faifo.ai.metrics.methods import figures_from, methods, reference

# Tables that are drawn again from the counts, for the intervals of fairness.
REPLICATES: Final = 1000


@dataclass(frozen=True)
class Writer:
    """What all evidence of one assessment shares.

    `draws`: intervals of fairness are drawn, by numpy; else they are those of the formulas.
    """

    subjects: tuple[Artefact, ...]
    minimum: int
    seed: int
    # What each reader of `parameters` should know of every measurement.
    common: dict[str, Any] = field(default_factory=dict)
    draws: bool = True

    def write(
        self,
        method: str,
        counts: dict[str, Any],
        *,
        n: int,
        parameters: dict[str, Any] | None = None,
        suppressed: Sequence[str] = (),
        seeded: bool = False,
        improve: Callable[[list[Figure]], list[Figure]] | None = None,
    ) -> Evidence:
        """Return one sealed evidence; `improve` may replace intervals."""
        chosen = self.common | (parameters or {})
        figures = figures_from(reference(method), counts, chosen)
        if improve is not None:
            figures = improve(figures)
        left = untold(figures)
        figures = [figure for figure in figures if (figure.name, figure.slice) not in left]
        family = methods()[method].family
        return sealed(
            Evidence(
                family=family,
                frameworks=crosswalk().get(family, ()),
                subjects=self.subjects,
                method=reference(method),
                parameters=chosen,
                seed=self.seed if seeded else None,
                n=n,
                minimum=self.minimum,
                counts=counts,
                figures=tuple(figures),
                suppressed=tuple(suppressed),
                tool=tool(),
            )
        )


@cache
def tool() -> Tool:
    """Return this program by the digest of the code that measures."""
    parts = []
    for room in ("faifo.ai.metrics", "faifo.ai.assess"):
        for entry in sorted(files(room).iterdir(), key=lambda entry: entry.name):
            if entry.name.endswith(".py"):
                parts.append(f"{room}/{entry.name} {digest(entry.read_bytes())}\n")
    return Tool(name="faifo", version=__version__, sha256=digest("".join(parts).encode()))
