#!/usr/bin/env bash
# WKT to GeoJSON: the kilometre mark along a road is metres above the sea, or the line is gone.
# Standard: OGC 06-103r4 (Simple features 1.2.1), 7.2: M is a measure beside X and Y, Z a height, and "POINT M" or
# "POINT Z" says which; RFC 7946, 3.1.1: the third number of a position is the height in metres, and no measure has a place.
# For a node: the road, pipe or river network of a partner, measured from its start (linear referencing), lies on a slope
# in every map, cut or profile made of its GeoJSON. Drop M, or carry it as a property, before GeoJSON is made.
. "$(dirname "$0")/_room.sh"
guess "four libraries leave M out of the position, or say that they cannot hold it; Z is the third number in all four"
found "@terraformer/wkt and shapely's mapping() put M where the height is, to_geojson() does not; geomet refuses Z as well"
python_with shapely==2.2.0 geomet==1.1.0
node_with @terraformer/wkt@2.2.2 wellknown@0.5.0
python_sees <<'PY'
import json
import geomet.wkt
import shapely
for text in ("POINT M (105 21 1500)", "POINT ZM (105 21 9 1500)", "POINT Z (105 21 9)"):
    point = shapely.from_wkt(text)
    print(text, "shapely.to_geojson", json.loads(shapely.to_geojson(point))["coordinates"])
    print(text, "shapely mapping", shapely.geometry.mapping(point)["coordinates"])
    try:
        print(text, "geomet", geomet.wkt.loads(text)["coordinates"])
    except ValueError as error:
        print(text, "geomet", type(error).__name__)
PY
node_sees <<'JS'
import { wktToGeoJSON } from '@terraformer/wkt'
import wellknown from 'wellknown'
for (const text of ['POINT M (105 21 1500)', 'POINT ZM (105 21 9 1500)', 'POINT Z (105 21 9)']) {
  console.log(text, 'terraformer', JSON.stringify(wktToGeoJSON(text).coordinates))
  console.log(text, 'wellknown', JSON.stringify(wellknown.parse(text)?.coordinates ?? null))
}
JS
unchanged <<'END'
POINT M (105 21 1500) shapely.to_geojson [105.0, 21.0]
POINT M (105 21 1500) shapely mapping (105.0, 21.0, 1500.0)
POINT M (105 21 1500) geomet ValueError
POINT ZM (105 21 9 1500) shapely.to_geojson [105.0, 21.0, 9.0]
POINT ZM (105 21 9 1500) shapely mapping (105.0, 21.0, 9.0, 1500.0)
POINT ZM (105 21 9 1500) geomet ValueError
POINT Z (105 21 9) shapely.to_geojson [105.0, 21.0, 9.0]
POINT Z (105 21 9) shapely mapping (105.0, 21.0, 9.0)
POINT Z (105 21 9) geomet ValueError
POINT M (105 21 1500) terraformer [105,21,1500]
POINT M (105 21 1500) wellknown null
POINT ZM (105 21 9 1500) terraformer [105,21,9,1500]
POINT ZM (105 21 9 1500) wellknown null
POINT Z (105 21 9) terraformer [105,21,9]
POINT Z (105 21 9) wellknown [105,21,9]
END
