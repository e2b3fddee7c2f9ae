#!/usr/bin/env bash
# CVSS 3.1 itself: a vector without any environmental metric can have an environmental score above its base score.
# Standard: CVSS v3.1 specification, 7.1 (base) against 7.3 (environmental): for a changed scope the modified
# impact uses (MISS x 0.9731 - 0.02)^13, the base impact (ISS - 0.02)^15; "not defined" metrics do not undo that.
# For a node: "the score of this vector" is ambiguous: one library's final score says 7.4, another's 7.3.
# Name the score (base, temporal, environmental) wherever one is shown, compared or agreed.
. "$(dirname "$0")/_room.sh"
guess "without environmental metrics the final score is the base score, in every library"
found "PyPI cvss gives base 7.3 and environmental 7.4, npm ae-cvss-calculator 7.3 as overall"
python_with cvss==3.6
node_with ae-cvss-calculator@1.0.13
python_sees <<'PY'
from cvss import CVSS3
for version in ("3.0", "3.1"):
    print(version, *CVSS3(f"CVSS:{version}/AV:P/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H").scores())
PY
node_sees <<'JS'
import * as module from 'ae-cvss-calculator'
const { Cvss3P1 } = module.CvssCalculator ?? module.default
const scores = new Cvss3P1('CVSS:3.1/AV:P/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H').calculateScores()
console.log('3.1', scores.base, scores.overall)
JS
unchanged <<'END'
3.0 7.3 7.3 7.3
3.1 7.3 7.3 7.4
3.1 7.3 7.3
END
