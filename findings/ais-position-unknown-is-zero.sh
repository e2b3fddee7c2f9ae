#!/usr/bin/env bash
# AIS: a ship whose position, course and speed are left out lies still at 0° N 0° E in the message that is made.
# Standard: ITU-R M.1371-5, table 48: not available is 181° (longitude, the default), 91° (latitude, the default), 102.3
# knots, 360.0° course, heading 511, second 60.
# For a node: a port that forwards a report without a position puts a ship into the Gulf of Guinea at a speed of 0.0 and
# heading north, which a receiver cannot tell from a true one. Fill in the values for "not available" by name.
. "$(dirname "$0")/_room.sh"
guess "fields that are not given are sent as the standard's 'not available', as the rate of turn is"
found "the rate of turn is, the other six are sent as 0; a decoder sees a true position and speed"
python_with pyais==3.3.1
python_sees <<'PY'
import pyais
(line,) = pyais.encode_dict({"type": 1, "mmsi": 574000001})
report = pyais.decode(line).asdict()
print({name: report[name] for name in ("lat", "lon", "speed", "course", "heading", "second")}, "turn", int(report["turn"]))
PY
unchanged <<'END'
{'lat': 0.0, 'lon': 0.0, 'speed': 0.0, 'course': 0.0, 'heading': 0, 'second': 0} turn -128
END
