"""How a process that runs a model is spoken to: a line of JSON, then the bytes that it names.

Nothing that is received is run: arrays of numbers, texts, and tables of Arrow.
"""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any, Final

from faifo.phrases import Phrase

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HEAD: Final = 12
_TYPES: Final = ("<f8", "<f4", "<i8", "<i4", "|b1")


def send(sink: IO[bytes], told: dict[str, Any], body: bytes = b"") -> None:
    head = json.dumps(told).encode()
    sink.write(len(head).to_bytes(4, "big") + len(body).to_bytes(8, "big") + head + body)
    sink.flush()


def receive(source: IO[bytes], limit: int) -> tuple[dict[str, Any], bytes] | None:
    """Return what was sent, or nothing if the other side is gone or says too much."""
    sizes = source.read(_HEAD)
    first, second = int.from_bytes(sizes[:4], "big"), int.from_bytes(sizes[4:], "big")
    if len(sizes) < _HEAD or first + second > limit:
        return None
    head, body = source.read(first), source.read(second)
    if len(head) < first or len(body) < second:
        return None
    try:
        told = json.loads(head)
    except (ValueError, RecursionError):
        return None
    return (told, body) if isinstance(told, dict) else None


def of_array(values: NDArray[Any]) -> tuple[dict[str, Any], bytes]:
    """Return what is to be sent of numbers or texts."""
    import numpy as np

    if values.dtype.kind in "US":
        return {"texts": values.astype(str).ravel().tolist(), "shape": values.shape}, b""
    kind = {"f": "<f8", "i": "<i8", "u": "<i8", "b": "<i8"}[values.dtype.kind]
    kind = "<f4" if values.dtype == np.float32 else kind
    return {"kind": kind, "shape": values.shape}, np.ascontiguousarray(values, kind).tobytes()


def as_array(told: dict[str, Any], body: bytes) -> NDArray[Any]:
    """Return the array that was sent.

    Raises:
        ValueError: it is none.
    """
    import numpy as np

    shape = told.get("shape")
    if not isinstance(shape, list) or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise ValueError("no shape")
    if "texts" in told:
        return np.array([str(text) for text in told["texts"]], dtype=str).reshape(shape)
    if told.get("kind") not in _TYPES:
        raise ValueError("no numbers")
    return np.frombuffer(body, told["kind"]).reshape(shape)


def of_fact(fact: object) -> object:
    """Return a fact of an error as it is sent: a phrase by its key, so that the reader says it."""
    if isinstance(fact, Phrase):
        return {"key": fact.key, "facts": {k: of_fact(v) for k, v in fact.facts.items()}}
    return str(fact)


def of_table(frame: Any) -> bytes:
    from io import BytesIO

    buffer = BytesIO()
    frame.write_ipc(buffer, compression="uncompressed")
    return buffer.getvalue()


def as_table(body: bytes) -> Any:
    from io import BytesIO

    import polars as pl

    return pl.read_ipc(BytesIO(body))
