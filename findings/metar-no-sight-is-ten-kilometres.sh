#!/usr/bin/env bash
# METAR: a visibility that nobody measured is ten kilometres, and a wind of more than 100 knots is no wind.
# Standard: WMO-No. 306, FM 15 METAR: what is missing is written as solidi, group by group (//// as visibility, M60///
# without a dew point), a wind of 100 knots or more as P99KT, a runway's visual range below what is measured as M0050.
# For a node: an alert rule "visibility below 800 m" or "wind above 64 knots" over a partner's reports stays silent in
# fog with a broken sensor and in the hurricane itself. Take a field only if its own group of the report parses, and
# count what is left over as unknown.
. "$(dirname "$0")/_room.sh"
guess "three readers give no visibility for ////, more than 99 knots for P99KT, below 50 m for M0050, -60 for M60///"
found "metar reads 10000 m for ////; both others have no wind for P99KT and no temperature; one of them no M0050"
export source_packages=metar
python_with metar==2.0.2 metar-taf-parser-mivek==1.13.1
node_with metar-taf-parser@9.1.3
cat >"$room/reports" <<'TEXT'
EGLL 281200Z AUTO 18010KT //// // ////// 10/05 Q1013
RCTP 281200Z 360P99KT 0800 +RA OVC010 25/24 Q0940
EDDF 281200Z 00000KT 0100 R25L/M0050 FG VV001 03/03 Q0998
NZSP 281200Z 09010KT 9999 FEW020 M60/// Q0990
TEXT
python_sees <<'PY'
from metar.Metar import Metar
from metar_taf_parser.parser.parser import MetarParser
for line in open("reports"):
    line = line.strip()
    read = Metar("METAR " + line, month=11, year=2026, strict=False)
    print("metar", line[:4], "|", read.vis and read.vis.string("M"), "|", read.wind_speed and read.wind_speed.string("KT"), "|",
          *(low.string("M") for _, low, *_ in read.runway), "|", read.temp and read.temp.value())
    read = MetarParser().parse(line)
    print("mivek", line[:4], "|", read.visibility and read.visibility.distance, "|", read.wind and read.wind.speed, "|",
          *(f"{way.indicator} {way.min_range}" for way in read.runways_info), "|", read.temperature)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { parseMetar } from 'metar-taf-parser'
for (const line of readFileSync('reports', 'utf8').trim().split('\n')) {
  const read = parseMetar(line, { issued: new Date('2026-11-28T12:10:00Z') })
  console.log('javascript', line.slice(0, 4), '|', read.visibility?.value, '|', read.wind?.speed, '|',
    read.runwaysInfo.map((way) => `${way.indicator} ${way.minRange}`).join(' '), '|', read.temperature)
}
JS
unchanged <<'END'
metar EGLL | 10000 meters | 10 knots | | 10.0
mivek EGLL | None | 10 | | 10
metar RCTP | 800 meters | greater than 99 knots | | 25.0
mivek RCTP | 800 | None | | 25
metar EDDF | 100 meters | 0 knots | less than 50 meters | 3.0
mivek EDDF | 100 | 0 | M 50 | 3
metar NZSP | greater than 10000 meters | 10 knots | | -60.0
mivek NZSP | >10000 | 10 | | None
javascript EGLL | undefined | 10 |  | 10
javascript RCTP | 800 | undefined |  | 25
javascript EDDF | 100 | 0 |  | 3
javascript NZSP | 9999 | 10 |  | undefined
END
