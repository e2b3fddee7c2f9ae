#!/usr/bin/env bash
# DMN: 0.1 + 0.2 = 0.3 is false in two FEEL engines; 10 - 5 - 2 and 1.1 * 3 are errors in one of them.
# Standard: OMG DMN 1.5, 10.3.2.3.1 and 10.3.2.9: numbers are decimals of 34 digits (IEEE 754-2008 decimal128); an
# arithmetic expression may be the operand of another.
# For a node: a tariff or an eligibility table that both sides took as "the rule" decides otherwise at the threshold than
# the engine it was tested with, or not at all. Agree on a decision's result of one named engine; count money in cents.
. "$(dirname "$0")/_room.sh"
guess "sums of decimals are exact in an engine of DMN, and a chain of two subtractions is read from the left"
found "both count in binary floating point; bkflow-feel has no chain of subtractions and no product of 1.1 and 3"
python_with bkflow-feel==1.2.0
node_with feelin@8.2.0
printf '%s\n' '0.1 + 0.2 = 0.3' '0.1 + 0.2' '1.1 * 3 <= 3.3' '10 - 5 - 2' '10 - (5 + 2)' >"$room/rules"
python_sees <<'PY'
import logging
logging.disable(logging.CRITICAL)
from bkflow_feel.api import parse_expression
for rule in open("rules").read().splitlines():
    try:
        print("python", rule, "->", parse_expression(rule))
    except Exception as error:
        print("python", rule, "->", type(error).__name__)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { evaluate } from 'feelin'
for (const rule of readFileSync('rules', 'utf8').trim().split('\n')) {
  const { value } = evaluate(rule, {})
  console.log('javascript', rule, '->', value)
}
JS
unchanged <<'END'
python 0.1 + 0.2 = 0.3 -> False
python 0.1 + 0.2 -> 0.30000000000000004
python 1.1 * 3 <= 3.3 -> ValidationError
python 10 - 5 - 2 -> UnexpectedToken
python 10 - (5 + 2) -> 3
javascript 0.1 + 0.2 = 0.3 -> false
javascript 0.1 + 0.2 -> 0.30000000000000004
javascript 1.1 * 3 <= 3.3 -> false
javascript 10 - 5 - 2 -> 3
javascript 10 - (5 + 2) -> 3
END
