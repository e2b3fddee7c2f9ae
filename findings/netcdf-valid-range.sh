#!/usr/bin/env bash
# NetCDF: values outside `valid_range` are missing for netCDF4 and are data for xarray.
# Standard: NetCDF Users Guide, Attribute Conventions (valid_range, valid_min, valid_max) and CF-1.11, 2.5.1:
# values outside the valid range are to be treated as missing.
# For a node: the mean of the same rain or temperature file differs between two partners by the library alone, and
# an error code such as -5 becomes a measurement. Say in the terms which reading a figure was made with.
. "$(dirname "$0")/_room.sh"
guess "both read [missing, 50, missing], as both already do for _FillValue and missing_value"
found "xarray ignores valid_range: [-5, 50, 101]"
python_with netCDF4==1.7.5.1.post1 xarray==2026.9.0 numpy==2.0.2 pandas==2.3.3
python_sees <<'PY'
import netCDF4
import numpy
import xarray

with netCDF4.Dataset("a.nc", "w") as file:
    file.createDimension("x", 3)
    rain = file.createVariable("rain", "f4", ("x",))
    rain.valid_range = numpy.array([0, 100], "f4")
    rain.set_auto_mask(False)
    rain[:] = [-5, 50, 101]
with netCDF4.Dataset("a.nc") as file:
    print("netCDF4", file["rain"][:].tolist(), "mean", float(file["rain"][:].mean()))
with xarray.open_dataset("a.nc") as file:
    print("xarray", file.rain.values.tolist(), "mean", round(float(file.rain.mean()), 2))
PY
unchanged <<'END'
netCDF4 [None, 50.0, None] mean 50.0
xarray [-5.0, 50.0, 101.0] mean 48.67
END
