#!/usr/bin/env bash
# Passports: who does not know the day of their birth has an invalid document in one of two libraries.
# Standard: ICAO 9303-3, 4.8 and 9303-4, 4.2.2.2: an unknown part of the date of birth is filled with "<" in the machine
# readable zone (900100 is no date; 9001<< is), a wholly unknown date is six of them; the check digit counts "<" as 0.
# XPO is one of the issuers' codes of 9303-3, section 5 (Interpol), as UNO is.
# For a node: refugees and people born where no register was kept are refused by a form that trusts the library's answer.
# Check the digits and the shape; a date that is partly known is kept as such (EDTF: 1990-01-XX), never completed.
. "$(dirname "$0")/_room.sh"
guess "both libraries accept all four lines, since every check digit is right"
found "PyPI mrz refuses both dates (although it finds their check digits right) and Interpol's code; npm mrz accepts all four"
python_with mrz==0.6.2
node_with mrz@5.0.2
python_sees <<'PY'
import json
from mrz.checker.td3 import TD3CodeChecker

def value(character):
    return 0 if character == "<" else int(character) if character.isdigit() else ord(character) - 55

def digit(text):
    return str(sum(value(one) * (7, 3, 1)[place % 3] for place, one in enumerate(text)) % 10)

def document(issuer, birth):
    number, expiry, personal = "B1234567<", "350101", "<" * 14
    line = number + digit(number) + issuer + birth + digit(birth) + "F" + expiry + digit(expiry) + personal + digit(personal)
    return f"P<{issuer}EXAMPLE<<ANNA".ljust(44, "<") + "\n" + line + digit(line[:10] + line[13:20] + line[21:43])

cases = [("VNM", "900101"), ("VNM", "9001<<"), ("VNM", "<<<<<<"), ("XPO", "900101")]
with open("cases.json", "w") as file:
    json.dump([document(*case) for case in cases], file)
for case in cases:
    checked = TD3CodeChecker(document(*case))
    print("PyPI", *case, bool(checked), [name for name, _ in checked.report.falses])
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { parse } from 'mrz'
for (const text of JSON.parse(readFileSync('cases.json', 'utf8'))) {
  const { valid, fields } = parse(text)
  console.log('npm ', fields.issuingState, fields.birthDate, valid)
}
JS
unchanged <<'END'
PyPI VNM 900101 True []
PyPI VNM 9001<< False ['birth date']
PyPI VNM <<<<<< False ['birth date']
PyPI XPO 900101 False ['valid country code', 'valid nationality code']
npm  VNM 900101 true
npm  VNM 9001<< true
npm  VNM <<<<<< true
npm  XPO 900101 true
END
