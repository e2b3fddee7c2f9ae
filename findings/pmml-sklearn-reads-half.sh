#!/usr/bin/env bash
# PMML: a scorecard's rescaling, exponent, product, limits and link function are left out in Python, and the score is another.
# Standard: PMML 4.4, Regression (NumericPredictor's exponent, PredictorTerm, normalizationMethod), Mining Schema (outliers
# asExtremeValues with lowValue and highValue), Targets (rescaleFactor), Trees (CompoundPredicate, noTrueChildStrategy).
# For a node: a model is handed over as PMML so that each side scores with an engine of its own. These two agree on the plain
# one alone; with the rest the Python side decides by numbers up to a hundred times smaller, and nothing is raised. Send
# rows with their scores beside a model, and take an engine only if it gives the same.
. "$(dirname "$0")/_room.sh"
guess "sklearn-pmml-model gives the reference evaluator's score, or raises for an element that it does not support"
found "it gives the plain regression's 7 for all six regressions, a tree's 20 for 200, and the 20 of a branch that is not taken"
python_with sklearn-pmml-model==1.0.8 scikit-learn==1.9.1 pandas==3.1.1 numpy==2.4.6
java_with org.jpmml:pmml-evaluator-metro:1.7.7
mkdir "$room/models"
python_sees <<'PY'
import pathlib
import pandas
from sklearn_pmml_model.auto_detect import auto_detect_estimator
def model(name, element, body, attributes="", field="", targets=""):
    pathlib.Path("models", name).write_text(f"""<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary numberOfFields="2"><DataField name="x" optype="continuous" dataType="double"/>
<DataField name="y" optype="continuous" dataType="double"/></DataDictionary><{element} functionName="regression" {attributes}>
<MiningSchema><MiningField name="y" usageType="target"/><MiningField name="x" {field}/></MiningSchema>{targets}
{body}</{element}></PMML>""")
def line(name, predictor='exponent="1"', term="", **others):
    model(name, "RegressionModel", f"""<RegressionTable intercept="1">
<NumericPredictor name="x" coefficient="2" {predictor}/>{term}</RegressionTable>""", **others)
def tree(name, second, **others):
    model(name, "TreeModel", f"""<Node id="0" score="0"><True/><Node id="1" score="10"><SimplePredicate field="x"
operator="lessThan" value="2"/></Node><Node id="2" score="20">{second}</Node></Node>""",
          attributes='splitCharacteristic="binarySplit" noTrueChildStrategy="returnLastPrediction"', **others)
high, low = ('<SimplePredicate field="x" operator="%s" value="2"/>' % o for o in ("greaterOrEqual", "lessThan"))
ten = '<Targets><Target field="y" rescaleFactor="10"/></Targets>'
line("1 line")
line("2 exponent", predictor='exponent="2"')
line("3 product", term='<PredictorTerm coefficient="3"><FieldRef field="x"/><FieldRef field="x"/></PredictorTerm>')
line("4 limits", field='outliers="asExtremeValues" lowValue="0" highValue="2"')
line("5 link", attributes='normalizationMethod="exp"')
line("6 rescaled", targets=ten)
tree("7 tree", high)
tree("8 rescaled tree", high, targets=ten)
tree("9 no branch", high.replace('"2"', '"5"'))
for path in sorted(pathlib.Path("models").iterdir()):
    print("python", path.name, *auto_detect_estimator(pmml=str(path)).predict(pandas.DataFrame({"x": [3.0]})))
PY
java_sees <<'JAVA'
import java.io.File;
import java.util.Arrays;
import java.util.Map;
import org.jpmml.evaluator.EvaluatorUtil;
import org.jpmml.evaluator.LoadingModelEvaluatorBuilder;

public class Finding {
    public static void main(String[] arguments) throws Exception {
        File[] models = new File("models").listFiles();
        Arrays.sort(models);
        for (File model : models) {
            var evaluator = new LoadingModelEvaluatorBuilder().load(model).build();
            var score = (Double) EvaluatorUtil.decodeAll(evaluator.evaluate(Map.of("x", 3.0))).get("y");
            System.out.printf(java.util.Locale.ROOT, "java %s %.1f%n", model.getName(), score);
        }
    }
}
JAVA
unchanged <<'END'
python 1 line 7.0
python 2 exponent 7.0
python 3 product 7.0
python 4 limits 7.0
python 5 link 7.0
python 6 rescaled 7.0
python 7 tree 20.0
python 8 rescaled tree 20.0
python 9 no branch 20.0
java 1 line 7.0
java 2 exponent 19.0
java 3 product 34.0
java 4 limits 5.0
java 5 link 1096.6
java 6 rescaled 70.0
java 7 tree 20.0
java 8 rescaled tree 200.0
java 9 no branch 0.0
END
