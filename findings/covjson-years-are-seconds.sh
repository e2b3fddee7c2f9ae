#!/usr/bin/env bash
# CoverageJSON: a yearly series of 2025 and 2026 lies within two seconds, half an hour after midnight of 1 January
# 1970.
# Standard: OGC CoverageJSON 1.0 (21-069r2), Temporal Reference Systems: a Gregorian moment may be written as a year, a
# year and month, a day, or a day and time with its zone.
# For a node: rainfall or crops by year or month, the usual steps of statistics, come out of the data model of OGC API
# services (EDR) as other moments, or are refused; a filter "from 2020" then finds nothing. Write the first moment of
# each step with its zone, and compare the axis before and after any tool.
. "$(dirname "$0")/_room.sh"
guess "covjson-pydantic gives each form as it was, as covjson-reader does, or the first moment of the year, month or day"
found "a year is taken for seconds since 1970, a month and a day are refused; the reader in JavaScript keeps all four"
python_with covjson-pydantic==0.8.0 pydantic==2.14.4
node_with covjson-reader@0.16.3
cat >"$room/coverage.json" <<'JSON'
{"type": "Coverage",
 "domain": {"type": "Domain", "domainType": "PointSeries", "axes": {"x": {"values": [105.8]}, "y": {"values": [21]}, "t": {"values": []}},
  "referencing": [{"coordinates": ["x", "y"], "system": {"type": "GeographicCRS", "id": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
                  {"coordinates": ["t"], "system": {"type": "TemporalRS", "calendar": "Gregorian"}}]},
 "parameters": {"rain": {"type": "Parameter", "unit": {"symbol": "mm"}, "observedProperty": {"label": {"en": "rain"}}}},
 "ranges": {"rain": {"type": "NdArray", "dataType": "float", "axisNames": ["t"], "shape": [2], "values": [1700.5, null]}}}
JSON
cat >"$room/axes.json" <<'JSON'
[["2025", "2026"], ["2026-01", "2026-02"], ["2026-01-01", "2026-01-02"], ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5+07:00"]]
JSON
python_sees <<'PY'
import json
from covjson_pydantic.coverage import Coverage
from pydantic import ValidationError
coverage = json.load(open("coverage.json"))
for moments in json.load(open("axes.json")):
    coverage["domain"]["axes"]["t"]["values"] = moments
    try:
        back = json.loads(Coverage.model_validate(coverage).model_dump_json(exclude_none=True))["domain"]["axes"]["t"]["values"]
    except ValidationError as error:
        back = [error.errors()[0]["type"]]
    print("covjson-pydantic", *moments, "->", *back)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import * as reader from 'covjson-reader'
const coverage = JSON.parse(readFileSync('coverage.json', 'utf8'))
for (const moments of JSON.parse(readFileSync('axes.json', 'utf8'))) {
  coverage.domain.axes.t.values = moments
  const domain = await (await (reader.read ?? reader.default.read)(structuredClone(coverage))).loadDomain()
  console.log('covjson-reader', ...moments, '->', ...domain.axes.get('t').values)
}
JS
unchanged <<'END'
covjson-pydantic 2025 2026 -> 1970-01-01T00:33:45Z 1970-01-01T00:33:46Z
covjson-pydantic 2026-01 2026-02 -> datetime_from_date_parsing
covjson-pydantic 2026-01-01 2026-01-02 -> timezone_aware
covjson-pydantic 2026-01-01T00:00:00Z 2026-01-01T00:00:00.5+07:00 -> 2026-01-01T00:00:00Z 2026-01-01T00:00:00.500000+07:00
covjson-reader 2025 2026 -> 2025 2026
covjson-reader 2026-01 2026-02 -> 2026-01 2026-02
covjson-reader 2026-01-01 2026-01-02 -> 2026-01-01 2026-01-02
covjson-reader 2026-01-01T00:00:00Z 2026-01-01T00:00:00.5+07:00 -> 2026-01-01T00:00:00Z 2026-01-01T00:00:00.5+07:00
END
