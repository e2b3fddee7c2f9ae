#!/usr/bin/env bash
# FlatGeobuf in JavaScript: what the first feature does not have, no feature has; a word in a column of numbers is gone.
# Standard: RFC 7946, section 3.2: a feature's properties are any JSON object or null, each feature's its own. FlatGeobuf's
# schema: a header's columns are those of all features, or are left out, and each Feature has columns of its own.
# For a node: a layer of stations whose first has no reading is handed on without anybody's readings, codes such as "n/a" or
# "5b" after a number are null, and nothing is raised or logged. GDAL, from the same GeoJSON, keeps both. Give the first
# feature every property, with a text in each column that holds texts, and compare what was written with what was meant.
. "$(dirname "$0")/_room.sh"
guess "the file has the columns of all features, and a column of numbers and texts is text, or the writer raises"
found "columns and types are those of the first feature alone; of {\"level\": 4.2} an empty name is left, 5b is null"
python_with pyogrio==0.13.0 numpy==2.4.6
node_with flatgeobuf@4.5.0
node_sees <<'JS'
import { writeFileSync } from 'node:fs'
import { geojson } from 'flatgeobuf'
const layers = [[{ name: 'A' }, { level: 4.2 }], [{ house: 5 }, { house: '5b' }], [{ code: 'n/a' }, { code: 12 }]]
for (const [number, layer] of layers.entries()) {
  const features = layer.map((properties, x) =>
    ({ type: 'Feature', properties, geometry: { type: 'Point', coordinates: [x, 1] } }))
  const collection = { type: 'FeatureCollection', features }
  writeFileSync(number + '.geojson', JSON.stringify(collection))
  const bytes = geojson.serialize(collection)
  writeFileSync(number + '.fgb', bytes)
  const back = []
  for await (const feature of geojson.deserialize(bytes)) back.push(feature.properties)
  console.log(JSON.stringify(layer), 'JavaScript', JSON.stringify(back))
}
JS
python_sees <<'PY'
import pyogrio.raw
def show(name):
    meta, _, _, columns = pyogrio.raw.read(name)
    return {str(field): [str(value) for value in column] for field, column in zip(meta["fields"], columns)}
for number in range(3):
    print("GDAL from JavaScript's file", show(f"{number}.fgb"), "from the GeoJSON", show(f"{number}.geojson"))
PY
unchanged <<'END'
[{"name":"A"},{"level":4.2}] JavaScript [{"name":"A"},{"name":""}]
[{"house":5},{"house":"5b"}] JavaScript [{"house":5},{"house":null}]
[{"code":"n/a"},{"code":12}] JavaScript [{"code":"n/a"},{"code":"12"}]
GDAL from JavaScript's file {'name': ['A', '']} from the GeoJSON {'level': ['nan', '4.2'], 'name': ['A', 'None']}
GDAL from JavaScript's file {'house': ['5.0', 'nan']} from the GeoJSON {'house': ['5', '5b']}
GDAL from JavaScript's file {'code': ['n/a', '12']} from the GeoJSON {'code': ['n/a', '12']}
END
