#!/usr/bin/env bash
# apache-arrow (npm): a decimal turned into a number, text or JSON is its unscaled integer.
# Standard: Arrow columnar format, Schema.fbs "Decimal": value = unscaled integer x 10^-scale.
# For a node: an invoice of 1234.50 is shown, summed and exported as 123450, a hundred times too much; in JSON it is
# text inside text. Ask `valueOf(scale)` or read the scale from the schema; better, send amounts as text.
. "$(dirname "$0")/_room.sh"
guess "String(value) is 1234.50 and Number(value) 1234.5"
found "both are 123450; JSON says \"\\\"123450\\\"\"; only valueOf(2), with the scale by hand, is 1234.5"
python_with pyarrow==26.0.1
node_with apache-arrow@21.2.0
python_sees <<'PY'
from decimal import Decimal
import pyarrow as pa
table = pa.table({"amount": pa.array([Decimal("1234.50")], pa.decimal128(18, 2))})
with pa.ipc.new_file("a.arrow", table.schema) as file:
    file.write(table)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { tableFromIPC } from 'apache-arrow'
const table = tableFromIPC(readFileSync('a.arrow'))
const { amount } = table.get(0)
console.log('text', String(amount))
console.log('number', Number(amount))
console.log('json', JSON.stringify(table.get(0)))
console.log('valueOf(2)', amount.valueOf(2))
JS
unchanged <<'END'
text 123450
number 123450
json {"amount":"\"123450\""}
valueOf(2) 1234.5
END
