#!/usr/bin/env bash
# NMEA 0183: a receiver that has no position yet lies at 0° N 0° E, and the last second of a leap year is an error.
# Standard: NMEA 0183/IEC 61162-1: an empty field is "not available" (RMC: status V, mode N, with empty position); the
# second of UTC is 00 to 59, and 60 in a leap second, as in ITU-R TF.460-6.
# For a node: a fleet's reports put trucks into the Gulf of Guinea while their receivers start. Take a position only with
# status A, and the number only where the field has text; keep the sentence beside what was read.
. "$(dirname "$0")/_room.sh"
guess "three readers give no position for a sentence without one, and a moment for 23:59:60"
found "two of three give 0 and 0 (nmea-simple a speed of 0, too); 23:59:60 is a TypeError, nothing, and the next year"
python_with pynmea2==1.19.0 pynmeagps==1.1.8
node_with nmea-simple@3.3.0
cat >"$room/sentences" <<'NMEA'
$GPRMC,120000,V,,,,,,,280226,,,N*5C
$GPRMC,235960.00,A,1046.1234,N,10640.9876,E,12.3,359.9,311216,,,A*61
NMEA
python_sees <<'PY'
import pynmea2
from pynmeagps import NMEAReader
for line in open("sentences").read().split():
    one = pynmea2.parse(line, check=True)
    try:
        print("pynmea2    ", one.status, one.latitude, one.longitude, one.datetime)
    except TypeError as error:
        print("pynmea2    ", one.status, one.latitude, one.longitude, "TypeError:", error)
    two = NMEAReader.parse(line)
    print("pynmeagps  ", two.status, repr(two.lat), repr(two.lon), two.date, repr(str(two.time)))
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { parseNmeaSentence } from 'nmea-simple'
for (const line of readFileSync('sentences', 'utf8').trim().split('\n')) {
  const { status, latitude, longitude, speedKnots, datetime } = parseNmeaSentence(line)
  console.log('nmea-simple', status, latitude, longitude, speedKnots, datetime.toISOString())
}
JS
unchanged <<'END'
pynmea2     V 0.0 0.0 2026-02-28 12:00:00+00:00
pynmeagps   V '' '' 2026-02-28 '12:00:00'
pynmea2     A 10.768723333333334 106.68312666666667 TypeError: combine() argument 2 must be datetime.time, not str
pynmeagps   A 10.7687233333 106.6831266667 2016-12-31 ''
nmea-simple warning -0 -0 0 2026-02-28T12:00:00.000Z
nmea-simple valid 10.768723333333334 106.68312666666667 12.3 2017-01-01T00:00:00.000Z
END
