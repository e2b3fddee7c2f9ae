"""What does not prove what it should, each with its own code."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from faifo.phrases import Phrase


class Fault(StrEnum):
    """Why something is no proof. Each has the phrase `ledger.fault.CODE`."""

    SHAPE = "shape"
    SIZE = "size"
    ORIGIN = "origin"
    UNSIGNED = "unsigned"
    SIGNATURE = "signature"
    INCLUSION = "inclusion"
    CONSISTENCY = "consistency"
    FORK = "fork"
    LEAF = "leaf"
    OPENING = "opening"
    COSIGNATURES = "cosignatures"
    TIME = "time"
    MISSING = "missing"
    CHANGED = "changed"
    CONTRADICTION = "contradiction"
    BUNDLE = "bundle"


class ProofError(ValueError):
    """Something is no proof of what it should prove; `fault` says in which way."""

    def __init__(self, fault: Fault, **facts: Any) -> None:
        super().__init__(f"{fault.value}: {facts}" if facts else fault.value)
        self.fault = fault
        self.said = Phrase(f"ledger.fault.{fault.value}", **facts)
