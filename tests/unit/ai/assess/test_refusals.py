"""What cannot be assessed is refused with the reason, and nothing is written."""

from __future__ import annotations

import gzip
import inspect
import io
import pickle
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("polars", reason="needs faifo[ai]")

import numpy as np
import polars as pl

from faifo.ai.assess import run
from faifo.ai.assess.remote import open_model
from faifo.ai.assess.request import Request
from faifo.ai.assess.run import assess
from faifo.ai.metrics.groups import place_of, read_entries
from faifo.errors import FaifoError, NotFoundError, SettingsError, TooLargeError
from faifo.phrases import LANGUAGES, say


def opened(path: Path) -> Any:
    return open_model(Request(data=path, label="y", model=str(path)))


ROWS: dict[str, list[Any]] = {
    "y": [0, 1] * 50,
    "p": [0.2, 0.8] * 50,
    "d": [0, 1] * 50,
    "sex": ["f", "m"] * 50,
}


def table(tmp_path: Path, **changed: list[Any]) -> Path:
    path = tmp_path / "table.csv"
    pl.DataFrame(ROWS | changed).write_csv(path)
    return path


BAD_TABLES = {
    "a column that is not there": (
        {"label": "outcome"},
        {},
        "the table table.csv has no column 'outcome'; expected one of 'y', 'p', 'd', 'sex'",
    ),
    "labels that are missing": (
        {},
        {"y": [None, None, *ROWS["y"][2:]]},
        "2 of 100 rows have no label in the column 'y'; expected a label in every row; "
        "leave those rows out, and say so in the passport's notes",
    ),
    "one class only": (
        {},
        {"y": [1] * 100},
        "all rows have one and the same label; expected two classes; "
        "with one class there is nothing to compare",
    ),
    "labels that nobody explained": (
        {},
        {"y": ["no", "yes"] * 50},
        "the label has 2 values, and which is favourable is not known; expected 0 and 1, or "
        "--favourable with the favourable one",
    ),
    "a favourable label that no row has": (
        {"favourable": "maybe"},
        {"y": ["no", "yes"] * 50},
        "no row has the label 'maybe'; expected one of its 2 values",
    ),
    "scores that are no numbers": (
        {},
        {"p": [float("nan"), 0.8] * 50},
        "50 of 100 rows have a score that is not a finite number; expected finite numbers",
    ),
    "scores beyond 1": (
        {},
        {"p": [0.2, 1.5] * 50},
        "50 of 100 rows have a score outside 0 to 1; expected the probability of the favourable "
        "outcome",
    ),
    "scores in words": (
        {},
        {"p": ["low", "high"] * 50},
        "the column 'p' holds no numbers; expected a score",
    ),
    "a probability given as a decision": (
        {"score": None, "prediction": "p"},
        {},
        "the column 'p' holds other values than the label; expected the label's 2 values; "
        "a probability is a --score",
    ),
    "a group column that names people": (
        {"groups": ("sex",)},
        {k: v * 10 for k, v in ROWS.items()} | {"sex": [f"p{i}" for i in range(1000)]},
        "the column 'sex' has more than 500 different values; expected groups of people; "
        "a name or a number of a person is no group",
    ),
    "two places where answers come from": (
        {"train": "logistic-regression"},
        {},
        "the answers come from several places; expected one of --prediction/--score, --model, "
        "--train",
    ),
}


KINDS = (
    "texts, numbers up to 64 bits, yes or no, dates, times or categories; "
    "leave the column out of the file, or turn it into one of these"
)
STRANGE = {
    "lists": ([[1, 2]] * 100, "List(Int64)"),
    "bytes": ([b"\xff"] * 100, "Binary"),
    "objects": ([{"a": 1}] * 100, "Struct({'a': Int64})"),
    "spans of time": (pl.Series(range(100), dtype=pl.Duration("us")), "Duration(time_unit='us')"),
    "numbers of 128 bits": (pl.Series(range(100), dtype=pl.Int128), "Int128"),
}


@pytest.mark.parametrize(("values", "kind"), STRANGE.values(), ids=STRANGE)
def test_a_column_of_a_kind_that_cannot_be_judged_is_refused(tmp_path: Path, values, kind):
    path = tmp_path / "table.parquet"
    pl.DataFrame(ROWS | {"sex": values}).write_parquet(path)
    with pytest.raises(SettingsError) as refused:
        assess(Request(data=path, label="y", score="p", groups=("sex",)))
    assert str(refused.value) == (
        f"the column 'sex' of the table table.parquet holds {kind}; expected {KINDS}"
    )


SENSELESS = {
    "the label as the answer": (
        {"score": None, "prediction": "y"},
        "the label is the answer too; expected different columns",
    ),
    "the answer as a group": (
        {"groups": ("p",)},
        "the answer is a group or a quasi-identifier too; expected different columns",
    ),
    "a quasi-identifier twice": (
        {"quasi": ("sex", "sex")},
        "a quasi-identifier twice; expected each one once",
    ),
    "a minimum beyond all tables": (
        {"minimum": 10**30},
        f"a minimum of {10**30}; expected 1 to 1000000",
    ),
    "a machine that makes energy": ({"watts": -1.0}, "-1.0 watts; expected more than 0"),
    "a reference that nobody has": (
        {"groups": ("sex",), "references": {"sex": "male"}},
        "no row has the reference sex=male; expected a value of the column",
    ),
}


@pytest.mark.parametrize(("asked", "sentence"), SENSELESS.values(), ids=SENSELESS)
def test_a_request_without_sense_is_refused(tmp_path: Path, asked, sentence):
    with pytest.raises(SettingsError) as refused:
        assess(Request(**({"data": table(tmp_path), "label": "y", "score": "p"} | asked)))
    assert str(refused.value) == sentence


def test_numbers_that_no_error_can_be_squared_of_are_refused(tmp_path: Path):
    path = table(tmp_path, y=[1e200, -1e200] * 50)
    with pytest.raises(SettingsError) as refused:
        assess(Request(data=path, label="y", prediction="p", task="regression"))
    assert str(refused.value) == (
        "100 of 100 rows have a label beyond 1e+75; expected numbers from -1e+75 to 1e+75"
    )


def test_more_combinations_of_groups_than_can_be_told_apart_are_refused(tmp_path: Path):
    n = 60_000
    path = table(
        tmp_path,
        y=[0, 1] * (n // 2),
        p=[0.5] * n,
        d=[0] * n,
        sex=[i % 400 for i in range(n)],
        town=[i // 400 % 140 for i in range(n)],
    )
    with pytest.raises(SettingsError) as refused:
        assess(Request(data=path, label="y", score="p", groups=("sex", "town")))
    assert str(refused.value) == (
        "the groups have 56000 different combinations; expected at most 20000; "
        "name fewer group columns, or ones with fewer values"
    )


def test_crossed_groups_that_nobody_could_read_are_left_out_and_named(tmp_path: Path):
    n = 4000
    path = table(
        tmp_path,
        y=[0, 1] * (n // 2),
        p=[0.5] * n,
        d=[0] * n,
        sex=[i % 40 for i in range(n)],
        town=[i // 40 % 40 for i in range(n)],
    )
    found = assess(Request(data=path, label="y", score="p", groups=("sex", "town"))).found
    crossed = [e for e in found.evidence if place_of(e.parameters) == "sex & town"]
    assert [e.counts for e in crossed] == [{"groups": []}]
    assert crossed[0].suppressed == (
        "left out: 1600 crossed groups, and at most 1000 are compared",
    )


@pytest.mark.parametrize(("asked", "changed", "sentence"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_a_table_that_cannot_be_judged_is_refused(tmp_path: Path, asked, changed, sentence):
    path = table(tmp_path, **changed)
    with pytest.raises(SettingsError) as refused:
        assess(Request(**({"data": path, "label": "y", "score": "p"} | asked)))
    assert str(refused.value) == sentence


def test_the_table_that_all_these_are_made_from_is_accepted(tmp_path: Path):
    found = assess(Request(data=table(tmp_path), label="y", score="p", groups=("sex",))).found
    assert found.evidence


def test_a_sparse_file_of_ten_gigabytes_is_refused_at_once(tmp_path: Path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(b"y,p\n" + b"1,0.5\n" * 20_000)
        file.truncate(10 * 2**30)
    with pytest.raises(TooLargeError) as refused:
        assess(Request(data=path, label="y", train="logistic-regression"))
    assert str(refused.value) == "the table huge.csv is over the limit of 2147483648 bytes"
    # Answers are counted in parts however large the table is, and this one is none.
    with pytest.raises(SettingsError) as refused_part:
        assess(Request(data=path, label="y", score="p"))
    assert str(refused_part.value) == (
        "the table huge.csv cannot be read (its bytes are neither text nor Parquet); "
        "expected CSV with a header line, or Parquet"
    )


@pytest.mark.parametrize(
    ("name", "body", "part"),
    [
        ("zeros.csv", b"\0" * 100, "neither text nor Parquet"),
        ("empty.csv", b"", "cannot be read"),
        ("only-a-header.csv", b"y,p\n", "has no rows"),
        ("broken.parquet", b"PAR1" + b"x" * 100, "cannot be read"),
        ("ragged.csv", b"y,p\n1,0.5\n0,0.5,3,4\n", "cannot be read"),
        ("shifted.csv", b"y,unused,p\n1,a,1\n0,b,0,5\n", "a line does not fit the header"),
        ("lines-of-cr.csv", b"y,p\r1,0.5\r0,0.5\r", "its lines end in CR,"),
        ("long-name.csv", b"y,p," + b"x" * 200_000 + b"\n1,0.5,1\n", "a name is too long"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, name, body, part):
    (tmp_path / name).write_bytes(body)
    with pytest.raises(SettingsError) as refused:
        assess(Request(data=tmp_path / name, label="y", score="p"))
    assert part in str(refused.value)


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('the pickle ran')",)


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), body)
    return buffer.getvalue()


PICKLES = {
    "protocol 5": ("model.onnx", pickle.dumps(Bomb(), 5), "is a pickle"),
    "protocol 2": ("model", pickle.dumps(Bomb(), 2), "is a pickle"),
    "protocol 0": ("model.txt", pickle.dumps(Bomb(), 0), "is a pickle of an old protocol"),
    "packed by gzip": ("model.json", gzip.compress(pickle.dumps(Bomb())), "is packed as joblib"),
    "in a zip, as torch does": ("model.zip", zipped(a__data_pkl=b"x"), "holds a pickle"),
    "by its name": ("model.joblib", b"anything", "has the name of a pickle (.joblib)"),
}


@pytest.mark.parametrize(("name", "body", "reason"), PICKLES.values(), ids=PICKLES)
def test_a_pickle_is_refused_by_its_content_and_never_opened(tmp_path: Path, name, body, reason):
    (tmp_path / name).write_bytes(body)
    with pytest.raises(SettingsError) as refused:
        opened(tmp_path / name)
    said = str(refused.value)
    assert f"the model {name} {reason}" in said
    assert "opening it runs that program" in said
    assert "save it as ONNX or with skops.io.dump" in said


def test_a_file_that_only_looks_like_a_pickle_gives_no_warning(tmp_path: Path):
    """Any warning is an error here; this body is no pickle, and no model either."""
    (tmp_path / "model.bin").write_bytes(b"S'\\\xf6'\n.")
    with pytest.raises(SettingsError, match=r"is not protobuf|breaks off"):
        opened(tmp_path / "model.bin")


def test_a_model_that_is_not_there_is_refused():
    with pytest.raises(NotFoundError):
        opened(Path("nowhere.onnx"))


FUNCTIONS = {
    "an import that fails": ("raise ValueError('boom')", "cannot be imported (ValueError: boom)"),
    "an import that ends the process": ("raise SystemExit", "cannot be imported (SystemExit: )"),
    "a module that is no Python": ("def f(:", "cannot be imported (SyntaxError: "),
    "no function": ("f = 3", "is no function"),
    "a function that ends the process": (
        "def f(t): raise SystemExit(0)",
        "failed on the table (SystemExit, model_",
    ),
    "answers of many lengths": ("def f(t): return [[1], [2, 3]] * 50", "failed on the table ("),
    "answers that are things": (
        "def f(t): return [object()] * t.height",
        "failed on the table (TypeError, worker.py line ",
    ),
    "answers that are none": (
        "def f(t): return [[float('nan')] * 2] * t.height",
        "100 of 100 rows have a score that is not a finite number",
    ),
    "too few answers": (
        "def f(t): return [0.5] * 3",
        "the model answered in the shape (3,) for 100 rows",
    ),
}


@pytest.mark.parametrize(("code", "reason"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_function_that_misbehaves_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code, reason
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"model_{abs(hash(code))}"
    (tmp_path / f"{name}.py").write_text(code)
    with pytest.raises(SettingsError) as refused:
        assess(Request(data=table(tmp_path), label="y", model=f"{name}:f"))
    assert reason in str(refused.value)


def test_a_model_that_grows_when_it_is_unpacked_is_refused_before_it_is(tmp_path: Path):
    pytest.importorskip("skops", reason="needs the group ai-check")
    # As quick as deflate is: what is refused is how much comes out, not how well it was packed.
    packed = zipfile.ZipFile(tmp_path / "big.skops", "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with packed as archive, archive.open("schema.json", "w", force_zip64=True) as member:
        spaces = b" " * 2**20
        for _ in range(1025):
            member.write(spaces)
    with pytest.raises(TooLargeError) as refused:
        opened(tmp_path / "big.skops")
    assert str(refused.value) == (
        "the model big.skops, unpacked is over the limit of 1073741824 bytes"
    )


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("noise.onnx", bytes(range(256)) * 4),
        ("empty.onnx", b""),
        ("object.json", b'{"a": 1}'),
        ("broken.json", b'{"learner": '),
        ("deep.json", b'{"a":' * 100_000),
        ("tree.txt", b"tree\nversion=v4\n"),
        ("empty.zip", b"PK\x05\x06" + b"\0" * 18),
    ],
)
def test_what_is_no_model_is_refused(tmp_path: Path, name, body):
    (tmp_path / name).write_bytes(body)
    with pytest.raises(FaifoError):
        opened(tmp_path / name)


def test_a_group_under_the_minimum_never_leaves(tmp_path: Path):
    rng = np.random.default_rng(0)
    sex = ["f"] * 996 + ["m"] * 1000 + ["secret"] * 4
    path = table(
        tmp_path,
        y=rng.integers(0, 2, 2000).tolist(),
        p=rng.random(2000).tolist(),
        d=[0] * 2000,
        sex=sex,
    )
    found = assess(Request(data=path, label="y", score="p", groups=("sex",))).found
    fair = [e for e in found.evidence if e.family == "fairness"]
    told = [entry for e in fair for entry in read_entries(e.counts, e.parameters)]
    assert {entry.name for entry in told} == {"sex=m", "(merged)"}
    assert all(n >= 10 for entry in told for n in entry.counts.members.values())


def test_every_step_of_a_measurement_has_words():
    source = inspect.getsource(run)
    steps = set(re.findall(r'(?:timed|_progress)\("([^"]+)"', source))
    assert len(steps) == 11
    for lang in LANGUAGES:
        said = {say(f"ai.cli.measuring.{step.replace(' ', '-')}", lang) for step in steps}
        assert len(said) == len(steps)
