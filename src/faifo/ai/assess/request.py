"""What is to be assessed, checked before anything is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from faifo.ai.assess.tables import MAX_BYTES
from faifo.ai.assess.trainers import NAMES, REGRESSION
from faifo.errors import SettingsError

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
        _require(
            sum(ways) <= 1,
            "the answers come from several places",
            "one of --prediction/--score, --model, --train",
        )
        _require(
            bool(self.query) == bool(self.connect) and bool(self.query) != bool(self.data.name),
            "not one table",
            "a file, or --query with --connect",
        )
        _require(
            self.query is None or self.counts,
            "a query without answers",
            "--prediction or --score: a model needs the rows, in a file",
        )
        _require(
            bool(self.label) or (self.counts and self.score is None),
            "no label was named",
            "--label, or --prediction alone for selection rates",
        )
        _require(self.original is None or bool(self.model), "the original of no model", "--model")
        _require(
            self.task in (None, *TASKS), f"the task {self.task!r}", "one of " + ", ".join(TASKS)
        )
        _require(
            self.train is None or self.train in NAMES,
            f"the reference model {self.train!r}",
            "one of " + ", ".join(NAMES),
        )
        unknown = set(self.without) - set(FAMILIES)
        _require(not unknown, f"the families {sorted(unknown)}", "some of " + ", ".join(FAMILIES))
        _require(
            1 <= self.minimum <= MAX_MINIMUM, f"a minimum of {self.minimum}", f"1 to {MAX_MINIMUM}"
        )
        _require(0 < self.threshold < 1, f"a threshold of {self.threshold}", "between 0 and 1")
        _require(0 < self.test_share < 1, f"a test share of {self.test_share}", "between 0 and 1")
        _require(0 <= self.seed < 2**32, f"the seed {self.seed}", "0 to 4294967295")
        strange = set(self.references) - set(self.groups)
        _require(not strange, f"references for {sorted(strange)}", "only group columns")
        _require(self.label not in self.groups, "the label is a group too", "different columns")
        answered = (self.prediction, self.score, self.original, self.weight)
        told = [column for column in answered if column]
        _require(len(set(told)) == len(told), "a column with two meanings", "different columns")
        _require(self.label not in told, "the label is the answer too", "different columns")
        _require(
            not {*told} & {*self.groups, *self.quasi},
            "the answer is a group or a quasi-identifier too",
            "different columns",
        )
        _require(
            len(set(self.quasi)) == len(self.quasi), "a quasi-identifier twice", "each one once"
        )
        _require(self.watts is None or 0 < self.watts < 1e9, f"{self.watts} watts", "more than 0")
        _require(self.max_bytes >= 1, f"a table of {self.max_bytes} bytes", "1 or more")
        _require(
            len(set(self.groups)) == len(self.groups) <= 6,
            "the groups",
            "at most 6 different columns",
        )


def _require(holds: bool, what: str, expected: str) -> None:
    if not holds:
        raise SettingsError(what=what, expected=expected)
