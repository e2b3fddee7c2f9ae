#!/usr/bin/env bash
# KNX: a sensor that says "no valid value" measures 670760.96 degrees in JavaScript, and a clock that failed tells a
# time.
# Standard: KNX 03_07_02 (datapoint types), 3.10: for all 9.xxx the value 7FFFh denotes invalid data; 19.001: the bits
# F, NY and NT say that the clock has failed, that the year is not valid, and that the time is not.
# For a node: rooms of 670760 degrees, 670760 lux or 670760 litres an hour enter sums, means and alarms of a building's
# data, and meter readings are stamped with the hour of a clock that itself says it is wrong. Compare with 7FFFh and
# the bits before a value is decoded.
. "$(dirname "$0")/_room.sh"
guess "three libraries give no value for 7FFFh, and no date, or a mark beside it, where the bits say fault or not valid"
found "xknx alone does; both in JavaScript give 670760.96, and a plain date for each of the four states of the clock"
python_with xknx==4.0.0
node_with knx@2.5.4 knxultimate@5.4.0
cat >"$room/telegrams.json" <<'JSON'
[["9.001", "temperature", "0c1a"], ["9.001", "temperature", "7fff"], ["9.004", "lux", "7fff"], ["9.025", "litres an hour", "7fff"],
 ["19.001", "clock is right", "7e0b1e0c1e000000"], ["19.001", "clock failed", "7e0b1e0c1e008000"],
 ["19.001", "year not valid", "000b1e0c1e001000"], ["19.001", "time not valid", "7e0b1e0000000200"]]
JSON
python_sees <<'PY'
import json
from xknx.dpt import DPTArray, DPTBase
from xknx.exceptions import ConversionError
for number, what, octets in json.load(open("telegrams.json")):
    try:
        value = DPTBase.parse_transcoder(number).from_knx(DPTArray(tuple(bytes.fromhex(octets))))
        if number == "19.001":
            value = f"{value.year}-{value.month}-{value.day} {value.hour}:{value.minutes} fault {value.fault}"
    except ConversionError as error:
        value = type(error).__name__
    print("xknx", number, what, value)
PY
TZ=UTC node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
const ultimate = require('knxultimate/build/dptlib/index.js')
for (const [number, what, octets] of JSON.parse(readFileSync('telegrams.json', 'utf8'))) {
  for (const [name, library] of [['knx', require('knx/src/dptlib')], ['knxultimate', ultimate.default ?? ultimate]]) {
    const value = library.fromBuffer(Buffer.from(octets, 'hex'), library.resolve('DPT' + number))
    console.log(name, number, what, value instanceof Date ? value.toISOString().slice(0, 16) : value)
  }
}
JS
unchanged <<'END'
xknx 9.001 temperature 21.0
xknx 9.001 temperature ConversionError
xknx 9.004 lux ConversionError
xknx 9.025 litres an hour ConversionError
xknx 19.001 clock is right 2026-11-30 12:30 fault False
xknx 19.001 clock failed 2026-11-30 12:30 fault True
xknx 19.001 year not valid None-11-30 12:30 fault False
xknx 19.001 time not valid 2026-11-30 None:None fault False
knx 9.001 temperature 21
knxultimate 9.001 temperature 21
knx 9.001 temperature 670760.96
knxultimate 9.001 temperature 670760.96
knx 9.004 lux 670760.96
knxultimate 9.004 lux 670760.96
knx 9.025 litres an hour 670760.96
knxultimate 9.025 litres an hour 670760.96
knx 19.001 clock is right 2026-11-30T12:30
knxultimate 19.001 clock is right 2026-11-30T12:30
knx 19.001 clock failed 2026-11-30T12:30
knxultimate 19.001 clock failed 2026-11-30T12:30
knx 19.001 year not valid 1900-11-30T12:30
knxultimate 19.001 year not valid 1900-11-30T12:30
knx 19.001 time not valid 2026-11-30T00:00
knxultimate 19.001 time not valid 2026-11-30T00:00
END
