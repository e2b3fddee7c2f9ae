"""Models in formats that are only data give the answers that their own library gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("polars", reason="needs faifo[ai]")

import numpy as np
import polars as pl

from faifo.ai.assess.onnx_file import check_onnx
from faifo.ai.assess.remote import Model, open_model
from faifo.ai.assess.request import Request
from faifo.ai.assess.run import assess
from faifo.errors import SettingsError
from late import Late

linear_model: Any = Late("sklearn.linear_model")


@pytest.fixture(scope="module")
def rows() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3)).astype(np.float32)
    return x, (x[:, 0] + 0.3 * rng.normal(size=400) > 0).astype(int)


@pytest.fixture
def linear(rows: tuple[Any, Any]) -> Any:
    return linear_model.LogisticRegression().fit(*rows)


def frame(x: Any) -> pl.DataFrame:
    return pl.DataFrame({f"x{i}": x[:, i] for i in range(3)})


def opened(path: Path) -> Model:
    return open_model(Request(data=path, label="y", model=str(path)))


def onnx_bytes(model: Any) -> bytes:
    skl2onnx = pytest.importorskip("skl2onnx", reason="needs the group ai-check")
    from skl2onnx.common.data_types import FloatTensorType

    kinds = [("input", FloatTensorType([None, 3]))]
    converted = skl2onnx.convert_sklearn(model, initial_types=kinds, options={"zipmap": False})
    body: bytes = converted.SerializeToString()
    return body


@pytest.mark.filterwarnings("ignore")
def test_onnx_answers_as_the_model_it_was_made_from(tmp_path: Path, rows, linear):
    pytest.importorskip("onnxruntime")
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx_bytes(linear))
    model = opened(path)
    scores = model.worker.scores(frame(rows[0]))
    assert np.abs(scores.values - linear.predict_proba(rows[0])).max() < 1e-5


def test_skops_answers_as_the_model_it_was_made_from(tmp_path: Path, rows, linear):
    skops = pytest.importorskip("skops.io", reason="needs the group ai-check")
    path = tmp_path / "model.skops"
    path.write_bytes(skops.dumps(linear))
    model = opened(path)
    # Another order of the same numbers in memory may differ by the last digit of 32 bits.
    scores = model.worker.scores(frame(rows[0])).values
    assert np.abs(scores - linear.predict_proba(rows[0])).max() < 1e-6


def test_skops_with_a_type_that_nobody_vouched_for_is_refused(tmp_path: Path):
    skops = pytest.importorskip("skops.io", reason="needs the group ai-check")
    from sklearn.preprocessing import FunctionTransformer

    path = tmp_path / "model.skops"
    path.write_bytes(skops.dumps(FunctionTransformer(func=print_it)))
    with pytest.raises(SettingsError, match="holds types that nobody vouched for"):
        opened(path)


def print_it(x: Any) -> Any:
    return x


def test_xgboost_json_answers_as_its_own_library(tmp_path: Path, rows):
    xgboost = pytest.importorskip("xgboost", reason="needs the group ai-check")
    matrix = xgboost.DMatrix(rows[0], label=rows[1], feature_names=["x0", "x1", "x2"])
    booster = xgboost.train({"objective": "binary:logistic"}, matrix, num_boost_round=5)
    booster.save_model(tmp_path / "m.json")
    model = opened(tmp_path / "m.json")
    assert np.abs(model.worker.scores(frame(rows[0])).values - booster.predict(matrix)).max() < 1e-6


def test_lightgbm_text_answers_as_its_own_library(tmp_path: Path, rows):
    lightgbm = pytest.importorskip("lightgbm", reason="needs the group ai-check")
    data = lightgbm.Dataset(rows[0], label=rows[1])
    booster = lightgbm.train({"objective": "binary", "verbose": -1}, data, num_boost_round=5)
    booster.save_model(tmp_path / "m.txt")
    model = opened(tmp_path / "m.txt")
    assert (
        np.abs(model.worker.scores(frame(rows[0])).values - booster.predict(rows[0])).max() < 1e-12
    )


def test_a_function_of_ones_own_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows):
    (tmp_path / "my_own_model.py").write_text(
        "def predict(frame):\n    return 1 / (1 + (-frame['x0'].to_numpy()).__array__() ** 2)\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    table = frame(rows[0]).with_columns(y=pl.Series(rows[1]))
    table.write_csv(tmp_path / "rows.csv")
    found = assess(Request(data=tmp_path / "rows.csv", label="y", model="my_own_model:predict"))
    methods = {e.method.id for e in found.found.evidence}
    assert {"performance", "ranking", "robustness", "reproducibility"} <= methods
    assert "rows that it was trained on" in found.found.not_measured["membership"]


def test_a_model_that_was_given_its_training_rows_is_attacked(tmp_path: Path, rows, linear):
    skops = pytest.importorskip("skops.io", reason="needs the group ai-check")
    (tmp_path / "m.skops").write_bytes(skops.dumps(linear))
    table = frame(rows[0]).with_columns(y=pl.Series(rows[1]))
    table[:200].write_csv(tmp_path / "train.csv")
    table[200:].write_csv(tmp_path / "test.csv")
    asked = Request(
        data=tmp_path / "test.csv",
        label="y",
        model=str(tmp_path / "m.skops"),
        train_data=tmp_path / "train.csv",
    )
    methods = [e.method.id for e in assess(asked).found.evidence]
    assert methods.count("membership-loss") == methods.count("membership-lira") == 1


def field(number: int, body: bytes) -> bytes:
    return bytes([number << 3 | 2, *varint(len(body))]) + body


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


EXTERNAL = field(13, field(1, b"location") + field(2, b"../../etc/passwd"))
BAD_ONNX = {
    "data in another file": (field(7, field(5, EXTERNAL)), "keeps data in other files"),
    "such data hidden in an attribute of a node": (
        field(7, field(1, field(5, field(5, EXTERNAL)))),
        "keeps data in other files",
    ),
    "such data in a graph inside a node": (
        field(7, field(1, field(5, field(6, field(5, EXTERNAL))))),
        "keeps data in other files",
    ),
    "such data in a function": (
        field(7, b"") + b"\xca\x01" + varint(len(f := field(7, field(5, field(5, EXTERNAL))))) + f,
        "keeps data in other files",
    ),
    "only the mark of such data": (field(7, field(5, b"\x70\x01")), "keeps data in other files"),
    "a tensor of a million million elements": (
        field(7, field(5, b"\x08" + varint(10**6) + b"\x08" + varint(10**6))),
        "claims a tensor of more elements",
    ),
    "the same in packed dimensions": (
        field(7, field(5, field(1, varint(10**6) * 2))),
        "claims a tensor of more elements",
    ),
    "nothing": (b"", "has no graph"),
    "half a file": (b"\x3a\xff\x01abc", "breaks off"),
}


@pytest.mark.parametrize(("body", "reason"), BAD_ONNX.values(), ids=BAD_ONNX)
def test_a_malicious_onnx_file_is_refused_before_anything_loads_it(body, reason):
    with pytest.raises(SettingsError) as refused:
        check_onnx(body, "bad.onnx")
    assert f"the model bad.onnx {reason}" in str(refused.value)


@pytest.mark.filterwarnings("ignore")
def test_the_good_file_that_these_resemble_passes(linear):
    check_onnx(onnx_bytes(linear), "good.onnx")


def test_an_onnx_model_that_eats_memory_ends_only_its_own_process(tmp_path: Path, rows):
    helper = pytest.importorskip("onnx.helper", reason="needs the group ai-check")
    pytest.importorskip("onnxruntime")
    import onnx

    shape = helper.make_tensor("s", onnx.TensorProto.INT64, [2], [2**20, 2**14])
    graph = helper.make_graph(
        [
            helper.make_node("Constant", [], ["shape"], value=shape),
            helper.make_node("ConstantOfShape", ["shape"], ["huge"]),
            helper.make_node("ReduceSum", ["huge"], ["sum"]),
            helper.make_node("Add", ["input", "sum"], ["out"]),
        ],
        "bomb",
        [helper.make_tensor_value_info("input", onnx.TensorProto.FLOAT, [None, 3])],
        [helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, [None, 3])],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    made.ir_version = 9
    path = tmp_path / "bomb.onnx"
    path.write_bytes(made.SerializeToString())
    with pytest.raises(SettingsError, match=r"the model bomb.onnx failed on the table"):
        opened(path).worker.scores(frame(rows[0]))


def accuracy(tmp_path: Path, table: pl.DataFrame, model: Path, **asked: Any) -> float:
    path = tmp_path / "table.parquet"
    table.write_parquet(path)
    found = assess(Request(data=path, label="y", model=str(model), minimum=1, **asked)).found
    return next(
        figure.value or 0.0
        for evidence in found.evidence
        if evidence.family == "performance"
        for figure in evidence.figures
        if figure.name == "accuracy"
    )


@pytest.mark.parametrize("favourable", ["0", "1"])
@pytest.mark.parametrize("kind", ["xgboost", "lightgbm"])
def test_a_probability_of_1_is_turned_where_0_is_the_favourable_label(
    tmp_path: Path, rows, kind, favourable
):
    library = pytest.importorskip(kind, reason="needs the group ai-check")
    names = ["x0", "x1", "x2"]
    path = tmp_path / "model.txt"
    if kind == "xgboost":
        path = tmp_path / "model.json"
        matrix = library.DMatrix(rows[0], label=rows[1], feature_names=names)
        booster = library.train({"objective": "binary:logistic"}, matrix, num_boost_round=5)
        chance = booster.predict(matrix)
    else:
        data = library.Dataset(rows[0], label=rows[1], feature_name=names)
        booster = library.train({"objective": "binary", "verbose": -1}, data, num_boost_round=5)
        chance = booster.predict(rows[0])
    booster.save_model(path)
    expected = ((chance >= 0.5) == rows[1]).mean()
    assert expected > 0.8
    table = frame(rows[0]).with_columns(pl.Series("y", rows[1]))
    assert accuracy(tmp_path, table, path, favourable=favourable) == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("zipmap", [True, False], ids=["maps", "a matrix"])
@pytest.mark.parametrize(
    "names", [["1", "2", "10"], ["b", "a", "c"], [2, 0, 1]], ids=["numbers", "words", "places"]
)
def test_the_classes_of_an_onnx_model_keep_their_names(tmp_path: Path, zipmap, names):
    """As texts "10" stands before "2"; as labels it stands after it."""
    skl2onnx = pytest.importorskip("skl2onnx", reason="needs the group ai-check")
    pytest.importorskip("onnxruntime")
    from skl2onnx.common.data_types import FloatTensorType

    rng = np.random.default_rng(2)
    x = rng.normal(size=(600, 3)).astype(np.float32)
    truth = np.array(names)[np.digitize(x[:, 0], [-0.5, 0.5])]
    model = linear_model.LogisticRegression(max_iter=1000).fit(x, truth)
    converted = skl2onnx.convert_sklearn(
        model, initial_types=[("input", FloatTensorType([None, 3]))], options={"zipmap": zipmap}
    )
    path = tmp_path / "model.onnx"
    path.write_bytes(converted.SerializeToString())
    table = frame(x).with_columns(pl.Series("y", truth))
    found = accuracy(tmp_path, table, path, task="multiclass")
    assert found == pytest.approx((model.predict(x) == truth).mean(), abs=0.005)
    assert found > 0.9
