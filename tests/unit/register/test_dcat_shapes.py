"""Our catalog before pySHACL, which nobody here wrote: with shapes of what DCAT-AP makes mandatory.

The published shapes are on no package registry: FAIFO_DCAT_AP_SHAPES may name a copy. pySHACL
runs in the interpreter that FAIFO_FOREIGN_PYTHON names; in CI its absence is a failure.
"""

from __future__ import annotations

import json
import os
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from faifo.register.dcat import as_dcat
from faifo.register.progress import shipped

SHAPES = Path(__file__).with_name("dcat-ap-mandatory.ttl")
TODAY = date(2026, 11, 29)


def conforms(catalog: dict[str, Any], folder: Path, shapes: str) -> bool:
    python = os.environ.get("FAIFO_FOREIGN_PYTHON")
    if python is None:
        if os.environ.get("CI"):
            pytest.fail("FAIFO_FOREIGN_PYTHON is not set")
        pytest.skip("FAIFO_FOREIGN_PYTHON names no interpreter with pyshacl")
    file = folder / "catalog.jsonld"
    file.write_text(json.dumps(catalog))
    command = [python, "-m", "pyshacl", "-s", shapes, "-df", "json-ld", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    return done.returncode == 0


def catalog() -> dict[str, Any]:
    return as_dcat(shipped("en"), publisher="did:web:ministry.example", name="A ministry")


def test_the_catalog_has_what_is_mandatory(tmp_path: Path) -> None:
    assert conforms(catalog(), tmp_path, str(SHAPES))
    published = os.environ.get("FAIFO_DCAT_AP_SHAPES")
    if published:
        assert conforms(catalog(), tmp_path, published)


@pytest.mark.parametrize("name", ["dct:title", "dct:description", "dct:publisher"])
def test_a_catalog_without_it_does_not_conform(tmp_path: Path, name: str) -> None:
    without = catalog()
    del without[name]
    assert not conforms(without, tmp_path, str(SHAPES))
