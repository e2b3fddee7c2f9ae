#!/usr/bin/env bash
# xarray on Zarr format 2: every zero is read as missing if the array's fill value is 0 (which is the default).
# Standard: Zarr storage specification v2, "fill_value": the value of parts of the array that were never written;
# it says nothing about missing data. Zarr v3 keeps the two apart, and so does xarray there.
# For a node: "no rain", "no cases", class 0 vanish from a partner's raster, integers turn into floats, and means go
# up; the same array written as format 3 is read right. Count what was read against what was written.
. "$(dirname "$0")/_room.sh"
guess "the fill value only matters for chunks that were never written: [0, 5, 0, 7] in both formats"
found "format 2: [nan, 5, nan, 7] and mean 6; format 3: [0, 5, 0, 7] and mean 3"
python_with zarr==3.1.6 xarray==2026.9.0 numpy==2.0.2 pandas==2.3.3
python_sees <<'PY'
import xarray
import zarr

for version in (2, 3):
    group = zarr.open_group(f"v{version}.zarr", mode="w", zarr_format=version)
    named = {"dimension_names": ["x"]} if version == 3 else {}
    cases = group.create_array("cases", shape=(4,), chunks=(2,), dtype="i4", fill_value=0, **named)
    cases[:] = [0, 5, 0, 7]
    if version == 2:
        cases.attrs["_ARRAY_DIMENSIONS"] = ["x"]
    read = xarray.open_zarr(f"v{version}.zarr", consolidated=False).cases
    print(f"format {version}: zarr {zarr.open_group(f'v{version}.zarr', mode='r')['cases'][:].tolist()}",
          f"xarray {read.values.tolist()} {read.dtype} mean {float(read.mean())}")
PY
unchanged <<'END'
format 2: zarr [0, 5, 0, 7] xarray [nan, 5.0, nan, 7.0] float64 mean 6.0
format 3: zarr [0, 5, 0, 7] xarray [0, 5, 0, 7] int32 mean 3.0
END
