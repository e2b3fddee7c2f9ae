"""What is to be assessed, checked before anything is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from faifo.ai.assess.tables import MAX_BYTES
from faifo.ai.assess.trainers import NAMES, REGRESSION
from faifo.errors import SettingsError
from faifo.phrases import Phrase

TASKS: Final = ("binary", "multiclass", REGRESSION)
MINIMUM: Final = 10
MAX_MINIMUM: Final = 1_000_000
FAMILIES: Final = (
    "performance",
    "fairness",
    "calibration",
    "robustness",
    "attribute-flip",
    "membership",
    "data-quality",
    "reproducibility",
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """One assessment.

    One of these says where the answers come from: `prediction` and/or `score` (columns of the
    table), `model` (a file or `module:function`), or `train` (a reference model that is trained on
    a part of the table). Without any, what the data is like is measured.

    Attributes:
        data: the table.
        query: instead of a table, a query of the engine at the address `connect`, which counts.
        label: the true outcome; without one, decisions are counted, and nothing is right or wrong.
        original: what the model answered where it was made: the favourable probability, or the
            decided class.
        weight: how many people a row stands for.
        order: the model's classes in its own order.
        output: of an ONNX model with several.
        encoding: of a CSV file that is not UTF-8.
        missing: texts that stand for a missing value besides the empty cell.
        minimum: no count under this leaves.
        threshold: a score from here on is a favourable decision.
        references: the value of a group column that others are compared with.
        quasi: columns that together might single out a person; the group columns if empty.
        rows: at most so many rows are disturbed and attacked; all others are always counted.
    """

    data: Path = Path()
    query: str | None = None
    connect: str | None = field(default=None, repr=False)
    label: str | None = None
    groups: tuple[str, ...] = ()
    task: str | None = None
    favourable: str | None = None
    prediction: str | None = None
    score: str | None = None
    model: str | None = None
    train: str | None = None
    train_data: Path | None = None
    drop: tuple[str, ...] = ()
    original: str | None = None
    weight: str | None = None
    order: tuple[str, ...] = ()
    output: str | None = None
    encoding: str | None = None
    missing: tuple[str, ...] = ()
    references: dict[str, str] = field(default_factory=dict)
    quasi: tuple[str, ...] = ()
    threshold: float = 0.5
    test_share: float = 0.3
    seed: int = 0
    minimum: int = MINIMUM
    without: tuple[str, ...] = ()
    lira: bool = True
    rows: int = 50_000
    watts: float | None = None
    trust: tuple[str, ...] = ()
    max_bytes: int = MAX_BYTES

    @property
    def name(self) -> str:
        """What the table is called."""
        return "query" if self.query else self.data.name

    @property
    def truth(self) -> str:
        """The label's column, where there must be one."""
        return self.label or ""

    @property
    def counts(self) -> bool:
        """Whether the answers stand in the table."""
        return bool(self.prediction or self.score)

    @property
    def columns(self) -> list[str]:
        """The columns that have a meaning of their own, each once."""
        told = [self.label, *self.groups, self.prediction, self.score, self.original, self.weight]
        return list(dict.fromkeys(name for name in [*told, *self.quasi] if name))

    def check(self) -> None:
        """Return if the request makes sense.

        Raises:
            SettingsError: it does not.
        """
        ways = [self.counts, bool(self.model), bool(self.train)]
        _require(sum(ways) <= 1, "places")
        tables = bool(self.query) == bool(self.connect) and bool(self.query) != bool(self.data.name)
        _require(tables, "table")
        _require(self.query is None or self.counts, "query")
        _require(bool(self.label) or (self.counts and self.score is None), "label")
        _require(self.original is None or bool(self.model), "original")
        _require(self.task in (None, *TASKS), "task", task=self.task, names=", ".join(TASKS))
        trains = self.train is None or self.train in NAMES
        _require(trains, "train", model=self.train, names=", ".join(NAMES))
        unknown = sorted(set(self.without) - set(FAMILIES))
        _require(not unknown, "families", unknown=str(unknown), names=", ".join(FAMILIES))
        least = 1 <= self.minimum <= MAX_MINIMUM
        _require(least, "minimum", minimum=self.minimum, most=MAX_MINIMUM)
        _require(0 < self.threshold < 1, "threshold", value=self.threshold)
        _require(0 < self.test_share < 1, "test-share", value=self.test_share)
        _require(0 <= self.seed < 2**32, "seed", seed=self.seed)
        strange = sorted(set(self.references) - set(self.groups))
        _require(not strange, "references", strange=str(strange))
        _require(self.label not in self.groups, "label-group")
        answered = (self.prediction, self.score, self.original, self.weight)
        told = [column for column in answered if column]
        _require(len(set(told)) == len(told), "meanings")
        _require(self.label not in told, "label-answer")
        _require(not {*told} & {*self.groups, *self.quasi}, "answer-group")
        _require(len(set(self.quasi)) == len(self.quasi), "quasi")
        _require(self.watts is None or 0 < self.watts < 1e9, "watts", watts=self.watts)
        _require(self.max_bytes >= 1, "bytes", size=self.max_bytes)
        _require(len(set(self.groups)) == len(self.groups) <= 6, "groups")


def _require(holds: bool, name: str, **facts: Any) -> None:
    if not holds:
        key = f"errors.told.ai.request.{name}"
        raise SettingsError(what=Phrase(key, **facts), expected=Phrase(f"{key}-wanted", **facts))
