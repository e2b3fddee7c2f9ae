#!/usr/bin/env bash
# UCUM: the minute of arc is a minute of time, a food calorie is 1000 times too small, a dioptre is a metre.
# Standard: UCUM 2.1, tables of units: ' is 1/60 deg; [cft_i] is the cubic foot; [Cal] is one kcal_th; g% is g/dL;
# [diop] is 1/m; [degRe] is 5/4 of a degree Celsius from the same zero; %[slope] is 100 times the tangent.
# For a node: units are agreed by code (sensor, laboratory, nutrition and trade data), and each side converts with a
# library of its own: these values are refused or silently wrong at one of them. Agree on the units that are exchanged
# and test each conversion once; convert nothing that is only passed on.
. "$(dirname "$0")/_room.sh"
guess "a code that both call valid converts to the same number in both"
found "each is wrong where the other is right, and for the slope (26.565 deg) both are"
python_with ucumvert==0.3.2 pint==0.25.3
node_with @lhncbc/ucum-lhc@7.1.10
cat >"$room/conversions.json" <<'END'
[[30, "'", "deg"], [30, "'", "min"], [1, "[cft_i]", "m3"], [100, "[Cal]", "kJ"], [1, "g%", "g/L"], [2, "[diop]", "/m"],
 [2, "[diop]", "m"], [30, "[degRe]", "Cel"], [50, "%[slope]", "deg"], [1, "[acr_us]", "m2"], [37, "Cel", "[degF]"]]
END
python_sees 2>/dev/null <<'PY'
import json
from ucumvert import PintUcumRegistry
registry = PintUcumRegistry()
for value, unit, to in json.load(open("conversions.json")):
    try:
        answer = registry.Quantity(value, registry.from_ucum(unit).units).to(registry.from_ucum(to).units).magnitude
        print("ucumvert", value, unit, "=", f"{answer:.5g}", to)
    except Exception as error:
        print("ucumvert", value, unit, "to", to, type(error).__name__)
PY
node_sees <<'JS'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
const units = createRequire(import.meta.url)('@lhncbc/ucum-lhc').UcumLhcUtils.getInstance()
for (const [value, unit, to] of JSON.parse(readFileSync('conversions.json', 'utf8'))) {
  const answer = units.convertUnitTo(unit, value, to)
  if (answer.toVal === null) console.log('ucum-lhc', value, unit, 'to', to, answer.status)
  else console.log('ucum-lhc', value, unit, '=', String(Number(answer.toVal.toPrecision(5))), to)
}
JS
unchanged <<'END'
ucumvert 30 ' to deg DimensionalityError
ucumvert 30 ' = 30 min
ucumvert 1 [cft_i] to m3 DimensionalityError
ucumvert 100 [Cal] = 0.4184 kJ
ucumvert 1 g% to g/L DimensionalityError
ucumvert 2 [diop] = 2 /m
ucumvert 2 [diop] to m DimensionalityError
ucumvert 30 [degRe] = 37.5 Cel
ucumvert 50 %[slope] = 44.616 deg
ucumvert 1 [acr_us] = 4046.9 m2
ucumvert 37 Cel = 98.6 [degF]
ucum-lhc 30 ' = 0.5 deg
ucum-lhc 30 ' to min failed
ucum-lhc 1 [cft_i] = 0.028317 m3
ucum-lhc 100 [Cal] = 418.4 kJ
ucum-lhc 1 g% = 10 g/L
ucum-lhc 2 [diop] to /m failed
ucum-lhc 2 [diop] = 0.5 m
ucum-lhc 30 [degRe] = 105.79 Cel
ucum-lhc 50 %[slope] = 0.46365 deg
ucum-lhc 1 [acr_us] = 4046.9 m2
ucum-lhc 37 Cel = 98.6 [degF]
END
