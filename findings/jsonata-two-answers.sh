#!/usr/bin/env bash
# JSONata: the remainder of 5.5 and 2 is 1.5 in JavaScript and 1 in Python, and "xin chào" has two forms in Base64.
# Standard: docs.jsonata.org: % is the remainder, $distinct takes out duplicates (1 and true are none), $count of what is
# no array is 1, $string writes a number as JSON does, $base64encode takes each character (to U+00FF) as one byte.
# For a node: a mapping between two partners' records, agreed as one text, gives another record at each: units left over,
# lists with a value less, names in other bytes. Agree on one named engine, and test a mapping there on real records.
. "$(dirname "$0")/_room.sh"
guess "jsonata-python, a port of the JavaScript reference, answers as it does for the documented operations"
found "they differ in a remainder, in distinct values, in a counted null, in a large number as text and in Base64"
python_with jsonata-python==0.7.1
node_with jsonata@2.2.2
cat >"$room/expressions" <<'TEXT'
litres % 2
$distinct([quantity, valid])
$count(missing)
$string(units)
$base64encode(greeting)
TEXT
cat >"$room/record.json" <<'JSON'
{"litres": 5.5, "quantity": 1, "valid": true, "missing": null, "units": 123456789012345680000, "greeting": "xin chào"}
JSON
python_sees <<'PY'
import json
from jsonata import Jsonata
record = json.load(open("record.json"))
for line in open("expressions"):
    try:
        told = json.dumps(Jsonata(line.strip()).evaluate(record), separators=(",", ":"))
    except Exception as error:
        told = getattr(error, "error", type(error).__name__)
    print("python", line.strip(), "->", told)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import jsonata from 'jsonata'
const record = JSON.parse(readFileSync('record.json', 'utf8'))
for (const line of readFileSync('expressions', 'utf8').trim().split('\n')) {
  const told = await jsonata(line).evaluate(record).then((value) => JSON.stringify(value), (error) => error.code)
  console.log('javascript', line, '->', told)
}
JS
unchanged <<'END'
python litres % 2 -> 1
python $distinct([quantity, valid]) -> 1
python $count(missing) -> 0
python $string(units) -> "1.23456789012346e+20"
python $base64encode(greeting) -> "eGluIGNow6Bv"
javascript litres % 2 -> 1.5
javascript $distinct([quantity, valid]) -> [1,true]
javascript $count(missing) -> 1
javascript $string(units) -> "123456789012345680000"
javascript $base64encode(greeting) -> "eGluIGNo4G8="
END
