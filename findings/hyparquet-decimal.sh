#!/usr/bin/env bash
# hyparquet (npm): decimals come as doubles, and times in nanoseconds as milliseconds, without a word.
# Standard: Parquet logical types, DECIMAL (unscaled integer with scale, up to 38 digits) and TIMESTAMP(NANOS).
# For a node: a page that shows or checks a partner's file in the browser shows another amount than the file has,
# and two different records may look the same; 64-bit integers do come exactly (BigInt), which hides it.
. "$(dirname "$0")/_room.sh"
guess "a decimal is text, BigInt or an exact object; nanoseconds are a BigInt as other 64-bit values are"
found "12345678901234567.89 is 12345678901234568, and .123456789 is .123"
python_with pyarrow==26.0.1
node_with hyparquet@1.33.0
python_sees <<'PY'
from decimal import Decimal
import pyarrow as pa
import pyarrow.parquet as pq
table = pa.table({
    "amount": pa.array([Decimal("12345678901234567.89")], pa.decimal128(38, 2)),
    "at": pa.array([1767225600123456789], pa.timestamp("ns", "UTC")),
    "count": pa.array([2**53 + 1], pa.int64())})
pq.write_table(table, "a.parquet")
print("written", *(pq.read_table("a.parquet")[name].cast("string")[0] for name in table.column_names))
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { parquetReadObjects } from 'hyparquet'
const bytes = readFileSync('a.parquet')
const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
const [row] = await parquetReadObjects({ file })
console.log('read', String(row.amount), typeof row.amount, row.at.toISOString(), `${row.count}n`)
JS
unchanged <<'END'
written 12345678901234567.89 2026-01-01 00:00:00.123456789Z 9007199254740993
read 12345678901234568 number 2026-01-01T00:00:00.123Z 9007199254740993n
END
