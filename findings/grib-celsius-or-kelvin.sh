#!/usr/bin/env bash
# GRIB: the same forecast is 20 where rasterio reads it and 293.15 where ecCodes does, each without a word.
# Standard: WMO-No. 306, FM 92 GRIB, edition 2, code table 4.2: temperature (discipline 0, category 0, number 0) is in K;
# the unit stands in the table and not in the file.
# For a node: a partner's rule "above 308 K" or a model that was trained on kelvin never fires on the same bytes read by
# the other library; a reader who looks for the unit where rasterio has it, in units, finds None. Set
# GRIB_NORMALIZE_UNITS=NO for GDAL, or state the unit with each figure that leaves a file.
. "$(dirname "$0")/_room.sh"
guess "both give the kelvin that code table 4.2 says, or rasterio's units attribute names another unit"
found "rasterio (GDAL) has degrees Celsius, and units None; GRIB_NORMALIZE_UNITS=NO brings the kelvin back"
python_with eccodes==2.50.0 rasterio==1.4.4 numpy==2.4.6
python_sees <<'PY'
import eccodes
import rasterio
message = eccodes.codes_grib_new_from_samples("regular_ll_sfc_grib2")
for key, value in {"Ni": 2, "Nj": 1, "latitudeOfFirstGridPointInDegrees": 20, "latitudeOfLastGridPointInDegrees": 20,
                   "longitudeOfFirstGridPointInDegrees": 105, "longitudeOfLastGridPointInDegrees": 106,
                   "iDirectionIncrementInDegrees": 1, "bitsPerValue": 16}.items():
    eccodes.codes_set(message, key, value)
for name, number in (("temperature", 0), ("dew point", 6)):
    eccodes.codes_set(message, "parameterCategory", 0)
    eccodes.codes_set(message, "parameterNumber", number)
    eccodes.codes_set_values(message, [293.15, 303.15])
    with open("a.grib2", "wb") as file:
        eccodes.codes_write(message, file)
    with open("a.grib2", "rb") as file:
        read = eccodes.codes_grib_new_from_file(file)
        print(name, "eccodes", *eccodes.codes_get_values(read).round(2), eccodes.codes_get(read, "units"))
    for how, options in (("", {}), (" not normalized", {"GRIB_NORMALIZE_UNITS": "NO"})):
        with rasterio.Env(**options), rasterio.open("a.grib2") as raster:
            print(name, f"rasterio{how}", *raster.read(1)[0].round(2), raster.units[0], raster.tags(1)["GRIB_UNIT"])
PY
unchanged <<'END'
temperature eccodes 293.15 303.15 K
temperature rasterio 20.0 30.0 None [C]
temperature rasterio not normalized 293.15 303.15 None [K]
dew point eccodes 293.15 303.15 K
dew point rasterio 20.0 30.0 None [C]
dew point rasterio not normalized 293.15 303.15 None [K]
END
