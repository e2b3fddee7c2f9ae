"""The bill of materials of a system: CycloneDX 1.7, with a model card whose figures are ours."""

from __future__ import annotations

from typing import Any, Final

from faifo.ai.evidence import canonical
from faifo.ai.passport.records import Passport
from faifo.clock import text

SPEC: Final = "1.7"


def bill_of_materials(passport: Passport, *, whole: bool = False) -> dict[str, Any]:
    """Return the BOM; its serial number is the passport's id.

    It tells the figures of all rows and the gaps between groups; those of single groups only where
    `whole` is asked for: they stand in the evidence.
    """
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "serialNumber": passport.id,
        "version": 1,
        "metadata": {
            "timestamp": text(passport.issued),
            "tools": {"components": [_tool(passport)]},
            "component": _model(passport, whole) if passport.kind == "system" else _data(passport),
        },
        "components": [
            _artefact(entry.name, entry.role, entry.sha256)
            for entry in passport.subjects
            if entry.role != "model"
        ],
    }


def says(bom: Any, passport: Passport) -> bool:
    """Tell whether a bill of materials says what the passport does, however numbers are spelt.

    Of the figures it may tell some, as that of a passport of many groups does.
    """
    stated, ours = _plain(bom), _plain(bill_of_materials(passport, whole=True))
    try:
        told, known = ({canonical(entry) for entry in _taken(one)} for one in (stated, ours))
    except (AttributeError, KeyError, TypeError):
        return False
    return bool(stated == ours) and told <= known


def _taken(bom: Any) -> list[Any]:
    """Take the figures out of a BOM, and return them; one of a data set has none."""
    component = bom["metadata"]["component"]
    if "modelCard" not in component:
        return []
    found: list[Any] = component["modelCard"]["quantitativeAnalysis"].pop("performanceMetrics")
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        numbers = ("value", "lowerBound", "upperBound")
        return {n: _number(v) if n in numbers else _plain(v) for n, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value


def _number(value: Any) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


def _tool(passport: Passport) -> dict[str, Any]:
    tool = passport.evidence[0].tool
    return {
        "type": "application",
        "name": tool.name,
        "version": tool.version,
        "hashes": [{"alg": "SHA-256", "content": tool.sha256}],
    }


def _artefact(name: str, role: str, sha256: str) -> dict[str, Any]:
    return {
        "type": "data",
        "bom-ref": f"{role}/{sha256[:16]}",
        "name": name,
        "data": [{"type": "dataset", "name": role}],
        "hashes": [{"alg": "SHA-256", "content": sha256}],
    }


def _data(passport: Passport) -> dict[str, Any]:
    return {
        "type": "data",
        "bom-ref": "subject",
        "name": passport.name,
        "version": passport.version,
    }


def _model(passport: Passport, whole: bool) -> dict[str, Any]:
    models = [entry for entry in passport.subjects if entry.role == "model"]
    data = [entry for entry in passport.subjects if entry.role != "model"]
    component: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": "subject",
        "name": passport.name,
        "version": passport.version,
        "supplier": {"name": passport.issuer.name},
        "modelCard": {
            "bom-ref": "model-card",
            "modelParameters": {
                "task": passport.task,
                "datasets": [{"ref": f"{e.role}/{e.sha256[:16]}"} for e in data],
            },
            "quantitativeAnalysis": {"performanceMetrics": _metrics(passport, whole)},
            "considerations": _considerations(passport),
        },
    }
    if models:
        component["hashes"] = [{"alg": "SHA-256", "content": models[0].sha256}]
    return component


def _metrics(passport: Passport, whole: bool) -> list[dict[str, Any]]:
    found = []
    for evidence in passport.evidence:
        for figure in evidence.figures:
            if figure.value is None or ("=" in figure.slice and not whole):
                continue
            entry: dict[str, Any] = {
                "type": f"{evidence.method.id}/{figure.name}",
                "value": repr(figure.value),
            }
            if figure.slice:
                entry["slice"] = figure.slice
            if figure.low is not None and figure.high is not None:
                entry["confidenceInterval"] = {
                    "lowerBound": repr(figure.low),
                    "upperBound": repr(figure.high),
                }
            found.append(entry)
    return found


def _considerations(passport: Passport) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "users": [passport.users] if passport.users else [],
        "useCases": [passport.purpose] if passport.purpose else [],
        "technicalLimitations": [passport.limits] if passport.limits else [],
    }
    if passport.affected:
        parts["fairnessAssessments"] = [{"groupAtRisk": passport.affected}]
    if passport.risk.reason:
        parts["ethicalConsiderations"] = [{"name": passport.risk.reason}]
    return {name: value for name, value in parts.items() if value}
