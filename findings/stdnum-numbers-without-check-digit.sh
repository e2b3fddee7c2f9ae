#!/usr/bin/env bash
# stdnum: nine of ten Korean resident numbers given since October 2020, and every personal tax number of Viet Nam, are refused.
# Standard: Korea, Enforcement Rule of the Resident Registration Act, article 2, in force since 5 October 2020: after the
# digit of sex and century come six digits at random, with no place and no check digit. Viet Nam, Law on Tax Administration
# 38/2019/QH14, article 35 (7), and Circular 86/2024/TT-BTC, article 5 (5) and 38: since 1 July 2025 the personal
# identification number of 12 digits takes the place of the tax code of persons, households and household businesses.
# For a node: a form or a quality rule with these two libraries turns away newborn, naturalised and renumbered people of one
# economy and every household business of another, as mistyped. Check the form and the date; ask the register for more.
# The numbers are invented: all of one day's thousand that begin alike, and one with a place, a century and a year.
. "$(dirname "$0")/_room.sh"
guess "a random number of 2020-11-23 is taken, whatever its last digit; the 12 digits are a tax number (mst) since 2025"
found "both libraries ask for the check digit of old, which 100 of the 1000 have; for Viet Nam they know 10 and 13 digits"
python_with python-stdnum==2.2
node_with stdnum@1.12.0
python_sees <<'PY'
from stdnum.kr import rrn
from stdnum.vn import mst
print("python", sum(rrn.is_valid(f"201123-3000{tail:03}") for tail in range(1000)), "of 1000")
for check, number in ((rrn, "201123-3000000"), (mst, "001299000000"), (mst, "0100112437")):
    try:
        print(check.__name__, check.validate(number))
    except Exception as error:
        print(check.__name__, number, type(error).__name__)
PY
node_sees <<'JS'
import { stdnum } from 'stdnum'
const numbers = Array.from({ length: 1000 }, (_, tail) => `201123-3000${String(tail).padStart(3, '0')}`)
console.log('javascript', numbers.filter((number) => stdnum.KR.rrn.validate(number).isValid).length, 'of 1000')
for (const number of ['001299000000', '0100112437']) {
  const { isValid, error } = stdnum.VN.mst.validate(number)
  console.log(number, isValid, error?.name)
}
JS
unchanged <<'END'
python 100 of 1000
stdnum.kr.rrn 201123-3000000 InvalidChecksum
stdnum.vn.mst 001299000000 InvalidLength
stdnum.vn.mst 0100112437
javascript 100 of 1000
001299000000 false InvalidLength
0100112437 true undefined
END
