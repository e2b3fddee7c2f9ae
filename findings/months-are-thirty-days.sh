#!/usr/bin/env bash
# Durations: "P1M" is 30 days for pydantic, "P1Y2M" 425 days, and goes out as "P1Y60D"; others keep or refuse it.
# Standard: ISO 8601-1 and XML Schema 2, 3.2.6 (duration): months and days are two quantities that do not convert;
# ODRL 2.2 uses xsd:duration for elapsedTime, delayPeriod and meteredTime.
# For a node: "delete after one month" agreed on 31 January ends on 2 March at one partner and on 28 February at the
# other, and the term that is written back is another term. Keep the text; add months to a date by the calendar.
. "$(dirname "$0")/_room.sh"
guess "pydantic refuses months for a timedelta, as msgspec does, or keeps them apart, as isodate does"
found "it takes 30 and 365 days without a word"
python_with pydantic==2.14.4 msgspec==0.22.0 isodate==0.7.2
python_sees <<'PY'
from datetime import date, timedelta
import isodate
import msgspec
from pydantic import TypeAdapter

start = date(2026, 1, 31)
for text in ("P1M", "P1Y2M"):
    kind = TypeAdapter(timedelta)
    read = kind.validate_python(text)
    print(text, "pydantic", start + read, kind.dump_json(read).decode())
    read = isodate.parse_duration(text)
    print(text, "isodate", start + read, isodate.duration_isoformat(read))
    try:
        print(text, "msgspec", start + msgspec.convert(text, timedelta))
    except msgspec.ValidationError as error:
        print(text, "msgspec refuses:", error)
PY
unchanged <<'END'
P1M pydantic 2026-03-02 "P30D"
P1M isodate 2026-02-28 P1M
P1M msgspec refuses: Only units 'D', 'H', 'M', and 'S' are supported when parsing ISO8601 durations
P1Y2M pydantic 2027-04-01 "P1Y60D"
P1Y2M isodate 2027-03-31 P1Y2M
P1Y2M msgspec refuses: Only units 'D', 'H', 'M', and 'S' are supported when parsing ISO8601 durations
END
