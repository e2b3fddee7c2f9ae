#!/usr/bin/env bash
# pyjstat: the flags of the figures (provisional, estimated, confidential) and the units are gone on reading.
# Standard: JSON-stat 2.0, "status" (per value) and "category.unit"; "value" may be an object with the filled cells.
# For a node: a provisional or estimated figure of a labour statistic looks final in the table and in the JSON-stat
# written from it; and an absent cell ("not published") is the same NaN as a suppressed one.
. "$(dirname "$0")/_room.sh"
guess "the table has a status column, or writing it again keeps the status"
found "neither; unit is lost too, and an 'updated' and a 'source' that nobody gave are added"
source_packages=pyjstat python_with pyjstat==2.4.0 pandas==2.3.3 numpy==2.0.2 requests==2.34.2
python_sees <<'PY'
import json
from pyjstat import pyjstat
sent = {
    "version": "2.0", "class": "dataset", "id": ["geo", "time"], "size": [2, 2],
    "dimension": {
        "geo": {"category": {"index": ["KR", "VN"], "unit": {"KR": {"decimals": 1}, "VN": {"decimals": 1}}}},
        "time": {"category": {"index": {"2025": 0, "2026": 1}}}},
    "value": {"0": 1.5, "3": 4}, "status": {"0": "p", "1": "c"}}
table = pyjstat.Dataset.read(json.dumps(sent)).write("dataframe", naming="id")
print("columns", list(table.columns), "values", table["value"].tolist())
back = json.loads(pyjstat.Dataset.read(table).write())
print("written", sorted(back), "source", back["source"], "unit", "unit" in json.dumps(back["dimension"]))
PY
unchanged <<'END'
columns ['geo', 'time', 'value'] values [1.5, nan, nan, 4.0]
written ['class', 'dimension', 'id', 'size', 'source', 'updated', 'value', 'version'] source Self-elaboration unit False
END
