#!/usr/bin/env bash
# GeoTIFF: geotiff.js lays a raster of points half a pixel to the south-east of where GDAL lays it.
# Standard: OGC GeoTIFF 1.1 (19-008r4), GTRasterTypeGeoKey: with RasterPixelIsPoint the tie point is the centre of the
# first pixel, with RasterPixelIsArea its upper left corner.
# For a node: elevation and weather grids are often points: what a browser shows or cuts out of a partner's file (a
# border, a flooded street) is half a cell off from what a service in Python computes, 15 m in a 30 m model. The
# library knows (pixelIsArea() is false) and leaves it to the caller.
. "$(dirname "$0")/_room.sh"
guess "getBoundingBox() of the raster of points is 99.5 16.5 103.5 20.5, as rasterio's bounds are"
found "geotiff.js gives the same box for both, 100 16 104 20"
python_with rasterio==1.4.4 tifffile==2026.3.3 numpy==2.4.6
node_with geotiff@3.0.5
python_sees <<'PY'
import numpy, rasterio, tifffile
for name, kind in (("area", 1), ("point", 2)):
    keys = (1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, kind, 2048, 0, 1, 4326)
    tags = [(33550, "d", 3, (1.0, 1.0, 0.0)), (33922, "d", 6, (0, 0, 0, 100.0, 20.0, 0)), (34735, "H", len(keys), keys)]
    tifffile.imwrite(f"{name}.tif", numpy.zeros((4, 4), "float32"), extratags=tags)
    print("rasterio", name, *rasterio.open(f"{name}.tif").bounds)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { fromArrayBuffer } from 'geotiff'
for (const name of ['area', 'point']) {
  const image = await (await fromArrayBuffer(Uint8Array.from(readFileSync(name + '.tif')).buffer)).getImage()
  console.log('geotiff.js', name, ...image.getBoundingBox(), image.pixelIsArea())
}
JS
unchanged <<'END'
rasterio area 100.0 16.0 104.0 20.0
rasterio point 99.5 16.5 103.5 20.5
geotiff.js area 100 16 104 20 true
geotiff.js point 100 16 104 20 false
END
