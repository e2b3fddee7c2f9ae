#!/usr/bin/env bash
# CQL2 filters: items where the property is null are found by one library and end the query in the other.
# Standard: OGC CQL2 (21-065r2), comparison predicates: a comparison with null gives null, and so does its negation (three
# values of logic); `_` and `%` are the wildcards of LIKE, IN takes numbers, a property's name may be one letter.
# For a node: "NOT cloudy = 1" at a STAC partner returns items whose value nobody knows, or fails on the first of them;
# a catalogue filter is only as good as its engine. Filter again at home, with `IS NOT NULL` beside each comparison.
. "$(dirname "$0")/_room.sh"
guess "an item whose property is null is left out by both, for the comparison and for its negation"
found "pygeofilter 0.4 finds it by the negation and by <>, cql2 raises for all three; LIKE '_', IN (5) and x = 5 fail in pygeofilter"
python_with pygeofilter==0.4.0 cql2==0.6.0 lark==1.3.1 shapely==2.2.0 python-dateutil==2.9.0.post0
python_sees <<'PY'
import cql2
from pygeofilter.backends.native.evaluate import NativeEvaluator
from pygeofilter.parsers.cql2_text import parse

item = {"cloud": None, "sun": 5, "x": 5, "name": "Rio"}
feature = {"type": "Feature", "geometry": None, "properties": item}
def by_cql2(text):
    return cql2.Expr(text).matches(feature)
def by_pygeofilter(text):
    return bool(NativeEvaluator({}, use_getattr=False).evaluate(parse(text))(item))
for text in ("cloud = 1", "NOT (cloud = 1)", "cloud <> 1", "sun IN (5)", "x = 5", "name LIKE 'R_o'", "sun = 5"):
    said = []
    for engine in (by_cql2, by_pygeofilter):
        try:
            said.append(str(engine(text)))
        except Exception:
            said.append("error")
    print(text, "| cql2", said[0], "| pygeofilter", said[1])
PY
unchanged <<'END'
cloud = 1 | cql2 error | pygeofilter False
NOT (cloud = 1) | cql2 error | pygeofilter True
cloud <> 1 | cql2 error | pygeofilter True
sun IN (5) | cql2 True | pygeofilter error
x = 5 | cql2 True | pygeofilter error
name LIKE 'R_o' | cql2 True | pygeofilter False
sun = 5 | cql2 True | pygeofilter True
END
