#!/usr/bin/env bash
# geojson (PyPI): reading and writing rounds every coordinate to six digits.
# Standard: RFC 7946, 3.1.1 (a position is an array of numbers) and 11.2: six digits (about 10 cm) are said to be enough
# for most uses; nothing tells a tool to cut.
# For a node: a boundary surveyed to the millimetre, or a polygon that has to close on its neighbour's, is another one after
# a tool has only passed it on, and its digest no longer fits. Set geojson.geometry.DEFAULT_PRECISION, or use json.
. "$(dirname "$0")/_room.sh"
guess "loads() and dumps() keep the numbers, as json does"
found "105.123456789 comes out as 105.123457"
python_with geojson==3.3.0
python_sees <<'PY'
import geojson
sent = '{"type": "Point", "coordinates": [105.123456789, 21.123456789]}'
print(sent, "->", geojson.dumps(geojson.loads(sent)))
PY
unchanged <<'END'
{"type": "Point", "coordinates": [105.123456789, 21.123456789]} -> {"type": "Point", "coordinates": [105.123457, 21.123457]}
END
