#!/usr/bin/env bash
# sdmx1: a reporting month of SDMX becomes a second of New Year's night, and a third of a year becomes a month.
# Standard: SDMX 2.1 and 3.0, section 6 (technical notes), standard reporting period: YYYY-Mmm is a month (2026-M05 is
# May), YYYY-Tt four months (2026-T2 begins in May), YYYY-Qq a quarter; all are values of ObservationalTimePeriod.
# For a node: a monthly series is one point of January at whoever asks for dates, and its sum by month or its join with
# another series is another number, without an error; semesters and weeks at least raise. Keep the period as text, and
# let only those through whose form (YYYY, YYYY-MM, YYYY-MM-DD) a date can hold.
. "$(dirname "$0")/_room.sh"
guess "to_pandas with datetime gives the first day of a reporting period, or raises for a form that it does not know"
found "M01, M05, M12 are 1, 5 and 12 seconds after midnight of 1 January; T2, T3 are February, March; quarters are right"
python_with sdmx1==2.28.0 pandas==3.1.1 numpy==2.4.6 lxml==6.1.3
python_sees <<'PY'
import sdmx
from sdmx.model import v21 as model
definition = model.DataStructureDefinition(id="JOBS")
definition.dimensions.getdefault(id="TIME_PERIOD")
for period in ("2026-05", "2026-Q2", "2026-M01", "2026-M05", "2026-M12", "2026-T1", "2026-T2", "2026-T3", "2026-S2", "2026-W10"):
    data = model.DataSet(structured_by=definition)
    key = definition.make_key(model.Key, {"TIME_PERIOD": period})
    data.add_obs([model.Observation(dimension=key, value=7)])
    try:
        print(period, *sdmx.to_pandas(data, datetime="TIME_PERIOD").index.get_level_values(0))
    except ValueError as error:
        print(period, type(error).__name__)
PY
unchanged <<'END'
2026-05 2026-05-01 00:00:00
2026-Q2 2026-04-01 00:00:00
2026-M01 2026-01-01 00:00:01
2026-M05 2026-01-01 00:00:05
2026-M12 2026-01-01 00:00:12
2026-T1 2026-01-01 00:00:00
2026-T2 2026-02-01 00:00:00
2026-T3 2026-03-01 00:00:00
2026-S2 DateParseError
2026-W10 DateParseError
END
