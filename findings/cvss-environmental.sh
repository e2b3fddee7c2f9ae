#!/usr/bin/env bash
# vuln-vects (npm): environmental scores differ from the standard's formula where the modified vector differs.
# Standard: CVSS v3.1 specification, 7.3 (environmental metrics equations) and 7.4 (weights).
# For a node: two partners who name the same vector see another number, and act by other thresholds; agree on
# vectors, and compute the number in one place. About four of ten random vectors with modified metrics differ.
. "$(dirname "$0")/_room.sh"
guess "three calculators give one environmental score for one vector"
found "PyPI cvss and npm ae-cvss-calculator agree, npm vuln-vects is 0.1 to 0.2 beside them, in both directions"
python_with cvss==3.6
node_with vuln-vects@1.1.0 ae-cvss-calculator@1.0.13
cat >"$room/vectors" <<'END'
CVSS:3.0/AV:L/AC:H/PR:H/UI:R/S:U/C:H/I:H/A:L/E:H/RL:O/RC:C/CR:L/IR:H/AR:X/MAV:L/MAC:L/MPR:L/MUI:X/MS:C/MC:N/MI:H/MA:X
CVSS:3.0/AV:L/AC:L/PR:H/UI:N/S:U/C:H/I:N/A:L/E:H/RL:W/RC:R/CR:H/IR:H/AR:M/MAV:A/MAC:X/MPR:N/MUI:R/MS:X/MC:X/MI:L/MA:H
CVSS:3.1/AV:A/AC:H/PR:L/UI:N/S:U/C:H/I:H/A:H/E:P/RL:T/RC:C/CR:H/IR:X/AR:X/MAV:A/MAC:L/MPR:X/MUI:X/MS:C/MC:L/MI:H/MA:L
END
python_sees <<'PY'
from cvss import CVSS3
for line in open("vectors"):
    print("cvss", line[5:8], CVSS3(line.strip()).scores()[2])
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { parseCvss3Vector } from 'vuln-vects'
import * as module from 'ae-cvss-calculator'
const { Cvss3P0, Cvss3P1 } = module.CvssCalculator ?? module.default
for (const vector of readFileSync('vectors', 'utf8').trim().split('\n')) {
  const Kind = vector.startsWith('CVSS:3.1') ? Cvss3P1 : Cvss3P0
  console.log('ae-cvss-calculator', vector.slice(5, 8), new Kind(vector).calculateScores().overall)
  console.log('vuln-vects', vector.slice(5, 8), parseCvss3Vector(vector).environmentalScore)
}
JS
unchanged <<'END'
cvss 3.0 7.8
cvss 3.0 7.5
cvss 3.1 7.7
ae-cvss-calculator 3.0 7.8
vuln-vects 3.0 7.6
ae-cvss-calculator 3.0 7.5
vuln-vects 3.0 7.7
ae-cvss-calculator 3.1 7.7
vuln-vects 3.1 7.5
END
