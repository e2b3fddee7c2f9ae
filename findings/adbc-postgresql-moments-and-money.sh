#!/usr/bin/env bash
# ADBC and PyArrow: what PostgreSQL keeps as infinity, 24:00, money and oid comes out as other values, without an error.
# Standard: PostgreSQL 16, 8.2 (money has two decimals), 8.5.1.4 (infinity is a value of date and timestamp; 24:00 one of
# time), 8.19 (oid is an unsigned number of four bytes). Arrow's int64, int32, date32 and timestamp have none of it.
# For a node: a table that is published from a query gives a partner other prices and end dates than its source has. Let
# through only the types that keep their value, look at the range of moments in each batch, and refuse with the column.
. "$(dirname "$0")/_room.sh"
guess "the driver refuses what Arrow cannot hold, and the CSV writer writes each value or raises"
found "infinity and 24:00 stand in the CSV as a sentence about a number, money is its cents, an oid above 2^31 is negative"
python_with pgserver==0.1.4 adbc-driver-postgresql==1.13.0 adbc-driver-manager==1.13.0 pyarrow==26.0.1
python_sees <<'PY'
import io
import tempfile

import pgserver
import pyarrow.csv
from adbc_driver_postgresql import dbapi

server = pgserver.get_server(tempfile.mkdtemp())
values = ("timestamp 'infinity'", "date 'infinity'", "time '24:00'", "1.10::money", "4000000000::oid", "1.10::numeric")
for sql in values:
    with dbapi.connect(server.get_uri()) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql} AS v")
        table = cursor.fetch_arrow_table()
    text = io.BytesIO()
    try:
        pyarrow.csv.write_csv(table, text)
        written = text.getvalue().decode().splitlines()[1]
    except pyarrow.ArrowInvalid as error:
        written = type(error).__name__
    print(sql, "as", str(table.schema.field(0).type).partition("[")[0], "in CSV:", written)
server.cleanup()
PY
unchanged <<'END'
timestamp 'infinity' as timestamp in CSV: <value out of range: -9222425352054775809>
date 'infinity' as date32 in CSV: <value out of range: -2147472692>
time '24:00' as time64 in CSV: <value out of range: 86400000000>
1.10::money as int64 in CSV: 110
4000000000::oid as int32 in CSV: -294967296
1.10::numeric as extension<arrow.opaque in CSV: ArrowInvalid
END
