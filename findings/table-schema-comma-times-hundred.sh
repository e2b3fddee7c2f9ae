#!/usr/bin/env bash
# Table Schema: 1.234,50 with a decimal comma is 123450 in the standard's JavaScript library, and a time with a zone is refused.
# Standard: Table Schema (Frictionless Data), number: decimalChar and groupChar say how the text is written; datetime and
# time in the default format are ISO 8601 (XML Schema), date is a day without a zone.
# For a node: half of the economies write a comma. A table of prices that one partner validates with Python and another with
# JavaScript is a hundred times dearer at the second, with no error. Publish numbers with a point, and say digests and sums of
# columns beside the schema.
. "$(dirname "$0")/_room.sh"
guess "both libraries of the Frictionless project read 1234.5, the moment with its zone, half a second, and the same day anywhere"
found "the JavaScript one reads 123450, refuses zone and fraction, and its day is the day before in UTC, if the machine is in Viet Nam"
python_with frictionless==5.21.0
node_with tableschema@1.12.6
cat >"$room/schema.json" <<'JSON'
{"fields": [{"name": "price", "type": "number", "decimalChar": ",", "groupChar": "."},
  {"name": "share", "type": "number", "decimalChar": ","},
  {"name": "moment", "type": "datetime"}, {"name": "clock", "type": "time"}, {"name": "day", "type": "date"}]}
JSON
echo '["1.234,50", "0,5", "2026-02-28T10:00:00+07:00", "10:00:00.5", "2026-02-28"]' >"$room/row.json"
python_sees <<'PY'
import json
from frictionless import Schema
schema = Schema.from_descriptor("schema.json")
for field, text in zip(schema.fields, json.load(open("row.json"))):
    value, notes = field.read_cell(text)
    print("Python    ", field.name, text, "=", value if notes is None else notes)
PY
TZ=Asia/Ho_Chi_Minh node_sees <<'JS'
import { readFileSync } from 'node:fs'
import tableschema from 'tableschema'
const schema = await tableschema.Schema.load(JSON.parse(readFileSync('schema.json')))
JSON.parse(readFileSync('row.json')).forEach((text, i) => {
  const field = schema.fields[i]
  try {
    const value = field.castValue(text)
    console.log('JavaScript', field.name, text, '=', value instanceof Date ? value.toISOString() : value)
  } catch (error) {
    console.log('JavaScript', field.name, text, error.message.slice(0, 60))
  }
})
JS
unchanged <<'END'
Python     price 1.234,50 = 1234.50
Python     share 0,5 = 0.5
Python     moment 2026-02-28T10:00:00+07:00 = 2026-02-28 10:00:00+07:00
Python     clock 10:00:00.5 = 10:00:00.500000
Python     day 2026-02-28 = 2026-02-28
JavaScript price 1.234,50 = 123450
JavaScript share 0,5 = 0.5
JavaScript moment 2026-02-28T10:00:00+07:00 The value "2026-02-28T10:00:00+07:00" in column "moment" is 
JavaScript clock 10:00:00.5 The value "10:00:00.5" in column "clock" is not type "time" 
JavaScript day 2026-02-28 = 2026-02-27T17:00:00.000Z
END
