#!/usr/bin/env bash
# FHIRPath: the JavaScript and the Python engine answer the same expression differently.
# Standard: FHIRPath 2.0 (normative): round([precision]), 0 where left out (5.7); equality of quantities with
# units that convert (6.1.1); seconds and milliseconds are one decimal when times are compared (6.1.1); `is` (6.3.1).
# For a node: a consent or quality rule written in FHIRPath lets a record through at one partner and not at the other.
# Do not agree on expressions; agree on the verdict of one named engine, or on rules with a conformance suite.
. "$(dirname "$0")/_room.sh"
guess "fhirpath.js and fhirpathpy, a port of it, agree on all of them"
found "they disagree on the first four; each is against the standard somewhere"
python_with fhirpathpy==2.2.4 antlr4-python3-runtime==4.13.2
node_with fhirpath@5.2.2
cat >"$room/expressions" <<'END'
1 'g' = 0.001 'kg'
2.5.round()
1.0 is Integer
@2026-01-01T00:00:00.1 = @2026-01-01T00:00:00.10
@2026-05 < @2026-05-01
END
python_sees <<'PY'
import json
from fhirpathpy import evaluate
for line in open("expressions"):
    try:
        said = json.dumps(evaluate({}, line.strip(), []))
    except Exception:
        said = "error"
    print("fhirpathpy", line.strip(), "->", said)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import fhirpath from 'fhirpath'
for (const line of readFileSync('expressions', 'utf8').trim().split('\n')) {
  let said
  try { said = JSON.stringify(fhirpath.evaluate({}, line)) } catch { said = 'error' }
  console.log('fhirpath.js', line, '->', said)
}
JS
unchanged <<'END'
fhirpathpy 1 'g' = 0.001 'kg' -> [false]
fhirpathpy 2.5.round() -> error
fhirpathpy 1.0 is Integer -> [true]
fhirpathpy @2026-01-01T00:00:00.1 = @2026-01-01T00:00:00.10 -> [true]
fhirpathpy @2026-05 < @2026-05-01 -> []
fhirpath.js 1 'g' = 0.001 'kg' -> [true]
fhirpath.js 2.5.round() -> [3]
fhirpath.js 1.0 is Integer -> [false]
fhirpath.js @2026-01-01T00:00:00.1 = @2026-01-01T00:00:00.10 -> [false]
fhirpath.js @2026-05 < @2026-05-01 -> []
END
