"""The same figures however a table writes its labels, scores and groups, whole or in parts."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("polars", reason="needs faifo[ai]")

import numpy as np
import polars as pl

from faifo.ai.assess.request import Request
from faifo.ai.assess.run import assess, assess_in_parts
from faifo.ai.assess.tables import Table
from faifo.ai.evidence import canonical
from faifo.ai.metrics.groups import name_of, place_of
from faifo.errors import SettingsError
from late import Late

sk: Any = Late("sklearn.metrics")

NEAR = 1e-9
N = 700
RNG = np.random.default_rng(11)
# The favourable outcome is rare and comes in runs, so that many parts have one class only.
TRUTH = (np.arange(N) % 70 >= 60).astype(np.int64)
SCORE = np.round(np.clip(0.4 * TRUTH + 0.6 * RNG.random(N), 0, 1), 1)
DECIDED = (RNG.random(N) < 0.4 * TRUTH + 0.2).astype(np.int64)
LABELS: dict[str, tuple[Any, str | None]] = {
    "0 and 1": (TRUTH, None),
    "yes and no": (TRUTH == 1, "1"),
    "1.0 and 0.0": (TRUTH.astype(float), "1"),
    "1 and 2": (2 - TRUTH, "1"),
    "2 and 1": (1 + TRUTH, "2"),
    "0 is the favourable one": (1 - TRUTH, "0"),
    "words of Unicode": (np.where(TRUTH == 1, "đồng ý", ">50K"), "đồng ý"),
    "words with spaces around": (np.where(TRUTH == 1, " yes", "no "), "yes"),
    "categories": (pl.Series(np.where(TRUTH == 1, "ja", "nein")).cast(pl.Categorical), "ja"),
}
GROUPS: dict[str, tuple[Any, list[str]]] = {
    "texts": (RNG.choice(["f", "m", "x"], N), ["f", "m", "x"]),
    "Unicode, signs and formulas": (
        RNG.choice(["女", "a & b=c", "=cmd()", "<b>"], N),
        ["女", "a & b=c", "=cmd()", "<b>"],
    ),
    # In some parts all values are whole numbers, in others not.
    "floats": (np.where(np.arange(N) < 350, 1.0, RNG.choice([1.0, 2.5], N)), ["1", "2.5"]),
    "floats with gaps": (RNG.choice([1.0, np.nan, 3.0], N), ["1", "3", "(missing)"]),
    "zeros of two signs": (pl.Series(RNG.choice([0.0, -0.0, 2.0], N)), ["0", "2"]),
    "times of a day": (
        pl.Series([time(1, 2, i % 3 // 2) for i in range(N)]),
        ["01:02:00", "01:02:01"],
    ),
    "yes and no": (RNG.integers(0, 2, N).astype(bool), ["false", "true"]),
    "whole numbers with gaps": (
        pl.Series([None if v == 0 else int(v) for v in RNG.integers(0, 3, N)]),
        ["1", "2", "(missing)"],
    ),
}


def written(path: Path, frame: pl.DataFrame) -> Path:
    (frame.write_csv if path.suffix == ".csv" else frame.write_parquet)(path)
    return path


def values(found: Any) -> dict[tuple[str, str, str, str], float | None]:
    return {
        (e.method.id, place_of(e.parameters), f.name, f.slice): f.value
        for e in found.evidence
        for f in e.figures
    }


def both_ways(request: Request) -> Any:
    """Return what is found at once, after counting it in parts with the same digits."""
    whole = assess(request).found
    small = Table(request.data, request.columns, missing=request.missing, rows=61, block=900)
    parts = assess_in_parts(request, lambda *_: None, small).found
    assert canonical(parts.evidence) == canonical(whole.evidence)
    assert "performance" in {e.family for e in parts.evidence}
    return whole


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize(("labels", "favourable"), LABELS.values(), ids=LABELS)
def test_labels_are_understood_however_they_are_written(tmp_path, suffix, labels, favourable):
    kinds = pl.Series(labels).unique().sort().to_list()
    words = dict(zip(pl.Series(labels).to_list(), TRUTH.tolist(), strict=True))
    one = next(kind for kind in kinds if words[kind] == 1)
    other = next(kind for kind in kinds if words[kind] == 0)
    decided = pl.Series([one if d else other for d in DECIDED], dtype=pl.Series(labels).dtype)
    path = written(
        tmp_path / f"t{suffix}",
        pl.DataFrame({"y": labels, "p": SCORE, "d": decided, "g": GROUPS["texts"][0]}),
    )
    found = values(
        both_ways(
            Request(
                data=path,
                label="y",
                score="p",
                prediction="d",
                groups=("g",),
                favourable=favourable,
                minimum=1,
            )
        )
    )
    for key, expected in {
        ("performance", "accuracy"): sk.accuracy_score(TRUTH, DECIDED),
        ("performance", "true_positive_rate"): sk.recall_score(TRUTH, DECIDED),
        ("performance", "precision"): sk.precision_score(TRUTH, DECIDED),
        ("ranking", "auc"): sk.roc_auc_score(TRUTH, SCORE),
        ("ranking", "average_precision"): sk.average_precision_score(TRUTH, SCORE),
        ("ranking", "log_loss"): sk.log_loss(TRUTH, SCORE),
        ("calibration", "brier"): sk.brier_score_loss(TRUTH, SCORE),
    }.items():
        assert found[key[0], "", key[1], ""] == pytest.approx(expected, abs=NEAR), key


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize(("group", "names"), GROUPS.values(), ids=GROUPS)
def test_groups_have_the_same_names_whole_and_in_parts(tmp_path, suffix, group, names):
    frame = pl.DataFrame({"y": TRUTH, "p": SCORE, "g": group, "h": GROUPS["texts"][0]})
    path = written(tmp_path / f"t{suffix}", frame)
    found = both_ways(Request(data=path, label="y", score="p", groups=("g", "h"), minimum=1,
                               missing=("NaN",)))  # fmt: skip
    told = {f.slice for e in found.evidence for f in e.figures if place_of(e.parameters) == "g"}
    assert {name_of(["g"], [name]) for name in names} == {one for one in told if one != "g"} - {
        one for one in told if " vs " in one
    }
    series = pl.Series(group).to_list()
    first = [DECIDED_AT_HALF[i] for i in range(N) if _text(series[i]) == names[0]]
    assert values(found)["group-fairness", "g", "selection_rate", f"g={names[0]}"] == (
        pytest.approx(np.mean(first), abs=NEAR)
    )


DECIDED_AT_HALF = (SCORE >= 0.5).astype(np.int64)


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return "(missing)"
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)


def test_predictions_of_one_class_only_are_not_turned_round(tmp_path: Path):
    """With 0 as the favourable label, a model that always says 1 never decides favourably."""
    frame = pl.DataFrame({"y": 1 - TRUTH, "d": [1] * N})
    path = written(tmp_path / "t.csv", frame)
    request = Request(data=path, label="y", prediction="d", favourable="0", minimum=1)
    found = values(both_ways(request))
    assert found["performance", "", "selection_rate", ""] == 0.0
    assert found["performance", "", "accuracy", ""] == pytest.approx(1 - TRUTH.mean())


def test_0_and_1_stand_for_labels_that_are_words(tmp_path: Path):
    frame = pl.DataFrame({"y": np.where(TRUTH == 1, "good", "bad"), "d": DECIDED})
    path = written(tmp_path / "t.csv", frame)
    request = Request(data=path, label="y", prediction="d", favourable="good", minimum=1)
    found = values(both_ways(request))
    assert found["performance", "", "accuracy", ""] == pytest.approx(
        sk.accuracy_score(TRUTH, DECIDED)
    )


def test_several_classes_in_words_as_scikit_learn_has_them(tmp_path: Path):
    kinds = np.array(["10", "2", "nan", "中", "a or b"])
    truth = kinds[RNG.integers(0, 5, N)]
    decided = np.where(RNG.random(N) < 0.6, truth, kinds[RNG.integers(0, 4, N)])
    path = written(tmp_path / "t.parquet", pl.DataFrame({"y": truth, "d": decided}))
    request = Request(data=path, label="y", prediction="d", task="multiclass", minimum=1)
    found = values(both_ways(request))
    method = "multiclass-performance"
    assert found[method, "", "accuracy", ""] == pytest.approx(sk.accuracy_score(truth, decided))
    for name, theirs in {
        "recall": sk.recall_score(truth, decided, average=None, labels=kinds, zero_division=0),
        "precision": sk.precision_score(
            truth, decided, average=None, labels=kinds, zero_division=0
        ),
        "f1": sk.f1_score(truth, decided, average=None, labels=kinds, zero_division=0),
    }.items():
        for kind, expected in zip(kinds, theirs, strict=True):
            ours = found[method, "", name, f"class={kind}"]
            assert (ours or 0.0) == pytest.approx(expected, abs=NEAR), (name, kind)


def test_a_record_over_several_lines_is_one_record(tmp_path: Path):
    path = tmp_path / "t.csv"
    rows = [
        f'{t},{s},"first line\nsecond ""line"", {i % 3}"'
        for i, (t, s) in enumerate(zip(TRUTH, SCORE, strict=True))
    ]
    path.write_text("y,p,g\n" + "\n".join(rows))
    found = both_ways(Request(data=path, label="y", score="p", groups=("g",), minimum=1))
    assert len(next(e for e in found.evidence if e.family == "fairness").counts["groups"]) == 3


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blank_lines_are_no_rows(tmp_path: Path, end: str):
    path = tmp_path / "t.csv"
    lines = ["a,b", "", "1,2", "  ", "", ',"x', "", 'y"', ",", ""]
    path.write_bytes(end.join([*lines, ""]).encode())
    rows = Table(path, ["a", "b"]).all_of(["a", "b"]).rows()
    assert rows == [("1", "2"), (None, f"x{end}{end}y"), (None, None)]


@pytest.mark.parametrize("line", ["1,2", "1", '"1,2,3"', "1,2,3,4"])
def test_a_line_with_other_columns_than_the_header_is_refused(tmp_path: Path, line: str):
    path = tmp_path / "t.csv"
    path.write_text(f"a,b,c\n1,2,3\n{line}\n4,5,6\n")
    with pytest.raises(SettingsError, match="a line does not fit the header"):
        Table(path, ["a"]).all_of(["a"])


def test_a_name_with_quotes_is_found(tmp_path: Path):
    frame = pl.DataFrame({"y": TRUTH, 'the "score"': SCORE, ' "g", <b>': GROUPS["texts"][0]})
    path = written(tmp_path / "t.csv", frame)
    assert '"the ""score""","' in path.read_text()
    found = both_ways(Request(data=path, label="y", score='the "score"', groups=(' "g", <b>',)))
    assert len(next(e for e in found.evidence if e.family == "fairness").counts["groups"]) == 3


NAMES = ["plain", "rows", "len", "count", "*", "value", "written", "literal", "class", "0",
         "^.*$", "^[yp]$"]  # fmt: skip


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("name", NAMES)
def test_a_column_may_have_any_name(tmp_path: Path, name: str, suffix: str):
    label, group = TRUTH.astype(float), GROUPS["yes and no"][0]
    told = []
    for columns in (("y", "p", "g"), (name, "p", "g"), ("y", name, "g"), ("y", "p", name)):
        frame = pl.DataFrame(dict(zip(columns, (label, SCORE, group), strict=True)))
        path = written(tmp_path / f"t{suffix}", frame)
        found = both_ways(
            Request(data=path, label=columns[0], score=columns[1], groups=columns[2:], minimum=1)
        )
        figures = [(e.method.id, f.name, f.value) for e in found.evidence for f in e.figures]
        told.append([one for one in figures if one[1] != "missing_rate"])
    assert told[1:] == told[:1] * 3


def test_a_model_is_trained_on_columns_of_any_name(tmp_path: Path):
    told = []
    for one, other in (("a", "b"), ("count", "*"), ("^.*$", "^y|a$")):
        frame = pl.DataFrame({"y": TRUTH, one: GROUPS["texts"][0], other: SCORE})
        path = written(tmp_path / "t.csv", frame)
        asked = Request(data=path, label="y", train="logistic-regression", groups=(one,))
        told.append([(e.method.id, f.name, f.value) for e in assess(asked).found.evidence
                     for f in e.figures])  # fmt: skip
    accuracy = [[v for m, n, v in one if (m, n) == ("performance", "accuracy")] for one in told]
    assert accuracy[0] == accuracy[1] == accuracy[2] != []
    assert len({frozenset((m, n) for m, n, _ in one) for one in told}) == 1


def test_numbers_and_times_stand_in_columns_of_any_name(tmp_path: Path):
    """Amounts with gaps, times and yes or no take other ways than texts."""
    told = []
    names = ("amount", "gaps", "flag", "time", "weight", "many")
    for given in (names, tuple(f"^{name}.*$" for name in names)):
        amount, gaps, flag, at, weight, many = given
        frame = pl.DataFrame({
            "y": 3 * SCORE + TRUTH, amount: SCORE, gaps: GROUPS["floats with gaps"][0],
            flag: GROUPS["yes and no"][0], at: GROUPS["times of a day"][0],
            weight: np.arange(N) % 3 + 1.0, many: np.arange(N),
        })  # fmt: skip
        path = written(tmp_path / "t.parquet", frame)
        asked = Request(data=path, label="y", task="regression", train="random-forest",
                        groups=(flag,), weight=weight, drop=(at,))  # fmt: skip
        whole = assess(asked).found
        by_time = both_ways(
            Request(data=path, label="y", task="regression", prediction=amount, groups=(at,))
        )
        told.append([(e.method.id, f.name) for found in (whole, by_time) for e in found.evidence
                     for f in e.figures])  # fmt: skip
    assert told[0] == told[1] != []
