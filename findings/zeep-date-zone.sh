#!/usr/bin/env bash
# zeep: the zone of a day (xs:date) is dropped on reading; the zone of a time is kept.
# Standard: XML Schema 2, 3.2.9 (date): an optional time zone belongs to the value; 2026-01-01+07:00 begins
# seven hours before 2026-01-01Z.
# For a node: a customs or health service asked by SOAP says a day of its own zone, and the client no longer knows
# which; a term that ends that day ends hours too early or too late, and the message cannot be written back as it was.
. "$(dirname "$0")/_room.sh"
guess "the zone stays somewhere, as it does for xs:time and xs:dateTime"
found "2026-01-01+07:00, 2026-01-01Z and 2026-01-01 are the same value"
python_with zeep==4.3.3 isodate==0.7.2 lxml==6.1.3
python_sees <<'PY'
from zeep.xsd.types.builtins import Date, Time
for text in ("2026-01-01+07:00", "2026-01-01Z", "2026-01-01"):
    print(text, "->", Date().xmlvalue(Date().pythonvalue(text)))
print("10:00:00+07:00", "->", Time().xmlvalue(Time().pythonvalue("10:00:00+07:00")))
PY
unchanged <<'END'
2026-01-01+07:00 -> 2026-01-01
2026-01-01Z -> 2026-01-01
2026-01-01 -> 2026-01-01
10:00:00+07:00 -> 10:00:00+07:00
END
