#!/usr/bin/env bash
# iCalendar: "each year's 20th Monday" is every Monday for ical.js, and a day without a time begins today for rrule.js.
# Standard: RFC 5545, 3.3.10 (20MO within a year, BYWEEKNO, BYSETPOS for each FREQ, BYMONTHDAY expands a year; a day that
# does not exist is left out) and 3.3.4 (DTSTART;VALUE=DATE); RFC 7529, 4.1 (SKIP=BACKWARD: the last day of the month).
# For a node: a duty "report on the last working day of each week", a meter's reading or a school's opening hours falls on
# other days at each partner, without an error. Send the days themselves, and the rule as a remark.
. "$(dirname "$0")/_room.sh"
guess "all four expand all seven rules alike (SKIP is refused by those who do not know it), as the RFC says"
found "ical.js differs in five and leaves SKIP out without a word; rrule.js takes the clock for a day without time"
python_with python-dateutil==2.9.0.post0 icalendar==7.3.2 recurring-ical-events==3.8.2
node_with ical.js@2.2.1 rrule@2.8.1
cat >"$room/rules" <<'TEXT'
DTSTART:20260518T090000Z RRULE:FREQ=YEARLY;BYDAY=20MO;COUNT=3
DTSTART:20261228T090000Z RRULE:FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;COUNT=2
DTSTART:20240229T090000Z RRULE:FREQ=YEARLY;COUNT=2
DTSTART:20260109T090000Z RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1;COUNT=3
DTSTART:20260115T090000Z RRULE:FREQ=YEARLY;BYMONTHDAY=15;COUNT=3
DTSTART;VALUE=DATE:20260131 RRULE:FREQ=MONTHLY;COUNT=3
DTSTART:20260131T090000Z RRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD;COUNT=3
TEXT
python_sees <<'PY'
from datetime import date
from itertools import islice
from dateutil.rrule import rrulestr
from icalendar import Calendar
from recurring_ical_events import of
for line in open("rules"):
    start, rule = line.split()
    text = "\r\n".join(("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", start, rule, "END:VEVENT", "END:VCALENDAR"))
    every = lambda: (one["DTSTART"].dt for one in of(Calendar.from_ical(text)).after(date(2024, 1, 1)))
    for name, days in (("dateutil", lambda: rrulestr(f"{start.replace(';VALUE=DATE', '')}\n{rule}")),
                       ("recurring-ical-events", every)):
        try:
            told = " ".join(f"{day:%Y-%m-%d}" for day in islice(days(), 3))
        except ValueError as error:
            told = type(error).__name__
        print(rule[6:], name, told)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import ICAL from 'ical.js'
import rrule from 'rrule'
for (const line of readFileSync('rules', 'utf8').trim().split('\n')) {
  const [start, rule] = line.split(' ')
  const event = ['BEGIN:VEVENT', 'UID:1', start, rule, 'END:VEVENT'].join('\r\n')
  const each = new ICAL.Event(new ICAL.Component(ICAL.parse(event))).iterator()
  const days = [each.next(), each.next(), each.next()].filter(Boolean).map((day) => day.toString().slice(0, 10))
  console.log(rule.slice(6), 'ical.js', days.join(' '))
  let told
  try {
    told = rrule.rrulestr(`${start}\n${rule}`).all().map((day) => day.toISOString().slice(0, 10))
    if (told[0] >= new Date().toISOString().slice(0, 10) && start.includes('=')) told = ['from the present minute on']
  } catch (error) { told = [error.name] }
  console.log(rule.slice(6), 'rrule.js', told.join(' '))
}
JS
unchanged <<'END'
FREQ=YEARLY;BYDAY=20MO;COUNT=3 dateutil 2026-05-18 2027-05-17 2028-05-15
FREQ=YEARLY;BYDAY=20MO;COUNT=3 recurring-ical-events 2026-05-18 2027-05-17 2028-05-15
FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;COUNT=2 dateutil 2026-12-28 2032-12-27
FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;COUNT=2 recurring-ical-events 2026-12-28 2032-12-27
FREQ=YEARLY;COUNT=2 dateutil 2024-02-29 2028-02-29
FREQ=YEARLY;COUNT=2 recurring-ical-events 2024-02-29 2028-02-29
FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1;COUNT=3 dateutil 2026-01-09 2026-01-16 2026-01-23
FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1;COUNT=3 recurring-ical-events 2026-01-09 2026-01-16 2026-01-23
FREQ=YEARLY;BYMONTHDAY=15;COUNT=3 dateutil 2026-01-15 2026-02-15 2026-03-15
FREQ=YEARLY;BYMONTHDAY=15;COUNT=3 recurring-ical-events 2026-01-15 2026-02-15 2026-03-15
FREQ=MONTHLY;COUNT=3 dateutil 2026-01-31 2026-03-31 2026-05-31
FREQ=MONTHLY;COUNT=3 recurring-ical-events 2026-01-31 2026-03-31 2026-05-31
RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD;COUNT=3 dateutil ValueError
RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD;COUNT=3 recurring-ical-events BadRuleStringFormat
FREQ=YEARLY;BYDAY=20MO;COUNT=3 ical.js 2026-05-18 2026-05-25 2026-06-01
FREQ=YEARLY;BYDAY=20MO;COUNT=3 rrule.js 2026-05-18 2027-05-17 2028-05-15
FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;COUNT=2 ical.js 2027-01-04 2027-01-11
FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;COUNT=2 rrule.js 2026-12-28 2032-12-27
FREQ=YEARLY;COUNT=2 ical.js 2024-02-29 2025-03-01
FREQ=YEARLY;COUNT=2 rrule.js 2024-02-29 2028-02-29
FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1;COUNT=3 ical.js 2026-01-09 2026-01-12 2026-01-14
FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1;COUNT=3 rrule.js 2026-01-09 2026-01-16 2026-01-23
FREQ=YEARLY;BYMONTHDAY=15;COUNT=3 ical.js 2026-01-15 2027-01-15 2028-01-15
FREQ=YEARLY;BYMONTHDAY=15;COUNT=3 rrule.js 2026-01-15 2026-02-15 2026-03-15
FREQ=MONTHLY;COUNT=3 ical.js 2026-01-31 2026-03-31 2026-05-31
FREQ=MONTHLY;COUNT=3 rrule.js from the present minute on
RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD;COUNT=3 ical.js 2026-01-31 2026-03-31 2026-05-31
RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD;COUNT=3 rrule.js Error
END
