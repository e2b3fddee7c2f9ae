#!/usr/bin/env bash
# Parquet in DuckDB: a decimal of more than 38 digits is a double, a duration a bare number, a map with a repeated
# key makes the file unreadable.
# Standard: Parquet logical types: DECIMAL "precision" has no limit for byte arrays; MAP: if a key is repeated, the last
# pair counts; Arrow writes Duration as INT64 and keeps its unit in the ARROW:schema metadata.
# For a node: sums of a ledger are rounded at the consumer alone, seconds are taken for microseconds, and one row with a
# repeated label costs the whole file. Ask for decimals up to 38 digits, durations as text, and maps with single keys.
. "$(dirname "$0")/_room.sh"
guess "an error for the wide decimal (as polars says), INTERVAL for the duration, the last value for the map"
found "1.1111111111111111e+49 as DOUBLE; BIGINT 5; InvalidInputException"
python_with pyarrow==26.0.1 duckdb==2.0.1
python_sees <<'PY'
from decimal import Decimal
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

columns = {
    "decimal": pa.array([Decimal("1" * 50)], pa.decimal256(50, 0)),
    "duration": pa.array([5], pa.duration("us")),
    "map": pa.array([[("a", 1), ("a", 2)]], pa.map_(pa.string(), pa.int64()))}
for name, column in columns.items():
    pq.write_table(pa.table({"x": column}), "a.parquet")
    print("pyarrow", name, pq.read_table("a.parquet")["x"].to_pylist()[0])
    try:
        read = duckdb.sql("FROM 'a.parquet'")
        print("duckdb", name, read.types[0], read.fetchall()[0][0])
    except duckdb.Error as error:
        print("duckdb", name, type(error).__name__)
PY
unchanged <<'END'
pyarrow decimal 11111111111111111111111111111111111111111111111111
duckdb decimal DOUBLE 1.1111111111111111e+49
pyarrow duration 0:00:00.000005
duckdb duration BIGINT 5
pyarrow map [('a', 1), ('a', 2)]
duckdb map InvalidInputException
END
