"""The rows that both judge: the split that `faifo ai assess --train` makes, as numbers."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import msgspec

from bench.processes import ROOT
from faifo.demo.loan_model import FEATURES, OUTCOME
from faifo.demo.tables import loan_applications

SEED, TEST_SHARE = 0, 0.3
LABEL = "label"
ADULT = ROOT.parent / "shared" / "data" / "adult.csv"


class DataSet(msgspec.Struct, frozen=True, kw_only=True):
    """A table with a label of two values and columns that tell groups."""

    name: str
    file: Path
    label: str
    favourable: str
    groups: tuple[str, ...]
    drop: tuple[str, ...] = ()


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """`groups` has the name of each test row's group, by column; `codes` the number of a name."""

    train: Path
    test: Path
    groups: dict[str, list[str]]
    codes: dict[str, dict[float, str]]
    truth: list[int]


def data_set(folder: Path) -> DataSet:
    """Return Adult, or where it is not at hand a small table that comes with the demo."""
    if ADULT.exists():
        return DataSet(
            name="adult",
            file=ADULT,
            label="income-per-year",
            favourable=">50K",
            groups=("sex", "race"),
            drop=("fnlwgt", "education"),
        )
    file = folder / "loanapp.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, ["sex", "black", *FEATURES, OUTCOME], extrasaction="ignore")
        writer.writeheader()
        for row in loan_applications():
            if all(row.values()):
                sex = ("female", "male")[int(row["male"])]
                writer.writerow({**row, "sex": sex, "black": ("no", "yes")[int(row["black"])]})
    return DataSet(
        name="loanapp", file=file, label="approve", favourable="1", groups=("sex", "black")
    )


def split(data: DataSet, folder: Path) -> Split:
    """Write both parts as numbers, prepared as Faifo prepares them for a model."""
    from faifo.ai.assess.labels import known_labels
    from faifo.ai.assess.request import Request
    from faifo.ai.assess.tables import MAX_BYTES, Table
    from faifo.ai.assess.trainers import Encoder, parted

    request = Request(data=data.file, label=data.label, favourable=data.favourable)
    table = Table(data.file, [data.label])
    labels = table.all_of([data.label])
    target = known_labels([labels], request).of(labels[data.label])
    told = {"test_share": TEST_SHARE, "seed": SEED, "task": "binary"}
    first, second = parted(len(target), told, target)
    inputs = table.inputs([data.label, *data.drop], MAX_BYTES)
    encoder = Encoder.fit(inputs[first])
    names = [*encoder.categories, *encoder.numeric]
    files = {}
    for part, rows in (("train", first), ("test", second)):
        files[part] = folder / f"{part}.csv"
        _write(files[part], names, encoder.matrix(inputs[rows]), target[rows])
    return Split(
        train=files["train"],
        test=files["test"],
        groups={name: inputs[second][name].to_list() for name in data.groups},
        codes={name: dict(enumerate(encoder.categories[name])) for name in data.groups},
        truth=target[second].tolist(),
    )


def _write(file: Path, names: list[str], matrix: Any, target: Any) -> None:
    import polars as pl

    table = pl.DataFrame(matrix, schema=names, orient="row")
    table.with_columns(pl.Series(LABEL, target)).write_csv(file)
