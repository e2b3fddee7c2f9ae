#!/usr/bin/env bash
# GS1 dates: two libraries put the same six digits a hundred years apart.
# Standard: GS1 General Specifications, 7.12 "Determination of century in dates": relative to the current year, 49 years
# back to 50 years ahead; the window moves every year.
# For a node: an expiry date (AI 17) or a production date (AI 11) read by a fixed window is expired, or not yet
# made, at one partner. 700101 is 2070 in this decade. Send dates with four digits of the year (EPCIS, Digital Link data).
. "$(dirname "$0")/_room.sh"
guess "both apply the moving window: 2070"
found "biip does; python-stdnum uses the fixed window of strptime (69..99 are 19..): 1970"
python_with python-stdnum==2.2 biip==5.2.0
python_sees <<'PY'
from biip.gs1_messages import GS1Message
from stdnum import gs1_128
print("stdnum", gs1_128.info("17700101")["17"])
print("biip", GS1Message.parse_hri("(17)700101").element_strings[0].date)
PY
unchanged <<'END'
stdnum 1970-01-01
biip 2070-01-01
END
