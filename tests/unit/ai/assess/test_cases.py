"""The small tables and models of ../shared/cases/ai, with what is right for each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("polars", reason="needs faifo[ai]")

from faifo.ai.assess.request import FAMILIES, Request
from faifo.ai.assess.run import assess
from faifo.ai.evidence import EvidenceSet, canonical
from faifo.ai.metrics.groups import place_of
from faifo.errors import SettingsError

CASES = Path(__file__).parents[5] / "shared" / "cases" / "ai"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="needs ../shared/cases/ai")
NEAR = 1e-9


def right(folder: str) -> Any:
    return json.loads((CASES / "expected.json").read_text())[folder]


def measured(file: str, **asked: Any) -> EvidenceSet:
    return assess(Request(data=CASES / file, label="y", **asked)).found


def figure(found: EvidenceSet, name: str, at: str = "", family: str | None = "performance") -> Any:
    return next(
        f.value
        for e in found.evidence
        if family in (None, e.family)
        for f in e.figures
        if (f.name, f.slice) == (name, at)
    )


def sizes(found: EvidenceSet, column: str) -> dict[str, int]:
    rates = next(e for e in found.evidence if place_of(e.parameters) == column)
    return {
        str(name[0]): sum(counts) for *name, counts in
        [(row[0], row[1:]) for row in rates.counts["groups"]]
    }  # fmt: skip


def counted(found: EvidenceSet) -> bytes:
    """Return all evidence but for the digest of the file that was read."""
    return canonical([(e.method, e.parameters, e.counts, e.figures, e.suppressed)
                      for e in found.evidence])  # fmt: skip


# What the cases tell of models is how well they do.
OTHERS = tuple(name for name in FAMILIES if name != "performance")
LIBRARY = {"model.lgb.txt": "lightgbm", "model.xgb.json": "xgboost"}
LABELS = {"no-yes.csv": ("no", "yes"), "one-two.csv": ("1", "2"), "zero-one.csv": ("0", "1")}


def labelled(model: str, table: str, place: int, **asked: Any) -> EvidenceSet:
    pytest.importorskip(LIBRARY[model], reason="needs the group ai-check")
    path = str(CASES / "04-labels-of-models" / model)
    asked |= {"favourable": LABELS[table][place], "without": OTHERS}
    return measured(f"04-labels-of-models/{table}", model=path, drop=("sex",), **asked)


@pytest.mark.parametrize("model", LIBRARY)
@pytest.mark.parametrize("table", LABELS)
@pytest.mark.parametrize("place", [0, 1])
def test_04_labels_of_models(model: str, table: str, place: int):
    names = LABELS[table]
    asked = {} if names == ("0", "1") else {"order": names}
    found = labelled(model, table, place, **asked)
    expected = right("04-labels-of-models")[model][table][names[place]]
    for name, value in expected.items():
        assert figure(found, name) == pytest.approx(value, abs=NEAR), name


@pytest.mark.parametrize("table", ["no-yes.csv", "one-two.csv"])
def test_04_labels_that_are_not_the_models(table: str):
    with pytest.raises(SettingsError) as refused:
        labelled("model.lgb.txt", table, 0)
    assert str(refused.value) == (
        "the labels are not the model's classes: it tells 0 and 1; expected a model whose "
        "classes are known; name the model's classes in its own order with --class, one after "
        "the other"
    )


def test_05_order_of_classes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(CASES / "05-order-of-classes")
    found = measured("05-order-of-classes/answers.parquet", model="kmodel:predict", drop=("sex",))
    expected = right("05-order-of-classes")["accuracy"]
    assert figure(found, "accuracy") == pytest.approx(expected, abs=NEAR)
    assert (
        "The model's outputs are taken for the classes in this order: "
        "1, 10, 11, 12, 2, 3, 4, 5, 6, 7, 8, 9" in found.evidence[0].parameters["assumptions"]
    )


def test_06_whole_number_classes():
    file = "06-whole-number-classes/answers.csv"
    asked: dict[str, Any] = {"prediction": "d", "groups": ("sex",), "minimum": 1}
    with pytest.raises(SettingsError, match="--task multiclass for classes, --task regression"):
        measured(file, **asked)
    expected = right("06-whole-number-classes")
    several = measured(file, task="multiclass", **asked)
    assert figure(several, "accuracy") == pytest.approx(expected["no option"]["accuracy"], abs=NEAR)
    one = measured(file, favourable="3", **asked)
    assert one.task == "binary"
    for name in ("accuracy", "selection_rate"):
        assert figure(one, name, family=None) == pytest.approx(
            expected["--favourable 3"][name], abs=NEAR
        )


def test_07_a_class_that_is_only_predicted():
    found = measured("07-class-only-predicted/answers.csv", prediction="d", minimum=1)
    expected = right("07-class-only-predicted")
    assert figure(found, "accuracy") == pytest.approx(expected["accuracy"], abs=NEAR)
    for name, value in expected["recall"].items():
        assert figure(found, "recall", f"class={name}") == pytest.approx(value, abs=NEAR)
    assert figure(found, "recall", "class=d") is None
    assert figure(found, "precision", "class=d") == 0.0
    mean = sum(expected["recall"].values()) / 3
    assert figure(found, "macro_recall") == pytest.approx(mean, abs=NEAR)


def test_08_scores_that_contradict_the_decisions():
    asked = {"prediction": "d", "score": "p", "groups": ("sex",)}
    with pytest.raises(SettingsError, match="contradict each other in most rows"):
        measured("08-score-and-decision/answers.csv", favourable="0", **asked)
    assert measured("08-score-and-decision/answers.csv", favourable="1", **asked).evidence


@pytest.mark.parametrize(
    "file", ["binary.parquet", "duration.parquet", "list.parquet", "struct.parquet",
             "id-20-digits.csv", "id-41-digits.csv"]
)  # fmt: skip
def test_11_columns_that_nobody_asked_for(file: str):
    found = measured(f"11-unused-columns/{file}", score="p", groups=("sex",))
    expected = right("11-unused-columns")["accuracy of each file"]
    assert figure(found, "accuracy") == pytest.approx(expected, abs=NEAR)


@pytest.mark.parametrize("favourable", ["True", "true", "1", None])
def test_12_yes_and_no(favourable: str | None):
    asked = {"prediction": "d", "favourable": favourable}
    both = [measured(f"12-yes-and-no/{f}", **asked) for f in ("True-False.csv", "boolean.parquet")]
    assert figure(both[0], "accuracy") == pytest.approx(0.89, abs=NEAR)
    assert counted(both[0]) == counted(both[1])


def test_13_codes_keep_their_zeros():
    asked = {"score": "p", "groups": ("province",)}
    both = [
        measured(f"13-leading-zeros/answers.{suffix}", **asked) for suffix in ("csv", "parquet")
    ]
    assert sizes(both[0], "province") == right("13-leading-zeros")["rows per group, both files"]
    assert counted(both[0]) == counted(both[1])
    told = measured("13-leading-zeros/answers.csv", references={"province": "01"}, **asked)
    pair = "province=1 vs province=01"
    assert figure(told, "demographic_parity_difference", pair, "fairness") is not None


@pytest.mark.parametrize("file", ["semicolon.csv", "semicolon-decimal-comma.csv", "tab.csv",
                                  "utf-16.csv"])  # fmt: skip
def test_15_csv_of_spreadsheets(file: str):
    found = measured(f"15-csv-of-spreadsheets/{file}", score="p", groups=("sex",))
    assert figure(found, "accuracy") == pytest.approx(0.83, abs=NEAR)


def test_15_an_encoding_that_cannot_be_known():
    file, asked = "15-csv-of-spreadsheets/windows-1252.csv", {"score": "p", "groups": ("sex",)}
    with pytest.raises(SettingsError, match="it is not written in utf-8; say --encoding"):
        measured(file, **asked)
    found = measured(file, encoding="windows-1252", **asked)
    assert figure(found, "accuracy") == pytest.approx(0.83, abs=NEAR)
    assert set(sizes(found, "sex")) == {"féminin", "masculin"}


@pytest.mark.parametrize("column", ["day", "branch"])
def test_16_names_of_groups(column: str):
    asked = {"score": "p", "groups": (column,)}
    both = [measured(f"16-names-of-groups/answers.{suffix}", **asked)
            for suffix in ("csv", "parquet")]  # fmt: skip
    assert sorted(sizes(both[0], column)) == right("16-names-of-groups")[column]
    assert counted(both[0]) == counted(both[1])


def test_14_many_groups_are_counted():
    found = measured("14-many-groups/answers.parquet", score="p", groups=("province", "sex", "age"))
    assert len(sizes(found, "province")) == 63


def test_every_assumption_of_the_command_in_the_manual_is_said(tmp_path: Path):
    path = tmp_path / "answers.csv"
    rows = [f"{i % 2},{0.2 + 0.6 * (i % 2)},{['01', '1'][i // 2 % 2]}" for i in range(400)]
    path.write_text("approved,score,region\n" + "\n".join(rows))
    done = assess(Request(data=path, label="approved", score="score", groups=("region",)))
    assert done.said == [
        "1 is taken for the favourable label (--favourable says otherwise)",
        "Labels, classes and groups are texts as they are written, without spaces around: "
        "01 and 1 are two",
        "Only an empty cell is a missing value",
        "The label has two values: two classes are assumed (--task says otherwise)",
        "The score is taken for the probability of 1",
    ]
    assert all(e.parameters["assumptions"] == done.said for e in done.found.evidence)
    assert set(sizes(done.found, "region")) == {"01", "1"}
