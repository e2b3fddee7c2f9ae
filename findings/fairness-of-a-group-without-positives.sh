#!/usr/bin/env bash
# Fairness: for a group in which nobody is positive, two libraries report the greatest possible bias, a third none at all.
# Standard: equality of opportunity (Hardt, Price and Srebro, 2016) compares true positive rates, TP / (TP + FN); with no
# positive person the rate is 0 / 0, and there is nothing to compare.
# For a node: an AI passport of a small or rare group says "equal opportunity difference 1.0", and a policy with a limit of
# 0.1 refuses a system that made no mistake of this kind; the same figures from another library are "not a number".
# Send the four counts of each group beside the figure, and refuse to judge a rate without its cases.
. "$(dirname "$0")/_room.sh"
guess "fairlearn, holisticai and aif360 give no number (nan) or raise, as the rate of the second group does not exist"
found "fairlearn says 1.0 and a ratio of 0.0, holisticai -1.0; aif360 alone says nan"
python_with fairlearn==0.15.0 holisticai==1.0.14 aif360==0.6.1 pandas==3.1.1 scikit-learn==1.9.1 numpy==2.4.6
python_sees <<'PY'
import logging
import numpy
import pandas
logging.disable()
from aif360.datasets import BinaryLabelDataset
from aif360.metrics import ClassificationMetric
from fairlearn import metrics
from holisticai.bias.metrics import average_odds_diff, equal_opportunity_diff
group = numpy.array([1] * 4 + [0] * 4)
truth = numpy.array([1, 1, 0, 0, 0, 0, 0, 0])
answer = numpy.array([1, 1, 0, 1, 0, 1, 0, 0])
print("fairlearn", float(metrics.equal_opportunity_difference(truth, answer, sensitive_features=group)),
      float(metrics.equalized_odds_difference(truth, answer, sensitive_features=group)),
      "ratio", float(metrics.equal_opportunity_ratio(truth, answer, sensitive_features=group)))
print("holisticai", float(equal_opportunity_diff(group == 0, group == 1, answer, truth)),
      float(average_odds_diff(group == 0, group == 1, answer, truth)))
known, given = (BinaryLabelDataset(df=pandas.DataFrame({"label": labels, "group": group}), label_names=["label"],
                                   protected_attribute_names=["group"]) for labels in (truth, answer))
both = ClassificationMetric(known, given, unprivileged_groups=[{"group": 0}], privileged_groups=[{"group": 1}])
print("aif360", float(both.equal_opportunity_difference()), float(both.average_odds_difference()))
PY
unchanged <<'END'
fairlearn 1.0 1.0 ratio 0.0
holisticai -1.0 -0.625
aif360 nan nan
END
