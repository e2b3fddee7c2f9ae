"""What one assessment works on: rows with labels and groups, and a model to ask for answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from faifo.ai.assess import columns, membership, wire
from faifo.ai.assess.columns import BINARY, MULTICLASS, REGRESSION
from faifo.ai.assess.labels import Labels, known_labels
from faifo.ai.assess.remote import Model, Worker, open_model
from faifo.ai.assess.request import Request
from faifo.ai.assess.saying import said
from faifo.ai.assess.scoring import Answers, Raw, answers, names_in, of_scores
from faifo.ai.assess.shadowing import Shadows
from faifo.ai.assess.tables import Table, sha256_of
from faifo.ai.evidence import Artefact, canonical, digest
from faifo.errors import SettingsError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

Ask = Callable[["pl.DataFrame"], Answers]


@dataclass(frozen=True)
class Rows:
    """Rows of a table: columns with a meaning as they are written, and what a model gets."""

    told: pl.DataFrame
    inputs: pl.DataFrame

    def part(self, rows: Any) -> Rows:
        return Rows(self.told[rows], self.inputs[rows] if self.inputs.width else self.inputs)


@dataclass(frozen=True)
class Subject:
    """Rows to judge by, and a model; without a model only the rows."""

    request: Request
    labels: Labels
    whole: Rows
    test: Rows
    artefacts: tuple[Artefact, ...]
    remarks: tuple[str, ...] = ()
    truth: Any = None
    given: Answers = Answers(np.zeros(0))  # noqa: RUF009 - never changed
    ask: Ask | None = None
    training: Rows | None = None
    shadows: Callable[[], Shadows] | None = None
    # Of what a shadow model answers: the probabilities as `given` has them.
    shadowed: Callable[[Any], Any] = lambda matrix: matrix
    again: Callable[[], Answers] | None = None


def table_of(request: Request, path: Any = None, wanted: Iterable[str] | None = None) -> Table:
    """Return the table that a request is about, or another one that is written alike."""
    named = request.columns if wanted is None else wanted
    return Table(path or request.data, list(named), request.encoding, request.missing)


def prepare(request: Request, workers: list[Worker]) -> Subject:
    """Read everything that the request names.

    Args:
        request: what is to be assessed.
        workers: processes that a reference model can be trained in, loading already.

    Raises:
        FaifoError: with the reason; nothing was written.
    """
    table = table_of(request)
    rows = _rows(table, request)
    data = Artefact(name=request.data.name, role="dataset", sha256=sha256_of(request.data))
    remarks = tuple(table.remarks)
    if request.train:
        return replace(_trained(request, rows, data, workers), remarks=remarks)
    if request.model:
        found = _opened(request, rows, data)
        return replace(found, remarks=(*remarks, *found.remarks))
    labels = known_labels([rows.told], request)
    return Subject(request, labels, rows, rows, (data,), remarks)


def _rows(table: Table, request: Request, columns: list[str] | None = None) -> Rows:
    left = [name for name in (request.label, request.original, request.weight) if name]
    inputs = table.inputs([*left, *request.drop], request.max_bytes)
    return Rows(table.all_of(request.columns if columns is None else columns), inputs)


def given_answers(frame: pl.DataFrame, request: Request, labels: Labels) -> Answers:
    """Return the answers that stand in columns of the table."""
    decided = frame[request.prediction] if request.prediction else None
    if request.score and labels.task == BINARY:
        score = columns.numbers(frame[request.score], "score")
        note = frozenset([said("score", name=labels.wanted)])
        found = of_scores(score, request.threshold, note)
        if decided is None:
            return found
        others = labels.decided(decided)
        against = int((others != found.decisions).sum())
        return replace(found, decisions=others, against=against)
    if labels.task == REGRESSION:
        column = request.prediction or request.score or ""
        return Answers(columns.numbers(frame[column], "prediction"))
    if decided is None:
        raise SettingsError(
            what=Phrase("errors.told.ai.subject.only-score"),
            expected=Phrase("errors.told.ai.subject.prediction"),
        )
    sure, notes = None, frozenset[str]()
    if request.score:
        score = columns.numbers(frame[request.score], "score")
        sure, notes = columns.shares(score, "score")
    if labels.task == BINARY:
        notes |= {said("decision", name=labels.wanted)}
    return Answers(labels.decided(decided), None, sure, notes)


def _opened(request: Request, rows: Rows, data: Artefact) -> Subject:
    model = open_model(request)
    labels = known_labels([rows.told], request)
    raw = model.worker.scores(rows.inputs)
    names = _names_of(model, raw, labels, request)
    if names and labels.task == MULTICLASS and set(labels.classes) <= set(names):
        labels = replace(labels, classes=names)

    def read(raw: Raw, height: int) -> Answers:
        return answers(raw, height, labels, names, request.threshold)

    def ask(frame: pl.DataFrame) -> Answers:
        return read(model.worker.scores(frame), frame.height)

    notes = model.notes | {said("inputs", columns=", ".join(rows.inputs.columns))}
    found = read(raw, rows.inputs.height)
    subject = Subject(
        request,
        labels,
        rows,
        rows,
        (Artefact(name=model.name, role="model", sha256=model.sha256), data),
        model.remarks,
        labels.of(rows.told[request.truth]),
        replace(found, notes=found.notes | notes),
        ask,
        again=lambda: ask(rows.inputs),
    )
    return _with_training(subject, model, read)


def _names_of(model: Model, raw: Raw, labels: Labels, request: Request) -> tuple[str, ...] | None:
    """Return the model's classes in its own order: as the user says, else as the model does.

    Raises:
        SettingsError: they contradict each other.
    """
    own = model.names and tuple(columns.plain_name(name) for name in model.names)
    if labels.task != REGRESSION and own is None:
        own = names_in(raw, labels)
    if not request.order:
        return own
    named = tuple(columns.plain_name(name) for name in request.order)
    known = own and set(own) == set(named)
    if known and own != named:
        raise SettingsError(
            what=Phrase("errors.told.ai.subject.order"),
            expected=Phrase("errors.told.ai.subject.own-order"),
        )
    return named


def _with_training(subject: Subject, model: Model, read: Callable[[Raw, int], Answers]) -> Subject:
    request = subject.request
    if request.train_data is None:
        return subject
    named = [name for name in request.columns if name not in (request.original, request.weight)]
    table = table_of(request, request.train_data, [request.label or ""])
    named = [name for name in named if name in table.names or name == request.label]
    training = _rows(table, request, named)
    artefact = Artefact(
        name=request.train_data.name, role="train-dataset", sha256=sha256_of(request.train_data)
    )
    subject = replace(subject, training=training, artefacts=(*subject.artefacts, artefact))
    if not model.again or subject.labels.task == REGRESSION:
        return subject

    def begin() -> Shadows:
        import polars as pl

        sides = [training, subject.test]
        texts = pl.concat([columns.said_of(side.told[request.truth]) for side in sides])
        common = subject.test.inputs.columns
        pool = pl.concat([side.inputs[common] for side in sides], how="vertical_relaxed")
        body = wire.of_table(pool.with_columns(texts.alias("\0label")))
        first = len(training.told)
        return Shadows(
            model.worker,
            model.another,
            ({"do": "pool"}, body),
            membership.halves(len(texts), first, request.seed),
        )

    def shadowed(matrix: Any) -> Any:
        if matrix.ndim != 2 or matrix.shape[1] != len(model.names or ()):
            return None
        return read(Raw(matrix, {}), len(matrix)).probabilities

    return replace(subject, shadows=begin, shadowed=shadowed)


def _trained(request: Request, rows: Rows, data: Artefact, workers: list[Worker]) -> Subject:
    labels = known_labels([rows.told], request)
    target = labels.of(rows.told[request.truth])
    if not rows.inputs.width:
        raise SettingsError(
            what=Phrase("errors.told.ai.subject.no-column"),
            expected=Phrase("errors.told.ai.subject.columns"),
        )
    worker = workers[0]
    versions = {name: str(worker.hear()[0].get(name)) for name in ("scikit-learn",)}
    settings = {"name": request.train, "task": labels.task, "seed": request.seed,
                "test_share": request.test_share}  # fmt: skip
    body = _with_target(rows.inputs, target)

    # Trained twice, for reproducibility: at once where a second process waits anyhow.
    second = workers[1] if len(workers) > 1 else None
    if second is not None:
        second.hear()
        second.tell({"do": "train", **settings}, body)
    told, sent = worker.ask({"do": "train", **settings}, body, 2**34)
    both, first = wire.as_array(told, sent), int(told["first"])
    if second is not None:
        second.hear(2**34)
    learned, test = rows.part(both[:first]), rows.part(both[first:])
    names = tuple(map(str, range(len(labels.classes))))
    # The reference models learn places of classes, and 1 for the favourable one.
    seen = Labels(labels.task, ("0", "1") if labels.task == BINARY else names, "1")

    def read(raw: Raw) -> Answers:
        found = answers(raw, len(raw.values), seen, seen.classes, request.threshold)
        return replace(found, notes=frozenset())

    def ask(frame: pl.DataFrame) -> Answers:
        return read(worker.scores(frame))

    def again() -> Answers:
        if second is None:
            worker.ask({"do": "train", **settings}, body, 2**34)
        return read((second or worker).scores(test.inputs))

    def another() -> Worker:
        other = workers.pop()
        if other is not second:
            other.hear()
        return other

    def begin() -> Shadows:
        pool = _with_target(rows.inputs[both], target[both])
        inside = membership.halves(len(both), first, request.seed)
        return Shadows(worker, another, ({"do": "pool", "first": first, **settings}, pool), inside)

    recipe = {"trained": request.train, **versions, "data": data.sha256, "drop": list(request.drop),
              "label": request.label, "seed": request.seed,
              "test_share": request.test_share}  # fmt: skip
    name = f"{request.train} (recipe)"
    model = Artefact(name=name, role="model", sha256=digest(canonical(recipe)))
    return Subject(
        request,
        labels,
        rows,
        test,
        (model, data),
        (),
        target[both[first:]],
        ask(test.inputs),
        ask,
        learned,
        begin if labels.task != REGRESSION else None,
        lambda matrix: matrix,
        again,
    )


def _with_target(inputs: pl.DataFrame, target: NDArray[Any]) -> bytes:
    import polars as pl

    return wire.of_table(inputs.with_columns(pl.Series("\0target", target)))


def describe(request: Request, notes: Iterable[str]) -> dict[str, Any]:
    """Return what of the request stands in every evidence, and what was taken for granted."""
    told: dict[str, Any] = {"label": request.label, "threshold": request.threshold}
    if request.favourable is not None:
        told["favourable"] = request.favourable
    if request.train:
        told |= {"trained": request.train, "test_share": request.test_share, "seed": request.seed}
    if request.drop and (request.train or request.model):
        told["drop"] = list(request.drop)
    if request.order:
        told["classes"] = list(request.order)
    gaps = said("gaps-too", texts=", ".join(request.missing)) if request.missing else said("gaps")
    return told | {"assumptions": sorted({*notes, gaps, said("as-written")})}
