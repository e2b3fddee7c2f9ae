"""Run one model in a process of its own, with bounds on memory, time and files.

A stranger's model is also shut in before anything of it is read, and before any library is loaded.
A model that eats memory, never ends or breaks a library ends this process and nothing else.
"""

from __future__ import annotations

import os
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import Any, Final

from faifo.ai.assess import wire
from faifo.errors import SettingsError, TooLargeError

MEMORY: Final = 6 * 2**30
CPU_SECONDS: Final = 3600
_ALL: Final = 2**62


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What a library or a function prints is no answer.
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    shut = False
    if sys.argv[1:] == ["stranger"]:
        from faifo.ai.assess.shutting import shut_in

        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        shut = shut_in()
    work = _Work(shut_in=shut)
    while (asked := wire.receive(source, _ALL)) is not None:
        told, body = asked
        try:
            answer = getattr(work, f"do_{told['do']}")(told, body)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a model may raise anything
            answer = _failure(error), b""
        wire.send(sink, answer[0] | {"cpu": time.process_time()}, answer[1])


class _Work:
    """What this process can be asked to do; each returns what is sent back."""

    def __init__(self, *, shut_in: bool) -> None:
        self._shut_in = shut_in
        self._opened: Any = None
        self._trained: Any = None
        self._pool: Any = None

    def do_open(self, told: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Open the model in `body`, or the function that is named."""
        from faifo.ai.assess.loading import open_body

        self._opened = found = open_body(told, body)
        known = {"names": found.names, "sha256": found.sha256, "notes": list(found.notes)}
        return known | {"again": found.estimator is not None, "shut_in": self._shut_in}, b""

    def do_score(self, _: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Answer the rows of a table."""
        import numpy as np

        values, names = self._opened.score(wire.as_table(body))
        found = np.asarray(values)
        if found.dtype.kind == "O":
            kinds = {type(value) for value in found.ravel().tolist()}
            if not kinds <= {int, float, bool} and kinds != {str}:
                raise TypeError("answers that are neither numbers nor texts")
            found = found.astype(str if kinds == {str} else np.float64)
        head, sent = wire.of_array(found)
        return head | {"names": {str(k): str(v) for k, v in names.items()}}, sent

    def do_load(self, _: dict[str, Any], __: bytes) -> tuple[dict[str, Any], bytes]:
        """Load what training needs, while others read the table."""
        from faifo.ai.assess.libraries import without

        # scikit-learn loads pandas where it is there: a quarter of its time, for nothing here.
        with without("pandas"):
            import polars
            import sklearn.ensemble
            import sklearn.linear_model

        return {"polars": polars.__version__, "scikit-learn": sklearn.__version__}, b""

    def do_train(self, told: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Train a reference model on a part of the rows, and say which part it is."""
        import numpy as np

        from faifo.ai.assess import trainers
        from faifo.ai.assess.loading import Opened

        frame, target = self._rows(body)
        first, second = trainers.parted(len(target), told, target)
        trained = trainers.train(told["name"], frame[first], target[first], told)
        self._opened = Opened(lambda rows: (trained.scores(rows), {}))
        both = np.concatenate([first, second])
        head, sent = wire.of_array(both)
        return head | {"first": len(first)}, sent

    def do_pool(self, told: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Keep the rows that shadow models are trained on; `first` of them fit the encoder."""
        from faifo.ai.assess import trainers

        frame, target = self._rows(body)
        if told.get("name"):
            encoder = trainers.Encoder.fit(frame[: told["first"]])
            self._pool = trainers.reference(told["name"], told), encoder.matrix(frame), target
        else:
            estimator = self._opened.estimator
            labels = target
            if target.dtype.kind == "U":
                labels = _own_labels(estimator, target)
            self._pool = estimator, self._opened.rows(frame), labels
        return {}, b""

    def do_shadow(self, _: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Train on some of these rows, and answer all others."""
        import numpy as np

        from faifo.ai.assess import trainers

        inside = np.frombuffer(body, "|b1")
        estimator, matrix, labels = self._pool
        made = trainers.again(estimator, matrix[np.flatnonzero(inside)], labels[inside])
        outside = matrix[np.flatnonzero(~inside)]
        return wire.of_array(np.asarray(trainers.predicted(made, outside)))

    @staticmethod
    def _rows(body: bytes) -> tuple[Any, Any]:
        """Return the table and its last column, the labels."""
        import numpy as np

        frame = wire.as_table(body)
        target = frame.to_series(frame.width - 1).to_numpy()
        target = target.astype(str) if target.dtype.kind == "O" else np.asarray(target)
        return frame.drop(frame.columns[-1]), target


def _own_labels(estimator: Any, texts: Any) -> Any:
    """Return labels as the estimator has them."""
    from faifo.ai.assess.columns import plain_name

    known = {plain_name(str(value)): value for value in getattr(estimator, "classes_", ())}
    if set(texts.tolist()) <= known.keys():
        import numpy as np

        return np.array([known[text] for text in texts.tolist()])
    return texts


def _failure(error: BaseException) -> dict[str, Any]:
    """Return what can be said of an error: its text may hold a value of a row, and is not told."""
    if isinstance(error, SettingsError):
        return {"refused": [*map(wire.of_fact, (error.what, error.expected, error.advice))]}
    if isinstance(error, TooLargeError):
        return {"too_large": [wire.of_fact(error.what), error.limit]}
    last = traceback.extract_tb(error.__traceback__)[-1:]
    at = f", {Path(last[0].filename).name} line {last[0].lineno}" if last else ""
    return {"failed": f"{type(error).__name__}{at}"}


if __name__ == "__main__":
    main()
