#!/usr/bin/env bash
# Iceberg: after a rename the old rows' titles stand in the new column "name" for a reader in JavaScript.
# Standard: Apache Iceberg table spec, Column projection: the columns of a data file are found by their field ids, never
# by name; a field whose id is not in the file is null.
# For a node: "name" was renamed to "title", and a new "name" was added: a page in the browser shows titles as names, and
# the titles of all that was written before as empty, where Python has them right. After a rename write the old files
# anew, and never give a name a second time.
. "$(dirname "$0")/_room.sh"
guess "icebird gives what pyiceberg gives: title 'Dr' and no name in the old row, both in the new one"
found "in the old row icebird has no title, and the name 'Dr': columns are matched by their names"
python_with 'pyiceberg[sql-sqlite,pyarrow]==0.12.0'
node_with icebird@0.3.1
python_sees <<'PY'
import pyarrow
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.types import StringType
catalog = SqlCatalog("a", uri="sqlite:///catalog.db", warehouse="warehouse")
catalog.create_namespace("a")
table = catalog.create_table("a.people", schema=pyarrow.schema([("id", pyarrow.int64()), ("name", pyarrow.string())]))
table.append(pyarrow.table({"id": [1], "name": ["Dr"]}))
with table.update_schema() as change:
    change.rename_column("name", "title")
with table.update_schema() as change:
    change.add_column("name", StringType())
table.append(pyarrow.table({"id": [2], "title": ["Prof"], "name": ["An"]}))
for row in sorted(table.scan().to_arrow().to_pylist(), key=lambda row: row["id"]):
    print("pyiceberg", row["id"], "title", row["title"], "name", row["name"])
with open("metadata", "w") as file:
    file.write(table.metadata_location)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { icebergRead } from 'icebird'
globalThis.fetch = async (url, { method, headers } = {}) => { // files instead of a server, whole or by range
  const bytes = readFileSync(String(url))
  const [, from, to] = /bytes=(\d*)-(\d*)/.exec(new Headers(headers).get('range') ?? 'bytes=0-')
  const part = from ? bytes.subarray(Number(from), to ? Number(to) + 1 : bytes.length) : bytes.subarray(-Number(to))
  const answer = { headers: { 'content-length': String(part.length) }, status: from === '0' && !to ? 200 : 206 }
  return new Response(method === 'HEAD' ? null : part, answer)
}
const metadata = JSON.parse(readFileSync(readFileSync('metadata', 'utf8'), 'utf8'))
const rows = await icebergRead({ tableUrl: metadata.location, metadata })
rows.sort((one, other) => Number(one.id - other.id))
for (const row of rows) console.log('icebird', Number(row.id), 'title', row.title, 'name', row.name)
JS
unchanged <<'END'
pyiceberg 1 title Dr name None
pyiceberg 2 title Prof name An
icebird 1 title undefined name Dr
icebird 2 title Prof name An
END
