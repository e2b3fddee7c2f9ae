#!/usr/bin/env bash
# fastparquet: decimals come as doubles, and a date far away wraps round to another century.
# Standard: Parquet logical types, DATE (32-bit days since 1970-01-01) and DECIMAL.
# For a node: "valid until 9999-12-31", the usual way to write "without end", is read as a day in 1816, so a term in
# force looks long expired; amounts lose digits. Neither raises. pandas 2 itself could hold both.
. "$(dirname "$0")/_room.sh"
guess "the date is 9999-12-31 (as object or datetime64[s]) or an error; the decimal stays exact or raises"
found "another century, and a rounded double"
python_with fastparquet==2026.9.0 pyarrow==26.0.1 pandas==2.3.3 numpy==2.0.2
python_sees <<'PY'
from datetime import date
from decimal import Decimal
import fastparquet
import pyarrow as pa
import pyarrow.parquet as pq
table = pa.table({
    "until": pa.array([date(9999, 12, 31)], pa.date32()),
    "amount": pa.array([Decimal("12345678901234567.89")], pa.decimal128(38, 2))})
pq.write_table(table, "a.parquet")
row = fastparquet.ParquetFile("a.parquet").to_pandas().iloc[0]
print(row["until"], f"{row['amount']:.2f}")
PY
unchanged <<'END'
1816-03-29 05:56:08.066277376 12345678901234568.00
END
