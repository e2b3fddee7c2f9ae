"""What one assessment works on: rows with labels and groups, and somebody to ask for answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from faifo.ai.assess import columns
from faifo.ai.assess.columns import BINARY, MULTICLASS, REGRESSION
from faifo.ai.assess.models import Model, estimator_input, estimator_scores, open_model
from faifo.ai.assess.request import Request
from faifo.ai.assess.scoring import Answers, Columns, answers, as_array, in_order
from faifo.ai.assess.tables import check_columns, read_table, sha256_of
from faifo.ai.assess.trainers import Retrain, fitted, shadows, train
from faifo.ai.evidence import Artefact, canonical, digest
from faifo.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl
    from numpy.typing import NDArray

MAX_KINDS = 20


@dataclass(frozen=True)
class Labels:
    """What the label column means."""

    task: str
    classes: tuple[str, ...]
    favourable: int
    # Of several classes against one: those that `classes` names as one.
    rest: tuple[str, ...] = ()

    def of(self, frame: pl.DataFrame, column: str) -> NDArray[Any]:
        """Return 0/1, places of classes, or values."""
        if self.task == REGRESSION:
            return columns.numbers(frame, column, "label")
        if self.task == BINARY:
            values = columns.texts(columns.no_gaps(frame, column, "label"))
            return columns.binary_labels(values, self.classes[self.favourable])
        return self.places(frame, column)

    def places(self, frame: pl.DataFrame, column: str) -> NDArray[Any]:
        """Return the same of a part of the rows, which may have one class only."""
        if self.task == REGRESSION:
            return columns.numbers(frame, column, "label")
        said = columns.said_of(columns.no_gaps(frame, column, "label"))
        if self.task == BINARY:
            return is_one(said, self.classes[self.favourable])
        values = columns.coded(said)
        unknown = set(values.names) - set(self.classes)
        if unknown:
            raise SettingsError(
                what=f"{len(unknown)} classes are not in the first table", expected="its classes"
            )
        return among(values, self.classes)


def among(values: columns.Coded, classes: tuple[str, ...]) -> NDArray[np.int64]:
    """Return the places of values among `classes`, which has all of them."""
    place = {name: i for i, name in enumerate(classes)}
    found: NDArray[np.int64] = np.array([place[name] for name in values.names], dtype=np.int64)
    return found[values.places]


def is_one(said: pl.Series, name: str) -> NDArray[np.int64]:
    """Return 1 where a text is `name`, else 0."""
    return (said == name).to_numpy().astype(np.int64)


@dataclass(frozen=True)
class Subject:
    """Rows to judge by; `ask` is absent where only answers were given."""

    request: Request
    labels: Labels
    whole: pl.DataFrame
    test: pl.DataFrame
    truth: NDArray[Any]
    given: Answers
    artefacts: tuple[Artefact, ...]
    ask: Callable[[pl.DataFrame], Answers] | None = None
    training: pl.DataFrame | None = None
    retrain: Retrain | None = None
    again: Callable[[], Answers] | None = None

    def inputs(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.drop([self.request.label, *self.request.drop])


def read_labels(frame: pl.DataFrame, request: Request, known: tuple[str, ...] | None) -> Labels:
    """Say what the label means; `known` are the classes that a model says it has."""
    series = columns.no_gaps(frame, request.label, "label")
    fractional = series.dtype.is_float() and not bool((series == series.round()).all())
    kinds = series.n_unique()
    task = request.task
    if task is None and (fractional or (series.dtype.is_numeric() and kinds > MAX_KINDS)):
        task = REGRESSION
    if task == REGRESSION:
        return Labels(REGRESSION, (), 0)
    values = columns.texts(series)
    classes = columns.classes_of(values)
    if known and set(classes) <= set(known):
        classes = tuple(known)
    if request.favourable is not None and request.favourable not in classes:
        raise SettingsError(
            what=f"no row has the label {request.favourable!r}",
            expected="one of " + ", ".join(map(repr, classes[:5])),
        )
    if len(classes) < 2:
        columns.binary_labels(values, classes[0])
    if task == MULTICLASS or (task is None and len(classes) > 2 and request.favourable is None):
        return Labels(MULTICLASS, classes, 0)
    if len(classes) > 2 and request.favourable is None:
        raise SettingsError(
            what=f"the label has {len(classes)} different values", expected="two, or --favourable"
        )
    columns.binary_labels(values, request.favourable)
    if len(classes) > 2:  # one favourable class against all others
        others = tuple(name for name in classes if name != request.favourable)
        return Labels(BINARY, (" or ".join(others), str(request.favourable)), 1, others)
    favourable = request.favourable if request.favourable is not None else "1"
    return Labels(BINARY, classes, classes.index(favourable))


def prepare(request: Request) -> Subject:
    """Read everything that the request names.

    Raises:
        FaifoError: with the reason; nothing was written.
    """
    request.check()
    whole = read_table(request.data, max_bytes=request.max_bytes)
    named = [request.label, *request.groups, *request.drop, *request.quasi]
    named += [column for column in (request.prediction, request.score) if column]
    check_columns(whole.columns, named, request.data.name)
    role = "predictions" if request.model is None and request.train is None else "dataset"
    data = Artefact(name=request.data.name, role=role, sha256=sha256_of(request.data))
    if request.train:
        return _trained(request, whole, data)
    if request.model:
        return _opened(request, whole, data)
    return _predicted(request, whole, data)


def given_answers(frame: pl.DataFrame, request: Request, labels: Labels) -> Answers:
    """Return the answers that stand in columns of the table."""
    if request.score and labels.task == BINARY:
        score = columns.shares(columns.numbers(frame, request.score, "score"), "score")
        found = answers(
            score,
            len(score),
            BINARY,
            classes=labels.classes,
            favourable=labels.favourable,
            threshold=request.threshold,
        )
        if not request.prediction:
            return found
        decided = _decided(frame, request, labels)
        return Answers(decided, found.probabilities)
    if labels.task == REGRESSION:
        column = request.prediction or request.score or ""
        return Answers(columns.numbers(frame, column, "prediction"), None)
    if not request.prediction:
        raise SettingsError(
            what="several classes and only a score", expected="--prediction with the decided class"
        )
    sure = None
    if request.score:
        sure = columns.shares(columns.numbers(frame, request.score, "score"), "score")
    return Answers(_decided(frame, request, labels), None, sure)


def _decided(frame: pl.DataFrame, request: Request, labels: Labels) -> NDArray[Any]:
    column = request.prediction or ""
    said = columns.said_of(columns.no_gaps(frame, column, "prediction"))
    if labels.task == BINARY:
        found = set(said.unique().to_list())
        favourable = labels.classes[labels.favourable]
        classes = {*labels.classes, *labels.rest}
        # Without classes of these names, 1 stands for the favourable one and 0 for the other.
        short = not classes & {"0", "1"}
        if not labels.rest and not found <= classes and not (short and found <= {"0", "1"}):
            raise SettingsError(
                what=f"the column {column!r} holds other values than the label",
                expected="one of " + ", ".join(map(repr, labels.classes)),
                advice="a probability is a --score",
            )
        if short and found <= {"0", "1"}:
            favourable = "1"
        return is_one(said, favourable)
    try:
        return among(columns.coded(said), labels.classes)
    except KeyError:
        raise SettingsError(
            what=f"the column {column!r} holds classes that no label has",
            expected="one of " + ", ".join(map(repr, labels.classes[:5])),
        ) from None


def _predicted(request: Request, whole: pl.DataFrame, data: Artefact) -> Subject:
    labels = read_labels(whole, request, None)
    truth = labels.of(whole, request.label)
    given = given_answers(whole, request, labels)
    return Subject(request, labels, whole, whole, truth, given, (data,))


def _asker(
    score: Callable[[pl.DataFrame], Any], request: Request, labels: Labels
) -> Callable[[pl.DataFrame], Answers]:
    def ask(frame: pl.DataFrame) -> Answers:
        return answers(
            score(frame),
            frame.height,
            labels.task,
            classes=labels.classes,
            favourable=labels.favourable,
            threshold=request.threshold,
        )

    return ask


def _opened(request: Request, whole: pl.DataFrame, data: Artefact) -> Subject:
    model = open_model(request.model or "", trust=request.trust)
    labels = read_labels(whole, request, model.classes)
    truth = labels.of(whole, request.label)
    inputs = whole.drop([request.label, *request.drop])
    ask = _asker(_guarded(model, labels), request, labels)
    artefacts = [Artefact(name=model.name, role="model", sha256=model.sha256), data]
    training, retrain = None, None
    if request.train_data is not None:
        training = read_table(request.train_data, max_bytes=request.max_bytes)
        check_columns(training.columns, [request.label, *request.drop], request.train_data.name)
        sha256 = sha256_of(request.train_data)
        artefacts.append(
            Artefact(name=request.train_data.name, role="train-dataset", sha256=sha256)
        )
        if model.estimator is not None:
            import polars as pl

            common = [name for name in whole.columns if name in training.columns]
            pool = pl.concat(
                [training.select(common), whole.select(common)], how="vertical_relaxed"
            )
            retrain = _estimator_shadows(model, pool, request)
    given = ask(inputs)
    return Subject(
        request,
        labels,
        whole,
        whole,
        truth,
        given,
        tuple(artefacts),
        ask=ask,
        training=training,
        retrain=retrain,
        again=lambda: ask(inputs),
    )


def _guarded(model: Model, labels: Labels) -> Callable[[pl.DataFrame], Any]:
    """Return answers in the order of the labels' classes, whatever the model does."""
    from faifo.errors import FaifoError

    favourable = labels.classes[labels.favourable] if labels.task == BINARY else model.positive
    turned = model.positive in labels.classes and model.positive != favourable

    def score(frame: pl.DataFrame) -> Any:
        try:
            raw = model.score(frame)
            if isinstance(raw, Columns):
                raw = in_order(raw, labels.classes)
            found = as_array(raw)
            single = found.ndim == 1 or (found.ndim == 2 and found.shape[1] == 1)
            return 1 - found if turned and single and found.dtype.kind == "f" else found
        except FaifoError:
            raise
        except (Exception, SystemExit) as error:  # the model is not ours: anything may come out
            first = next(iter(str(error).strip().splitlines()), "")
            raise SettingsError(
                what=f"the model {model.name} failed on the table "
                f"({type(error).__name__}: {first[:160]})",
                expected="a model that takes the table's columns",
                advice="name columns that it does not take with --drop",
            ) from error

    return score


def _estimator_shadows(model: Model, pool: pl.DataFrame, request: Request) -> Retrain:
    from sklearn.base import clone

    raw = columns.texts(pool[request.label])
    inputs = pool.drop([request.label, *request.drop])

    def on(rows: NDArray[np.int64]) -> Callable[[NDArray[np.int64]], NDArray[np.float64]]:
        estimator = clone(model.estimator)
        known = model.classes is not None
        labels = raw if known else pool[request.label].to_numpy()
        fitted(estimator, estimator_input(model.estimator, inputs[rows]), labels[rows])
        return lambda others: np.asarray(estimator_scores(estimator, inputs[others]), np.float64)

    return on


def _trained(request: Request, whole: pl.DataFrame, data: Artefact) -> Subject:
    import polars as pl
    import sklearn
    from sklearn.model_selection import train_test_split

    labels = read_labels(whole, request, None)
    target = labels.of(whole, request.label)
    try:
        first, second = train_test_split(
            np.arange(whole.height),
            test_size=request.test_share,
            random_state=request.seed,
            stratify=None if labels.task == REGRESSION else target,
        )
    except ValueError:
        raise SettingsError(
            what="the rows cannot be parted so that each class is on both sides",
            expected="more rows of each class",
        ) from None
    training, test = whole[first], whole[second]
    name = request.train or ""
    inputs = whole.drop([request.label, *request.drop])
    if not inputs.width:
        raise SettingsError(what="no column is left to learn from", expected="input columns")
    model = train(name, inputs[first], target[first], labels.task, request.seed)
    ask = _asker(
        model.scores,
        request,
        Labels(labels.task, labels.classes, 1 if labels.task == BINARY else 0),
    )
    recipe = {
        "trained": name,
        "scikit-learn": sklearn.__version__,
        "data": data.sha256,
        "drop": list(request.drop),
        "label": request.label,
        "seed": request.seed,
        "test_share": request.test_share,
    }
    artefact = Artefact(name=f"{name} (recipe)", role="model", sha256=digest(canonical(recipe)))
    pool = pl.concat([inputs[first], inputs[second]])
    both = np.concatenate([target[first], target[second]])

    def again() -> Answers:
        repeated = train(name, inputs[first], target[first], labels.task, request.seed)
        return _asker(
            repeated.scores,
            request,
            Labels(labels.task, labels.classes, 1 if labels.task == BINARY else 0),
        )(inputs[second])

    return Subject(
        request,
        labels,
        whole,
        test,
        target[second],
        ask(inputs[second]),
        (artefact, data),
        ask=ask,
        training=training,
        retrain=shadows(model, pool, both, labels.task, request.seed),
        again=again,
    )


def describe(request: Request) -> dict[str, Any]:
    """Return what of the request stands in every evidence."""
    told: dict[str, Any] = {"label": request.label, "threshold": request.threshold}
    if request.favourable is not None:
        told["favourable"] = request.favourable
    if request.train:
        told |= {"trained": request.train, "test_share": request.test_share, "seed": request.seed}
        if request.drop:
            told["drop"] = list(request.drop)
    return told
