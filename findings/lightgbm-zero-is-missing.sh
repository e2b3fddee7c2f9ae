#!/usr/bin/env bash
# LightGBM's option zero_as_missing makes 0 in a column mean "not known": such rows go the way that missing values go.
# The model file says so in the decision type of each split (its missing type, Zero). What reads the file and
# converts or runs it elsewhere compares 0 with the threshold like any number.
# For a node: a credit or claims model where 0 stands for "not asked" decides otherwise after its conversion, at
# exactly those persons of whom something is not known, and every other row agrees to the last digit, so that a test
# on clean rows finds nothing. Compare the file that will run with the original's answers, on rows with gaps too.
. "$(dirname "$0")/_room.sh"
guess 'a model trained with zero_as_missing answers alike in LightGBM, in ONNX made of it, and in treelite'
found 'a row with 0 is missing in LightGBM and a small number in both others; treelite reads NaN as 0 as well'
python_with lightgbm==4.7.0 onnxmltools==1.16.0 skl2onnx==1.20.0 onnxruntime==1.32.0 treelite==4.8.1 scikit-learn==1.9.1 numpy==2.4.6
python_sees <<'SEE'
import warnings

warnings.filterwarnings("ignore")
import lightgbm
import numpy as np
import onnxruntime
import treelite
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

onnxruntime.set_default_logger_severity(4)
rng = np.random.default_rng(0)
income = rng.normal(size=(4000, 1)) + 3
repaid = (income[:, 0] > 3).astype(int)
income[::5] = 0  # not asked
asked = np.array([[0.0], [np.nan], [2.0], [4.0]])
for zero in (False, True):
    told = {"objective": "binary", "verbose": -1, "num_threads": 1, "zero_as_missing": zero}
    booster = lightgbm.train(told, lightgbm.Dataset(income, repaid), 40)
    booster.save_model("model.txt")
    converted = convert_lightgbm(booster, initial_types=[("x", FloatTensorType([None, 1]))], zipmap=False)
    session = onnxruntime.InferenceSession(converted.SerializeToString())
    answers = {
        "lightgbm": booster.predict(asked),
        "onnx": session.run(None, {"x": asked.astype(np.float32)})[1][:, 1],
        "treelite": treelite.gtil.predict(treelite.frontend.load_lightgbm_model("model.txt"), asked).ravel(),
    }
    for name, found in answers.items():
        print(f"zero_as_missing={zero}, {name}: 0, NaN, 2, 4 give", *(f"{one:.1f}" for one in found))
SEE
unchanged <<'SEEN'
zero_as_missing=False, lightgbm: 0, NaN, 2, 4 give 0.5 0.5 0.0 1.0
zero_as_missing=False, onnx: 0, NaN, 2, 4 give 0.5 0.5 0.0 1.0
zero_as_missing=False, treelite: 0, NaN, 2, 4 give 0.5 0.5 0.0 1.0
zero_as_missing=True, lightgbm: 0, NaN, 2, 4 give 0.5 0.5 0.0 1.0
zero_as_missing=True, onnx: 0, NaN, 2, 4 give 0.0 0.5 0.0 1.0
zero_as_missing=True, treelite: 0, NaN, 2, 4 give 0.0 0.0 0.0 1.0
SEEN
