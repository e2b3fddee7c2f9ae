"""Score with an ONNX model in its own process; see onnx_worker for the bounds."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import weakref
from typing import TYPE_CHECKING, Any, Final

from faifo.ai.assess import onnx_worker
from faifo.ai.assess.libraries import library
from faifo.ai.assess.scoring import Columns
from faifo.errors import SettingsError

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

ANSWER_SECONDS: Final = 300


class OnnxModel:
    """A model in a process of its own that ends with this object."""

    def __init__(self, body: bytes, name: str) -> None:
        library("onnxruntime")
        self._name = name
        self._folder = tempfile.TemporaryDirectory(prefix="faifo-onnx-")
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "faifo.ai.assess.onnx_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
        )
        self._end = weakref.finalize(self, _end, self._process, self._folder)
        self.inputs = tuple(str(name) for name in self._ask(body)["inputs"])

    def scores(self, frame: pl.DataFrame) -> Columns:
        columns = [name for name in self.inputs if name in frame.columns] or frame.columns
        table = {name: _plain(frame[name]) for name in columns}
        found = self._ask(onnx_worker.packed(table))
        names = dict(zip(found["places"].tolist(), found["names"].tolist(), strict=True))
        return Columns(found["scores"], names)

    def _ask(self, body: bytes) -> dict[str, Any]:
        sink, source = self._process.stdin, self._process.stdout
        assert sink is not None and source is not None  # noqa: S101, PT018 - both are pipes
        watch = threading.Timer(ANSWER_SECONDS, self._process.kill)
        watch.start()
        try:
            onnx_worker.send(sink, body)
            answer = onnx_worker.receive(source)
        except BrokenPipeError:
            answer = None
        finally:
            watch.cancel()
        if answer is None:
            raise self._failed("it ended without an answer: too much memory, time, or a crash")
        found = onnx_worker.unpacked(answer)
        if "error" in found:
            raise self._failed(str(found["error"][0]))
        return found

    def _failed(self, reason: str) -> SettingsError:
        return SettingsError(
            what=f"the model {self._name} cannot be run ({reason})",
            expected="an ONNX model whose inputs are the table's columns, or one matrix of them",
        )


def _plain(series: pl.Series) -> NDArray[Any]:
    values = series.to_numpy()
    return values.astype(str) if values.dtype == object else values


def _end(process: subprocess.Popen[bytes], folder: tempfile.TemporaryDirectory[str]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                continue
    process.wait()
    folder.cleanup()
