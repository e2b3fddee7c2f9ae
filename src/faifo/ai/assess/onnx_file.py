"""Look into an ONNX file before anything loads it: no data outside it, no tensor larger than it.

Reads the protobuf by hand along the few fields that can hold tensors (onnx.proto of ONNX 1.18), so
that neither the onnx package nor onnxruntime ever meets a file that points elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from faifo.errors import SettingsError
from faifo.phrases import Phrase

MAX_BYTES: Final = 512 * 2**20
MAX_MESSAGES: Final = 2_000_000
MAX_ELEMENTS: Final = 2**28
_DEPTH: Final = 24

# Message kind: field number to kind of the message inside.
_INSIDE: Final[dict[str, dict[int, str]]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_TENSOR_DIMS: Final = 1
_TENSOR_EXTERNAL: Final = 13
_TENSOR_LOCATION: Final = 14


def check_onnx(body: bytes, name: str) -> None:
    """Return if the file is self-contained.

    Raises:
        SettingsError: it is not ONNX, points to other files, or claims tensors beyond all bounds.
    """
    if len(body) > MAX_BYTES:
        raise _refuse(name, "over", "smaller", bytes=MAX_BYTES)
    pending: list[tuple[str, bytes, int]] = [("model", body, 0)]
    graphs = seen = 0
    while pending:
        kind, message, depth = pending.pop()
        seen += 1
        if depth > _DEPTH or seen > MAX_MESSAGES:
            raise _refuse(name, "deep", "ordinary")
        dims: list[int] = []
        for number, value in _fields(message, name):
            if kind == "tensor":
                _check_tensor(number, value, dims, name)
            inside = _INSIDE[kind].get(number)
            if inside is not None and isinstance(value, bytes):
                graphs += inside == "graph"
                pending.append((inside, value, depth + 1))
        _check_size(dims, name)
    if not graphs:
        raise _refuse(name, "no-graph", "model")


def _check_tensor(number: int, value: int | bytes, dims: list[int], name: str) -> None:
    if number == _TENSOR_EXTERNAL or (number == _TENSOR_LOCATION and value):
        raise _refuse(name, "elsewhere", "one-file")
    if number == _TENSOR_DIMS:
        dims += [value] if isinstance(value, int) else _packed(value, name)


def _check_size(dims: list[int], name: str) -> None:
    elements = 1
    for dim in dims:
        elements *= dim
        if elements > MAX_ELEMENTS or dim > MAX_ELEMENTS:
            raise _refuse(name, "elements", "ordinary")


def _fields(message: bytes, name: str) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(message):
        tag, at = _varint(message, at, name)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(message, at, name)
            yield number, value
            continue
        if wire == 2:
            size, at = _varint(message, at, name)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise _refuse(name, "not-protobuf", "model")
        if at + size > len(message):
            raise _refuse(name, "breaks-off", "whole")
        if wire == 2:
            yield number, message[at : at + size]
        at += size


def _packed(value: bytes, name: str) -> list[int]:
    found, at = [], 0
    while at < len(value):
        number, at = _varint(value, at, name)
        found.append(number)
    return found


def _varint(message: bytes, at: int, name: str) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 70:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7
    raise _refuse(name, "unreadable", "whole")


def _refuse(name: str, reason: str, expected: str, **facts: int) -> Any:
    key = "errors.told.ai.onnx"
    what = Phrase(f"{key}.{reason}", name=name, **facts)
    return SettingsError(what=what, expected=Phrase(f"{key}.{expected}"))
