#!/usr/bin/env bash
# Deadlines: ten working days end on other days in three calendars of public holidays, in Korea and in Viet Nam.
# Standard: none. Korea reckons the lunar new year at its own meridian (7 February 2027; 6 February in Viet Nam, two hours
# to the west), and both give further days and days in lieu by acts and decisions of the year.
# For a node: a clock of law in calendar days (Viet Nam's 60 days) is the same everywhere; one in working days is not. Keep
# the day itself in the duty, as agreed, and never let each side count it by a library.
. "$(dirname "$0")/_room.sh"
guess "three calendars of public holidays give the same last day of ten working days"
found "each row has two answers, one or two days apart; workalendar has Korea's new year of 2027 a day early, date-holidays one of Viet Nam's two National Days"
python_with holidays==0.109 workalendar==17.0.0
node_with date-holidays@3.37.0
cat >"$room/starts" <<'END'
KR 2027-01-29
KR 2027-04-26
VN 2026-08-24
VN 2026-11-16
END
python_sees <<'PY'
import datetime as days
import holidays
from workalendar.asia import SouthKorea

def last(off, day, left=10):
    while left:
        day += days.timedelta(1)
        left -= day.weekday() < 5 and not off(day)
    return day

for line in open("starts"):
    economy, start = line.split()
    known = holidays.country_holidays(economy)
    day = days.date.fromisoformat(start)
    print(economy, start, "holidays", last(lambda one: one in known, day))
    if economy == "KR":
        print(economy, start, "workalendar", last(SouthKorea().is_holiday, day))
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import Holidays from 'date-holidays'

for (const line of readFileSync('starts', 'utf8').trim().split('\n')) {
  const [economy, start] = line.split(' ')
  const known = new Holidays(economy, { timezone: 'UTC' })
  const day = new Date(`${start}T12:00:00Z`)
  for (let left = 10; left;) {
    day.setUTCDate(day.getUTCDate() + 1)
    const off = (known.isHoliday(day) || []).some((one) => one.type === 'public')
    left -= day.getUTCDay() % 6 && !off ? 1 : 0
  }
  console.log(economy, start, 'date-holidays', day.toISOString().slice(0, 10))
}
JS
unchanged <<'END'
KR 2027-01-29 holidays 2027-02-16
KR 2027-01-29 workalendar 2027-02-15
KR 2027-04-26 holidays 2027-05-12
KR 2027-04-26 workalendar 2027-05-11
VN 2026-08-24 holidays 2026-09-10
VN 2026-11-16 holidays 2026-12-01
KR 2027-01-29 date-holidays 2027-02-16
KR 2027-04-26 date-holidays 2027-05-11
VN 2026-08-24 date-holidays 2026-09-08
VN 2026-11-16 date-holidays 2026-11-30
END
