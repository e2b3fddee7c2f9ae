#!/usr/bin/env bash
# Shapefile: after one deleted row Hanoi lies where Vinh was, a day that is not known is in 1899, and "unknown" is false.
# Standard: ESRI Shapefile technical description (1998): a shape and its dBASE row have the same record number; dBASE III:
# a row that is marked with an asterisk is deleted and keeps its place, an empty D is no date, a question mark in L unknown.
# For a node: GIS programs mark a row as deleted until the file is packed; a layer of wells or shelters handed on so has
# each name one place too early, with no error, or the deleted one is back. Compare the numbers of shapes and of rows
# before use; pack the layer, or send GeoPackage.
. "$(dirname "$0")/_room.sh"
guess "four readers leave out Vinh with its point; Hanoi, with empty day and truth value, has null for both at 102 10"
found "pyshp moves the names up; both in JavaScript keep Vinh and make 30 November 1899; shpjs and GDAL have false"
python_with pyshp==3.1.6 pyogrio==0.13.0 shapely==2.2.0 pyarrow==26.0.1
node_with shapefile@0.6.6 shpjs@6.2.0
python_sees <<'PY'
from datetime import date
import pyogrio
import shapefile
import shapely
with shapefile.Writer("towns") as layer:
    for field in (("NAME", "C", 10), ("DAY", "D"), ("OK", "L")):
        layer.field(*field)
    for x, row in ((100, ("Hue", date(2026, 1, 1), True)), (101, ("Vinh", date(2026, 1, 2), True)), (102, ("Hanoi", None, None))):
        layer.point(x, 10)
        layer.record(*row)
with open("towns.dbf", "r+b") as file:
    table = file.read()
    first, size = (int.from_bytes(table[at:at + 2], "little") for at in (8, 10))
    file.seek(first + size)
    file.write(b"*")
with shapefile.Reader("towns") as layer:
    for one in layer.iterShapeRecords():
        print("pyshp", one.record.NAME, one.shape.points[0], one.record.DAY, one.record.OK)
for row in pyogrio.read_arrow("towns.shp")[1].to_pylist():
    print("GDAL", row["NAME"], shapely.from_wkb(row["wkb_geometry"]).coords[0], row["DAY"], row["OK"])
PY
TZ=UTC node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { read } from 'shapefile'
import { combine, parseDbf, parseShp } from 'shpjs'
const [shapes, table] = ['towns.shp', 'towns.dbf'].map((name) => readFileSync(name))
for (const [name, layer] of [['shapefile', await read(shapes, table)], ['shpjs', combine([parseShp(shapes), parseDbf(table)])]]) {
  for (const { geometry, properties: { NAME, DAY, OK } } of layer.features) {
    console.log(name, NAME, geometry.coordinates.join(' '), DAY?.toISOString().slice(0, 10), OK)
  }
}
JS
unchanged <<'END'
pyshp Hue (100.0, 10.0) 2026-01-01 True
pyshp Hanoi (101.0, 10.0) None None
GDAL Hue (100.0, 10.0) 2026-01-01 True
GDAL Hanoi (102.0, 10.0) None False
shapefile Hue 100 10 2026-01-01 true
shapefile Vinh 101 10 2026-01-02 true
shapefile Hanoi 102 10 1899-11-30 null
shpjs Hue 100 10 2026-01-01 true
shpjs Vinh 101 10 2026-01-02 true
shpjs Hanoi 102 10 1899-11-30 false
END
