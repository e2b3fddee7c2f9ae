#!/usr/bin/env bash
# ONNX: a decision tree says "yes" with 55 per cent in the reference, and "no" with the same 55 per cent in the
# runtime.
# Standard: ONNX operators, ai.onnx.ml 3: TreeEnsembleClassifier gives the top class for each input, and post_transform
# (LOGISTIC, SOFTMAX) is applied to the scores; so for LinearClassifier.
# For a node: a model that is handed on as ONNX refuses at one partner whom it takes at the other, and a leaf that the
# person never reaches decides it: with a negative weight elsewhere the runtime says "yes". Agree on probabilities and
# one threshold of your own, never on the label, and run a table of cases at both.
. "$(dirname "$0")/_room.sh"
guess "onnxruntime gives the label with the highest of its own scores, and the same label and scores as the ONNX reference"
found "it says no for 0.55 where all leaves are positive, takes the other of a tie, and has 1.1 and -0.1 for a SOFTMAX"
python_with onnx==1.23.2 onnxruntime==1.32.0
python_sees 2>/dev/null <<'PY'
import numpy
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
def both(told, kind, rows, **attributes):
    node = helper.make_node(kind, ["x"], ["label", "scores"], domain="ai.onnx.ml", classlabels_strings=["no", "yes"], **attributes)
    values = numpy.array(rows, dtype="float32")
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, values.shape)],
                              [helper.make_tensor_value_info("label", TensorProto.STRING, None),
                               helper.make_tensor_value_info("scores", TensorProto.FLOAT, None)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 3)], ir_version=10)
    runtime = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    for name, runs in (("reference", ReferenceEvaluator(model)), ("onnxruntime", runtime)):
        labels, scores = runs.run(None, {"x": values})
        for row, label, score in zip(rows, labels, scores):
            print(told, row, name, str(label), *(f"{number:.2f}" for number in score))
def tree(ids, classes, weights):
    return dict(nodes_treeids=[0, 0, 0], nodes_nodeids=[0, 1, 2], nodes_featureids=[0, 0, 0], nodes_values=[0.5, 0.0, 0.0],
                nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"], nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0],
                class_treeids=[0] * len(ids), class_nodeids=ids, class_ids=classes, class_weights=weights)
both("leaves 0.2, 0.8", "TreeEnsembleClassifier", [[0.4]], post_transform="LOGISTIC", **tree([1, 2], [0, 0], [0.2, 0.8]))
both("leaves 0.2, -0.8", "TreeEnsembleClassifier", [[0.4]], post_transform="LOGISTIC", **tree([1, 2], [0, 0], [0.2, -0.8]))
both("leaf with a tie", "TreeEnsembleClassifier", [[0.6]], **tree([1, 1, 2, 2], [0, 1, 0, 1], [0.2, 0.8, 0.5, 0.5]))
both("linear", "LinearClassifier", [[1.0], [0.0]], post_transform="SOFTMAX", coefficients=[0.5], intercepts=[-0.1])
PY
unchanged <<'END'
leaves 0.2, 0.8 [0.4] reference yes 0.45 0.55
leaves 0.2, 0.8 [0.4] onnxruntime no 0.45 0.55
leaves 0.2, -0.8 [0.4] reference yes 0.45 0.55
leaves 0.2, -0.8 [0.4] onnxruntime yes 0.45 0.55
leaf with a tie [0.6] reference no 0.50 0.50
leaf with a tie [0.6] onnxruntime yes 0.50 0.50
linear [1.0] reference yes 0.31 0.69
linear [0.0] reference no 0.55 0.45
linear [1.0] onnxruntime yes 0.60 0.40
linear [0.0] onnxruntime no 1.10 -0.10
END
