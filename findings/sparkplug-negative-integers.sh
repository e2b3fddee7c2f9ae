#!/usr/bin/env bash
# Sparkplug B: minus five degrees from a Python device is 251 in JavaScript, and an error the other way round.
# Standard: Eclipse Sparkplug 3.0, 6.4.16 and 6.4.17: Int8 and Int16 travel in int_value, a uint32; whether a negative
# number fills 8, 16 or 32 bits of it is not said for them.
# For a node: a freezer's temperature or a balance below zero passes every check as a large positive number at one
# partner and ends the whole payload at the other. Agree on Int32 or Float, where all agree, and test one negative value.
. "$(dirname "$0")/_room.sh"
guess "both libraries read back each other's -5 and -300, for these are plain values of a standard type"
found "Int8 and Int16 fill 8 and 16 bits in Python and 32 in JavaScript; read across, 251 and 65236, or OverflowError"
python_with pysparkplug==0.3.0
node_with sparkplug-payload@1.0.3
cat >"$room/write.py" <<'PY'
from pysparkplug import DataType, DBirth, Metric
for name, value in (("INT8", -5), ("INT16", -300), ("INT32", -70000)):
    metric = Metric(timestamp=1, name="x", datatype=DataType[name], value=value)
    print(name.capitalize(), value, DBirth(timestamp=1, seq=1, metrics=(metric,)).encode().hex())
PY
"$room/venv/bin/python" "$room/write.py" >"$room/by-python"
node_sees <<'JS'
import { readFileSync, writeFileSync } from 'node:fs'
import sparkplug from 'sparkplug-payload'
const codec = sparkplug.get('spBv1.0')
const ours = []
for (const line of readFileSync('by-python', 'utf8').trim().split('\n')) {
  const [type, value, bytes] = line.split(' ')
  const read = codec.decodePayload(Buffer.from(bytes, 'hex')).metrics[0].value
  console.log(`${type} ${value} of Python is ${read} in JavaScript`)
  const payload = { timestamp: 1, seq: 1, metrics: [{ name: 'x', timestamp: 1, type, value: Number(value) }] }
  ours.push(`${type} ${value} ${Buffer.from(codec.encodePayload(payload)).toString('hex')}`)
}
writeFileSync('by-javascript', ours.join('\n'))
JS
python_sees <<'PY'
from pysparkplug import DBirth
for line in open("by-javascript"):
    kind, value, text = line.split()
    try:
        read = DBirth.decode(bytes.fromhex(text)).metrics[0].value
    except OverflowError as error:
        read = f"OverflowError ({error})"
    print(f"{kind} {value} of JavaScript is {read} in Python")
PY
unchanged <<'END'
Int8 -5 of Python is 251 in JavaScript
Int16 -300 of Python is 65236 in JavaScript
Int32 -70000 of Python is -70000 in JavaScript
Int8 -5 of JavaScript is OverflowError (Int8 overflow with value 4294967291) in Python
Int16 -300 of JavaScript is OverflowError (Int16 overflow with value 4294966996) in Python
Int32 -70000 of JavaScript is -70000 in Python
END
