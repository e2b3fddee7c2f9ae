"""Open a model in a format that is only data, or a function of the user's own.

What a file is is told by its content. Nothing that could run a stranger's code is opened: pickles
are refused, ONNX runs in a process of its own, skops loads the types that it trusts.
"""

from __future__ import annotations

import importlib
import json
import re
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
from faifo.ai.assess.pickles import refuse_pickle
from faifo.ai.assess.scoring import Columns
from faifo.ai.assess.tables import check_columns
from faifo.ai.evidence import digest
from faifo.errors import NotFoundError, SettingsError, TooLargeError

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

MAX_BYTES: Final = 2**30
_FUNCTION: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*\Z")
Score = Callable[["pl.DataFrame"], "NDArray[Any] | Columns"]


@dataclass(frozen=True)
class Model:
    """A model: rows of a table in, class probabilities, probabilities or values out.

    `estimator` is the scikit-learn estimator where there is one, so that it can be trained again.
    """

    name: str
    kind: str
    sha256: str
    score: Score
    classes: tuple[str, ...] | None = None
    estimator: Any = None
    # The label whose probability a single column of answers is; nothing: the favourable one.
    positive: str | None = None


def open_model(where: str, *, trust: Sequence[str] = ()) -> Model:
    """Return the model in the file `where`, or the function `module:function`.

    Args:
        where: a path, or `module:function` of the user's own code.
        trust: types that a skops file may hold besides those that skops trusts.

    Raises:
        NotFoundError, TooLargeError, SettingsError: with the reason, and nothing was run.
    """
    path = Path(where)
    if not path.exists() and _FUNCTION.match(where):
        return _function(where)
    if not path.is_file():
        raise NotFoundError(what="model file", name=where)
    if path.stat().st_size > MAX_BYTES:
        raise TooLargeError(what=f"the model {path.name}", limit=MAX_BYTES)
    body = path.read_bytes()
    refuse_pickle(path, body)
    if body.startswith(b"PK"):
        return _skops(path, body, trust)
    if body.startswith(b"tree\n"):
        return _lightgbm(path, body)
    if body.lstrip()[:1] == b"{":
        return _xgboost(path, body)
    return _onnx(path, body)


def _function(where: str) -> Model:
    module_name, _, name = where.partition(":")
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        module = importlib.import_module(module_name)
        function: Score = getattr(module, name)
    except (Exception, SystemExit) as error:  # the user's module may do anything
        raise SettingsError(
            what=f"{where} cannot be imported ({type(error).__name__}: {error})",
            expected="module:function of your own",
        ) from error
    if not callable(function):
        raise SettingsError(what=f"{where} is no function", expected="module:function of your own")
    source = Path(module.__file__ or "")
    body = source.read_bytes() if source.is_file() else where.encode()
    return Model(name=where, kind="python-function", sha256=digest(body), score=function)


def _onnx(path: Path, body: bytes) -> Model:
    from faifo.ai.assess.onnx_model import OnnxModel

    check_onnx(body, path.name)
    model = OnnxModel(body, path.name)
    return Model(path.name, "onnx", digest(body), model.scores, positive="1")


def _skops(path: Path, body: bytes, trust: Sequence[str]) -> Model:
    skops = library("skops.io")
    with zipfile.ZipFile(BytesIO(body)) as archive:
        if sum(member.file_size for member in archive.infolist()) > MAX_BYTES:
            raise TooLargeError(what=f"the model {path.name}, unpacked", limit=MAX_BYTES)
    try:
        unknown = set(skops.get_untrusted_types(data=body)) - set(trust)
        if unknown:
            raise SettingsError(
                what=f"the model {path.name} holds types that nobody vouched for: "
                + ", ".join(sorted(unknown)[:8]),
                expected="only types that skops trusts",
                advice="if you know them, name each with --trust-type",
            )
        estimator = skops.loads(body, trusted=list(trust))
    except (ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        raise _unreadable(path, "skops", error) from None
    classes = getattr(estimator, "classes_", None)
    return Model(
        path.name,
        "skops",
        digest(body),
        lambda frame: estimator_scores(estimator, frame),
        classes=None if classes is None else tuple(str(value) for value in classes),
        estimator=estimator,
    )


def estimator_scores(estimator: Any, frame: pl.DataFrame) -> NDArray[Any]:
    """Return what a scikit-learn estimator says of the rows."""
    rows = estimator_input(estimator, frame)
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(rows))
    return np.asarray(estimator.predict(rows))


def estimator_input(estimator: Any, frame: pl.DataFrame) -> Any:
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        return frame.to_numpy()
    check_columns(frame.columns, list(names), "given")
    return frame.select(list(names))


def _xgboost(path: Path, body: bytes) -> Model:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or "learner" not in document:
        raise _unreadable(path, "XGBoost JSON", "it has no learner")
    xgboost = library("xgboost")
    try:
        booster = xgboost.Booster(model_file=bytearray(body))
    except (xgboost.core.XGBoostError, ValueError, TypeError) as error:
        raise _unreadable(path, "XGBoost JSON", error) from None

    def score(frame: pl.DataFrame) -> NDArray[Any]:
        names = booster.feature_names
        matrix = _matrix(frame, names, path.name)
        return np.asarray(booster.predict(xgboost.DMatrix(matrix, feature_names=names)))

    return Model(path.name, "xgboost-json", digest(body), score, positive="1")


def _lightgbm(path: Path, body: bytes) -> Model:
    lightgbm = library("lightgbm")
    try:
        booster = lightgbm.Booster(model_str=body.decode("utf-8"))
    except (lightgbm.basic.LightGBMError, UnicodeDecodeError) as error:
        raise _unreadable(path, "LightGBM text", error) from None

    def score(frame: pl.DataFrame) -> NDArray[Any]:
        names = booster.feature_name()
        known = names if set(names) <= set(frame.columns) else None
        return np.asarray(booster.predict(_matrix(frame, known, path.name), num_threads=1))

    return Model(path.name, "lightgbm-text", digest(body), score, positive="1")


def _matrix(frame: pl.DataFrame, names: Sequence[str] | None, model: str) -> NDArray[np.float64]:
    if names:
        check_columns(frame.columns, list(names), "given")
        frame = frame.select(list(names))
    wrong = [name for name, dtype in frame.schema.items() if not dtype.is_numeric()]
    if wrong:
        raise SettingsError(
            what=f"the model {model} takes numbers, and there are none in "
            + ", ".join(map(repr, wrong[:5])),
            expected="the table as the model was trained on it",
        )
    return frame.to_numpy().astype(np.float64)


def _unreadable(path: Path, kind: str, error: object) -> SettingsError:
    first = next(iter(str(error).strip().splitlines()), "")
    return SettingsError(
        what=f"the model {path.name} cannot be read as {kind} ({first[:160]})",
        expected="ONNX, skops, XGBoost JSON or LightGBM text, or module:function of your own",
    )
