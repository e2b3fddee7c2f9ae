"""Runs where pysdmx and sdmx1 are: prints what each reads in an SDMX-CSV file, row by row."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import sdmx
from pysdmx.io import read_sdmx
from sdmx.model import common, v30

DIMENSIONS = ("REF_AREA", "OCCUPATION", "REGION", "AGE", "TIME_PERIOD")


def by_pysdmx(path: str) -> list[list[str]]:
    (dataset,) = read_sdmx(Path(path), validate=False).data
    assert dataset.short_urn == "Dataflow=FAIFO:LABOUR_DEMAND(1.0)", dataset.short_urn
    columns = [*DIMENSIONS, "OBS_VALUE", "CONF_STATUS"]
    return [[str(row[name]) for name in columns] for row in dataset.data.to_dict("records")]


def by_sdmx1(path: str) -> list[list[str]]:
    agency = common.Agency(id="FAIFO")
    told = {"id": "LABOUR_DEMAND", "version": "1.0", "maintainer": agency}
    structure = v30.DataStructureDefinition(**told)
    structure.dimensions.extend(common.Dimension(id=name) for name in DIMENSIONS)
    structure.attributes.append(common.DataAttribute(id="CONF_STATUS"))
    structure.measures.append(v30.Measure(id="OBS_VALUE"))
    flow = v30.Dataflow(**told, structure=structure)
    (dataset,) = sdmx.read_sdmx(path, structure=flow).data
    assert dataset.action.name == "information", dataset.action
    sdmx.to_pandas(dataset)  # numbers, or missing
    return [
        [
            *(str(one.dimension[name].value) for name in DIMENSIONS),
            str(one.value),
            str(one.attached_attribute["CONF_STATUS"].value),
        ]
        for one in dataset.obs
    ]


sys.stdout.write(json.dumps({"pysdmx": by_pysdmx(sys.argv[1]), "sdmx1": by_sdmx1(sys.argv[1])}))
