"""What the label column means: task, classes, the favourable one. What is not known is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from faifo.ai.assess import columns
from faifo.ai.assess.columns import BINARY, MULTICLASS, NUMBER, REGRESSION
from faifo.ai.assess.request import Request
from faifo.ai.assess.saying import said
from faifo.ai.assess.tables import Table
from faifo.errors import SettingsError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

MAX_KINDS: Final = 20
# So many different labels are numbers or too many classes, whatever else comes.
_ENOUGH: Final = 1000
_YES_NO: Final = {"1": "true", "0": "false"}


@dataclass(frozen=True)
class Labels:
    """What the label column means; `notes` say what was taken for granted."""

    task: str
    classes: tuple[str, ...] = ()
    # The favourable one; of several, all others together are the other.
    wanted: str = ""
    notes: frozenset[str] = frozenset()

    def of(self, series: pl.Series) -> NDArray[Any]:
        """Return 0/1, places of classes, or values, of all rows or of some."""
        if self.task == REGRESSION:
            return columns.numbers(series, "label")
        texts = columns.said_of(columns.no_gaps(series, "label"))
        if self.task == BINARY:
            return is_one(texts, self.wanted)
        return among(texts, self.classes, "label")

    def decided(self, series: pl.Series) -> NDArray[Any]:
        """Return decisions of the same kinds.

        Raises:
            SettingsError: they are of no class.
        """
        if self.task == REGRESSION:
            return columns.numbers(series, "prediction")
        texts = columns.said_of(columns.no_gaps(series, "prediction"))
        if self.task != BINARY:
            return among(texts, self.classes, "prediction")
        known, found = set(self.classes), set(texts.unique().to_list())
        one = next((one for names, one in self._short() if found <= names), None)
        if found <= known or (len(known) > 2 and one is None):
            one = self.wanted
        if one is None:
            raise SettingsError(
                what=Phrase("errors.told.ai.label.others", name=series.name),
                expected=Phrase("errors.told.ai.label.values", known=len(known)),
                advice=Phrase("errors.told.ai.label.probability"),
            )
        return is_one(texts, one)

    def _short(self) -> list[tuple[set[str], str]]:
        """Values that stand for favourable or not where no label has their names."""
        ways = [({"0", "1"}, "1"), ({"false", "true"}, "true")]
        return [(names, one) for names, one in ways if not names & set(self.classes)]


def among(texts: pl.Series, classes: tuple[str, ...], what: str) -> NDArray[np.int64]:
    """Return the places of values among `classes`."""
    values = columns.coded(texts)
    place = {name: i for i, name in enumerate(classes)}
    unknown = [name for name in values.names if name not in place]
    if unknown:
        raise SettingsError(
            what=Phrase(
                "errors.told.ai.label.unknown", what=columns.role(what), unknown=len(unknown)
            ),
            expected=Phrase("errors.told.ai.label.of-table", classes=len(classes)),
        )
    found: NDArray[np.int64] = np.array([place[name] for name in values.names], dtype=np.int64)
    return found[values.places]


def is_one(texts: pl.Series, name: str) -> NDArray[np.int64]:
    """Return 1 where a text is `name`, else 0."""
    return (texts == name).to_numpy().astype(np.int64)


def known_labels(parts: Iterable[pl.DataFrame], request: Request) -> Labels:
    """Say what the label means, from all parts of a table.

    Without a label, the decisions say which outcomes there are.

    Raises:
        FaifoError: labels are missing, or of one class only, or cannot be understood.
    """
    import polars as pl

    label, other = request.label or request.prediction or "", request.prediction
    kinds: pl.Series | None = None
    decided: set[str] = set()
    for part in parts:
        given = columns.no_gaps(part[label], "label" if request.label else "prediction")
        found = given.alias("").unique()
        kinds = found if kinds is None else pl.concat([kinds, found]).unique()
        if len(kinds) > _ENOUGH:
            break
        if other and len(decided) <= columns.MAX_CLASSES:
            decided |= set(columns.said_of(columns.no_gaps(part[other], "prediction")).unique())
    if kinds is None:
        raise SettingsError(
            what=Phrase("errors.told.ai.table.no-rows", name=request.name),
            expected=Phrase("errors.told.ai.table.rows"),
        )
    # Texts of Parquet and of engines are no numbers; those of CSV are what they look like.
    plain = request.query is None and not Table(request.data).is_parquet
    return read_labels(kinds, request, decided, plain=plain)


def read_labels(
    kinds: pl.Series, request: Request, decided: Iterable[str] = (), *, plain: bool = True
) -> Labels:
    """Say what labels of these kinds mean.

    Args:
        kinds: all labels that occur.
        request: says task and favourable label, where they are not to be found out.
        decided: the classes that were decided, of several.
        plain: texts that look like numbers are numbers.
    """
    import polars as pl

    texts = columns.said_of(kinds)
    numeric = kinds.dtype.is_numeric() or (
        plain and kinds.dtype == pl.String and bool(texts.str.contains(NUMBER).all())
    )
    found = set(texts.to_list()) if len(texts) <= _ENOUGH else set(texts[:_ENOUGH].to_list())
    task, notes = _task(request, texts, found, numeric=numeric)
    if task == REGRESSION:
        return Labels(REGRESSION, notes=notes)
    if task == MULTICLASS:
        classes = columns.in_order(found | set(decided), by_value=numeric)
        _need_two(found)
        listed = ", ".join(classes)
        return Labels(MULTICLASS, classes, notes=notes | {said("order", classes=listed)})
    classes = columns.in_order(found, by_value=numeric)
    wanted, more = _favourable(request, classes)
    if request.label:
        _need_two(found)
    classes = classes if wanted in classes else (*classes, wanted)
    return Labels(BINARY, classes, wanted, notes | more)


def _task(
    request: Request, texts: pl.Series, found: set[str], *, numeric: bool
) -> tuple[str, frozenset[str]]:
    if request.task is not None:
        return request.task, frozenset()
    if request.favourable is not None or request.label is None:
        return BINARY, frozenset()
    fractional = numeric and bool(texts.str.contains(r"[.eE]").any())
    if numeric and len(found) > MAX_KINDS and not fractional:
        raise SettingsError(
            what=Phrase("errors.told.ai.label.many-kinds", kinds=MAX_KINDS),
            expected=Phrase("errors.told.ai.label.task"),
        )
    task = REGRESSION if fractional else BINARY if len(found) <= 2 else MULTICLASS
    return task, frozenset([said(f"task-{task}")])


def _favourable(request: Request, classes: tuple[str, ...]) -> tuple[str, frozenset[str]]:
    """Return the favourable class, and what was taken for granted."""
    if request.favourable is not None:
        wanted = columns.plain_name(request.favourable)
        if set(classes) <= {"false", "true"}:
            wanted = _YES_NO.get(wanted, wanted)
        if wanted not in classes and (request.label or not set(classes) <= {"0", "1"}):
            raise SettingsError(
                what=Phrase("errors.told.ai.label.none-such", favourable=request.favourable),
                expected=Phrase("errors.told.ai.label.one-of", classes=len(classes)),
            )
        return wanted, frozenset()
    for pair, one in (({"0", "1"}, "1"), ({"false", "true"}, "true")):
        if set(classes) <= pair:
            return one, frozenset([said("favourable", name=one)])
    raise SettingsError(
        what=Phrase("errors.told.ai.label.favourable", classes=len(classes)),
        expected=Phrase("errors.told.ai.label.say-favourable"),
    )


def _need_two(found: set[str]) -> None:
    if len(found) < 2:
        raise SettingsError(
            what=Phrase("errors.told.ai.label.same"),
            expected=Phrase("errors.told.ai.label.two"),
            advice=Phrase("errors.told.ai.label.nothing"),
        )
