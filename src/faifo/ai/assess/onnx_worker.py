"""Run one ONNX model in a process of its own, with bounds on memory, time and files.

Speaks over stdin and stdout: 8 bytes of length, then an .npz without objects. The model comes
first, then tables; every table is answered by scores, or by the name of what went wrong. A model
that eats memory or never ends kills this process and nothing else.
"""

from __future__ import annotations

import io
import resource
import sys
from typing import IO, Any, Final

import numpy as np

MEMORY: Final = 6 * 2**30
CPU_SECONDS: Final = 900
_TYPES: Final[dict[str, Any]] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
    "tensor(string)": object,
}


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    body = receive(source)
    if body is None:
        return
    try:
        session = _session(body)
        send(sink, packed({"inputs": np.array([i.name for i in session.get_inputs()])}))
        while (table := receive(source)) is not None:
            send(sink, packed(_answers(session, unpacked(table))))
    except Exception as error:  # noqa: BLE001 - told to the parent, which says it to a person
        text = f"{type(error).__name__}: {error}"
        send(sink, packed({"error": np.array([text.splitlines()[0][:200]])}))


def _session(body: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(body, options, providers=["CPUExecutionProvider"])


def _answers(session: Any, table: dict[str, Any]) -> dict[str, Any]:
    """Return scores, and of which class each column is as far as the model tells it."""
    inputs = session.get_inputs()
    if len(inputs) == 1 and inputs[0].name not in table:
        # One matrix: all columns in the table's order.
        matrix = np.column_stack([np.asarray(column) for column in table.values()])
        feed = {inputs[0].name: matrix.astype(_TYPES[inputs[0].type])}
    else:
        feed = {
            entry.name: table[entry.name].astype(_TYPES[entry.type]).reshape(-1, 1)
            for entry in inputs
        }
    found = session.run(None, feed)
    best = found[-1]
    if isinstance(best, list):  # a sequence of maps from class to probability
        classes = sorted(best[0])
        scores = np.array([[row[c] for c in classes] for row in best], dtype=np.float64)
        return _named(scores, dict(enumerate(classes)))
    scores = np.asarray(best, dtype=np.float64)
    if scores.ndim == 2 and scores.shape[1] == 1:
        scores = scores[:, 0]
    decided = np.asarray(found[0])
    if scores.ndim != 2 or len(found) < 2 or decided.shape != scores.shape[:1]:
        return _named(scores, {})
    # The class that is decided is that of the highest score; ties tell nothing.
    first = np.argmax(scores, axis=1)
    clear = (scores == scores.max(axis=1, keepdims=True)).sum(axis=1) == 1
    places, rows = np.unique(first[clear], return_index=True)
    names = decided[clear][rows].tolist()
    return _named(scores, dict(zip(places.tolist(), names, strict=True)))


def _named(scores: Any, classes: dict[int, Any]) -> dict[str, Any]:
    return {
        "scores": scores,
        "places": np.array(list(classes), dtype=np.int64),
        "names": np.array([str(name) for name in classes.values()], dtype=str),
    }


def packed(arrays: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpacked(body: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(body), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def send(sink: IO[bytes], body: bytes) -> None:
    sink.write(len(body).to_bytes(8, "big") + body)
    sink.flush()


def receive(source: IO[bytes]) -> bytes | None:
    head = source.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head, "big")
    body = source.read(size)
    return body if len(body) == size else None


if __name__ == "__main__":
    main()
