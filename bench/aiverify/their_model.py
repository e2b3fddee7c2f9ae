"""Runs in AI Verify's environment: trains the forest, and writes the pickles that it asks for.

`python their_model.py FOLDER ROWS` reads train.csv and test.csv in FOLDER and writes model.sav,
test.sav, some.sav (the first ROWS test rows) and answers.csv. It knows nothing of Faifo.
"""

import json
import pickle
import sys
from pathlib import Path

import pandas as pd
import sklearn
from sklearn.ensemble import RandomForestClassifier

LABEL = "label"

folder, rows = Path(sys.argv[1]), int(sys.argv[2])
train, test = (pd.read_csv(folder / f"{part}.csv") for part in ("train", "test"))
forest = RandomForestClassifier(n_estimators=100, random_state=0, n_jobs=2)
forest.fit(train.drop(columns=LABEL).to_numpy(), train[LABEL])
forest.n_jobs = 1
inputs = test.drop(columns=LABEL).to_numpy()
answers = {"decision": forest.predict(inputs), "score": forest.predict_proba(inputs)[:, 1]}
pd.DataFrame(answers).to_csv(folder / "answers.csv", index=False)
for name, content in (("model", forest), ("test", test), ("some", test[:rows])):
    with (folder / f"{name}.sav").open("wb") as file:
        pickle.dump(content, file)
print(json.dumps({"scikit-learn": sklearn.__version__, "Python": sys.version.split()[0]}))
