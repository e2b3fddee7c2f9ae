"""The published schemas of DSP 2025-1, where ../shared is; without it nothing is checked."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft201909, Draft201909Validator, Registry

FOLDER = Path(__file__).parents[4].parent / "shared/schemas/dsp-2025-1"

OF_TYPE = {
    "Catalog": "catalog/catalog",
    "Dataset": "catalog/dataset",
    "CatalogError": "catalog/catalog-error",
    "ContractNegotiation": "negotiation/contract-negotiation",
    "ContractNegotiationError": "negotiation/contract-negotiation-error",
    "TransferProcess": "transfer/transfer-process",
    "TransferError": "transfer/transfer-error",
}


@cache
def _validators() -> dict[str, Any]:
    files = {}
    for path in FOLDER.glob("*/*-schema.json"):
        # spec-notes #1: three schemas refer to `...#definitions/X`, which is no JSON pointer.
        text = re.sub(r"\.json#definitions/", ".json#/definitions/", path.read_text("utf-8"))
        files[str(path.relative_to(FOLDER)).removesuffix("-schema.json")] = json.loads(text)
    registry = Registry([(schema["$id"], schema) for schema in files.values()], draft=Draft201909)
    return {name: Draft201909Validator(schema, registry=registry) for name, schema in files.items()}


def errors_in(document: Any) -> list[str]:
    """Return what the published schema of the document's type has against it."""
    if not FOLDER.is_dir():
        return []
    validator = _validators()[OF_TYPE[document["@type"]]]
    return [error.message for error in validator.iter_errors(document)]
