#!/usr/bin/env bash
# GeoParquet through polars: the file that is written is no GeoParquet any more; DuckDB keeps it one.
# Standard: GeoParquet 1.1.0, "Metadata": the file metadata MUST hold a "geo" key (encoding, CRS, primary column).
# For a node: filtering a partner's map layer with polars loses CRS and geometry column without a word; the next reader
# refuses the file, or guesses longitude and latitude. Check for "geo" after writing; pass metadata by hand.
. "$(dirname "$0")/_room.sh"
guess "reading and writing keeps the key-value metadata of the file, as pyarrow does, in all three"
found "polars drops it, eager and lazy"
python_with polars==2.1.0 pyarrow==26.0.1 duckdb==2.0.1
python_sees <<'PY'
import json
import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq

geo = {"version": "1.1.0", "primary_column": "place",
       "columns": {"place": {"encoding": "WKB", "geometry_types": ["Point"]}}}
point = bytes.fromhex("0101000000") + bytes(16)
pq.write_table(pa.table({"place": [point], "n": [1]}).replace_schema_metadata({"geo": json.dumps(geo)}), "a.parquet")
pq.write_table(pq.read_table("a.parquet"), "pyarrow.parquet")
duckdb.sql("COPY (FROM 'a.parquet') TO 'duckdb.parquet'")
polars.read_parquet("a.parquet").write_parquet("polars.parquet")
polars.scan_parquet("a.parquet").sink_parquet("polars-lazy.parquet")
for name in ("a", "pyarrow", "duckdb", "polars", "polars-lazy"):
    print(name, b"geo" in (pq.read_schema(f"{name}.parquet").metadata or {}))
PY
unchanged <<'END'
a True
pyarrow True
duckdb True
polars False
polars-lazy False
END
