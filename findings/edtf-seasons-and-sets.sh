#!/usr/bin/env bash
# EDTF: the spring of 2026 is March to May in Python and January to March in JavaScript; "2025 or 2026" ends in 2025.
# Standard: ISO 8601-2:2019 (EDTF): level 1 seasons 21 to 24, level 2 seasons 25 to 32 and sets with "..": the months
# of a season are nowhere said; [2025..2026] is one of the years 2025 to 2026.
# For a node: "valid for the spring of 2026", a harvest or a school term as temporal coverage of a data set, matches
# one partner's query and not the other's, and winter is December alone or October to December. Agree on dates from
# and to; take a season as words.
. "$(dirname "$0")/_room.sh"
guess "both give the same first and last day: March to May, winter with January and February, a set with its last year"
found "no season of four agrees; the set ends in its first year in JavaScript; a day is a date in Python, an instant in JS"
python_with edtf==5.0.2
node_with edtf@4.11.1
printf '%s\n' 2026-21 2026-22 2026-24 2026-29 '[2025..2026]' 2026-06-15T02:00:00+07:00 >"$room/dates"
python_sees <<'PY'
from edtf import parse_edtf
for line in open("dates"):
    date = parse_edtf(line.strip())
    first, last = ("-".join(f"{part:02}" for part in day[:3]) for day in (date.lower_strict(), date.upper_strict()))
    print("python", line.strip(), first, last)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import edtf from 'edtf'
for (const line of readFileSync('dates', 'utf8').trim().split('\n')) {
  const [first, last] = [edtf(line).min, edtf(line).max].map((time) => new Date(time).toISOString().slice(0, 10))
  console.log('javascript', line, first, last)
}
JS
unchanged <<'END'
python 2026-21 2026-03-01 2026-05-31
python 2026-22 2026-06-01 2026-08-31
python 2026-24 2026-12-01 2026-12-31
python 2026-29 2026-09-01 2026-11-30
python [2025..2026] 2025-01-01 2026-12-31
python 2026-06-15T02:00:00+07:00 2026-06-15 2026-06-15
javascript 2026-21 2026-01-01 2026-03-31
javascript 2026-22 2026-04-01 2026-06-30
javascript 2026-24 2026-10-01 2026-12-31
javascript 2026-29 2026-10-01 2026-12-31
javascript [2025..2026] 2025-01-01 2025-12-31
javascript 2026-06-15T02:00:00+07:00 2026-06-14 2026-06-14
END
