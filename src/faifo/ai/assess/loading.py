"""Open a model in a format that is only data, or a function of the user's own: in a worker.

What a file is is told by its content. Nothing that could run a stranger's code is opened: pickles
are refused before, ONNX and boosters are data, skops loads the types that it trusts.
"""

from __future__ import annotations

import importlib
import json
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from faifo.ai.assess.libraries import library
from faifo.ai.assess.onnx_file import check_onnx
from faifo.ai.assess.saying import said
from faifo.ai.evidence import digest
from faifo.errors import SettingsError, TooLargeError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

MAX_BYTES: Final = 2**30
_BINARY: Final = ("0", "1")
_KINDS: Final = Phrase("errors.told.ai.model.kinds")
Score = Callable[["pl.DataFrame"], tuple[Any, dict[int, Any]]]


@dataclass(frozen=True)
class Opened:
    """A model: rows of a table in; answers out, and of which class it tells that columns are.

    `names` are its classes in its order; `estimator` is the scikit-learn estimator where there is
    one, and `rows` what it gets of a table, so that it can be trained again.
    """

    score: Score
    names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    estimator: Any = None
    rows: Any = None
    # Of a function, the digest of the file that it stands in.
    sha256: str = ""


def open_body(told: dict[str, Any], body: bytes) -> Opened:
    """Return the model in `body`, or the function `told["function"]`.

    Raises:
        SettingsError, TooLargeError: with the reason, and nothing was run.
    """
    name = told["name"]
    if told["function"]:
        return _function(name, told["path"])
    if body.startswith(b"PK"):
        return _skops(name, body, told["trust"])
    if body.startswith(b"tree\n"):
        return _lightgbm(name, body)
    if body.lstrip()[:1] == b"{":
        return _xgboost(name, body)
    return _onnx(name, body, told["output"])


def _function(where: str, places: list[str]) -> Opened:
    module_name, _, name = where.partition(":")
    sys.path[:] = ["", *places]
    try:
        module = importlib.import_module(module_name)
        function = getattr(module, name)
    except (Exception, SystemExit) as error:  # the user's module may do anything
        raise SettingsError(
            what=Phrase(
                "errors.told.ai.model.not-imported",
                where=where,
                name=type(error).__name__,
                error=error,
            ),
            expected=Phrase("errors.told.ai.model.own"),
        ) from error
    if not callable(function):
        raise SettingsError(
            what=Phrase("errors.told.ai.model.no-function", where=where),
            expected=Phrase("errors.told.ai.model.own"),
        )
    source = Path(module.__file__ or "")
    body = source.read_bytes() if source.is_file() else where.encode()
    return Opened(lambda frame: (function(frame), {}), sha256=digest(body))


def _skops(name: str, body: bytes, trust: Sequence[str]) -> Opened:
    skops = library("skops.io")
    with zipfile.ZipFile(BytesIO(body)) as archive:
        if sum(member.file_size for member in archive.infolist()) > MAX_BYTES:
            raise TooLargeError(
                what=Phrase("errors.told.ai.model.unpacked", name=name), limit=MAX_BYTES
            )
    try:
        unknown = set(skops.get_untrusted_types(data=body)) - set(trust)
        if unknown:
            raise SettingsError(
                what=Phrase(
                    "errors.told.ai.model.unvouched",
                    name=name,
                    types=", ".join(sorted(unknown)[:8]),
                ),
                expected=Phrase("errors.told.ai.model.skops"),
                advice=Phrase("errors.told.ai.model.trust-type"),
            )
        estimator = skops.loads(body, trusted=list(trust))
    except (ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        raise _unreadable(name, "skops", error) from None
    for part in [estimator, *getattr(estimator, "steps", [])]:
        if hasattr(part, "n_jobs"):
            part.n_jobs = 1
    classes = getattr(estimator, "classes_", None)
    names = None if classes is None else tuple(str(value) for value in classes)
    answer = "predict_proba" if hasattr(estimator, "predict_proba") else "predict"

    def rows(frame: pl.DataFrame) -> Any:
        known = getattr(estimator, "feature_names_in_", None)
        if known is not None:
            return _selected(frame, list(known), name)
        width = getattr(estimator, "n_features_in_", frame.width)
        return _in_order(frame, width, name).to_numpy()

    return Opened(
        lambda frame: (getattr(estimator, answer)(rows(frame)), {}),
        names if answer == "predict_proba" else None,
        (said("output", name=answer),),
        estimator,
        rows,
    )


def _xgboost(name: str, body: bytes) -> Opened:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or "learner" not in document:
        raise _unreadable(name, "XGBoost JSON", "it has no learner")
    xgboost = library("xgboost")
    try:
        booster = xgboost.Booster({"nthread": 1}, model_file=bytearray(body))
        width = booster.num_features()
        objective = str(json.loads(booster.save_config())["learner"]["objective"]["name"])
    except (xgboost.core.XGBoostError, ValueError, TypeError, KeyError) as error:
        raise _unreadable(name, "XGBoost JSON", error) from None
    notes, rounds = [said("output", name=objective)], (0, 0)
    best = booster.attr("best_iteration")
    if best is not None and best.isdigit():
        rounds = (0, int(best) + 1)
        notes.append(said("best-iteration", rounds=str(int(best) + 1)))

    def score(frame: pl.DataFrame) -> tuple[Any, dict[int, Any]]:
        names = booster.feature_names
        matrix = _matrix(frame, names, width, name)
        rows = xgboost.DMatrix(matrix, feature_names=names, nthread=1)
        found = booster.predict(rows, iteration_range=rounds)
        # The class itself, not its probability.
        return (found.astype(np.int64) if objective == "multi:softmax" else found), {}

    return Opened(score, _names_of(objective, document), tuple(notes))


def _names_of(objective: str, document: Any) -> tuple[str, ...] | None:
    """Return the classes of a booster: whole numbers from 0 on."""
    if objective.startswith("binary:"):
        return _BINARY
    if not objective.startswith("multi:"):
        return None
    count = int(document["learner"]["learner_model_param"]["num_class"])
    return tuple(map(str, range(min(count, 1000))))


def _lightgbm(name: str, body: bytes) -> Opened:
    lightgbm = library("lightgbm")
    try:
        booster = lightgbm.Booster(model_str=body.decode("utf-8"))
    except (lightgbm.basic.LightGBMError, UnicodeDecodeError) as error:
        raise _unreadable(name, "LightGBM text", error) from None
    head = body.partition(b"\nTree=")[0].decode()
    told = dict(line.split("=", 1) for line in head.splitlines() if "=" in line)
    objective = told.get("objective", "").split(" ")[0]
    names: tuple[str, ...] | None = None
    if objective in ("binary", "cross_entropy"):
        names = _BINARY
    elif objective.startswith("multiclass"):
        names = tuple(map(str, range(min(int(told.get("num_class", "0")), 1000))))

    def score(frame: pl.DataFrame) -> tuple[Any, dict[int, Any]]:
        columns = booster.feature_name()
        known = None if all(column.startswith("Column_") for column in columns) else columns
        matrix = _matrix(frame, known, booster.num_feature(), name)
        return booster.predict(matrix, num_threads=1), {}

    return Opened(score, names, (said("output", name=objective or "raw"),))


_ONNX_TYPES: Final[dict[str, Any]] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
    "tensor(string)": object,
}


def _onnx(name: str, body: bytes, output: str | None) -> Opened:
    check_onnx(body, name)
    runtime = library("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = runtime.InferenceSession(body, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - its errors share no base of their own
        raise _unreadable(name, "ONNX", error) from None
    inputs, outputs = session.get_inputs(), [entry.name for entry in session.get_outputs()]
    if output is not None and output not in outputs:
        raise SettingsError(
            what=Phrase("errors.told.ai.model.no-output", name=name, output=output),
            expected=Phrase("errors.told.ai.one-of", known=", ".join(map(repr, outputs[:20]))),
        )
    if output is None and len(outputs) > 2:
        raise SettingsError(
            what=Phrase("errors.told.ai.model.outputs", name=name, outputs=len(outputs)),
            expected=Phrase("errors.told.ai.model.say-output", known=", ".join(outputs[:20])),
        )
    place = len(outputs) - 1 if output is None else outputs.index(output)

    def score(frame: pl.DataFrame) -> tuple[Any, dict[int, Any]]:
        if len(inputs) == 1 and inputs[0].name not in frame.columns:
            width = inputs[0].shape[-1] if len(inputs[0].shape) == 2 else None
            rows = _in_order(frame, width if isinstance(width, int) else frame.width, name)
            feed = {inputs[0].name: _as(rows.to_numpy(), inputs[0], name)}
        else:
            rows = _selected(frame, [entry.name for entry in inputs], name)
            feed = {entry.name: _as(rows[entry.name].to_numpy(), entry, name).reshape(-1, 1)
                    for entry in inputs}  # fmt: skip
        return _onnx_answers(session.run(None, feed), place)

    return Opened(score, None, (said("output", name=outputs[place]),))


def _as(values: NDArray[Any], entry: Any, model: str) -> NDArray[Any]:
    try:
        kind = _ONNX_TYPES[entry.type]
        return values.astype(str).astype(object) if kind is object else values.astype(kind)
    except (KeyError, ValueError, TypeError):
        raise SettingsError(
            what=Phrase(
                "errors.told.ai.model.types", model=model, type=entry.type, name=entry.name
            ),
            expected=Phrase("errors.told.ai.model.table"),
            advice=Phrase("errors.told.ai.model.drop"),
        ) from None


def _onnx_answers(found: list[Any], place: int) -> tuple[Any, dict[int, Any]]:
    """Return scores, and of which class each column is as far as the model tells it."""
    best = found[place]
    if isinstance(best, list):  # a sequence of maps from class to probability
        classes = sorted(best[0])
        scores = np.array([[row[c] for c in classes] for row in best], dtype=np.float32)
        return scores, dict(enumerate(classes))
    scores, decided = np.asarray(best), np.asarray(found[0])
    if scores.ndim != 2 or scores.shape[1] < 2 or decided.shape != scores.shape[:1]:
        return scores, {}
    # The class that is decided is that of the highest score; ties tell nothing.
    first = np.argmax(scores, axis=1)
    clear = (scores == scores.max(axis=1, keepdims=True)).sum(axis=1) == 1
    places, rows = np.unique(first[clear], return_index=True)
    names = decided[clear][rows].tolist()
    return scores, dict(zip(places.tolist(), names, strict=True))


def _matrix(
    frame: pl.DataFrame, names: Sequence[str] | None, width: int, model: str
) -> NDArray[np.float64]:
    rows = _selected(frame, names, model) if names else _in_order(frame, width, model)
    wrong = [
        name
        for name, kind in rows.schema.items()
        if not kind.is_numeric() and str(kind) != "Boolean"
    ]
    if wrong:
        raise SettingsError(
            what=Phrase(
                "errors.told.ai.model.numbers", model=model, columns=", ".join(map(repr, wrong[:5]))
            ),
            expected=Phrase("errors.told.ai.model.table"),
        )
    return rows.to_numpy().astype(np.float64)


def _selected(frame: pl.DataFrame, names: Sequence[str], model: str) -> pl.DataFrame:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise SettingsError(
            what=Phrase("errors.told.ai.model.column", model=model, missing=missing[0]),
            expected=Phrase(
                "errors.told.ai.model.table-with", columns=", ".join(map(repr, list(names)[:40]))
            ),
        )
    return frame[list(names)]


def _in_order(frame: pl.DataFrame, width: int, model: str) -> pl.DataFrame:
    if width != frame.width:
        raise SettingsError(
            what=Phrase(
                "errors.told.ai.model.width",
                model=model,
                width=width,
                given=frame.width,
                columns=", ".join(map(repr, frame.columns[:40])),
            ),
            expected=Phrase("errors.told.ai.model.order", width=width),
            advice=Phrase("errors.told.ai.model.drop"),
        )
    return frame


def _unreadable(name: str, kind: str, error: object) -> SettingsError:
    first = next(iter(str(error).strip().splitlines()), "")
    return SettingsError(
        what=Phrase("errors.told.ai.model.unreadable", name=name, kind=kind, why=first[:160]),
        expected=_KINDS,
    )
