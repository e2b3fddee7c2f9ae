#!/usr/bin/env bash
# SPSS: of a compressed survey one row is read in JavaScript, and uncompressed an answer that is missing is -1.8e308.
# Standard: the SPSS system file (PSPP developers' guide, System file format, data record): in a compressed file byte 0
# is ignored and pads a block; elsewhere the system-missing value is the largest negative number, to be read as missing.
# For a node: a labour survey counts one person, or the mean of an age is off by all measure, without an error; R's haven
# and pyreadstat share the C library that writes such files. Compare the number of rows with the header's, and hand on
# CSV with empty fields.
. "$(dirname "$0")/_room.sh"
guess "npm sav-reader gives three rows as pyreadstat does, and null for the age that is missing, in both files"
found "compressed it gives one row and says nothing, uncompressed -1.7976931348623157e+308; the header names three rows"
python_with pyreadstat==1.3.7 pandas==3.1.1
node_with sav-reader@2.0.8
python_sees <<'PY'
import pandas
import pyreadstat
survey = pandas.DataFrame({"age": [30.0, 41.0, None], "job": ["0110", "2512", "7"]})
for name, compressed in (("compressed", True), ("plain", False)):
    pyreadstat.write_sav(survey, f"{name}.sav", row_compress=compressed)
    print("pyreadstat", name, *zip(*pyreadstat.read_sav(f"{name}.sav", output_format="dict")[0].values()))
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
const { SavBufferReader } = createRequire(import.meta.url)('sav-reader')
for (const name of ['compressed', 'plain']) {
  const reader = new SavBufferReader(readFileSync(`${name}.sav`))
  await reader.open()
  const rows = await reader.readAllRows()
  console.log('sav-reader', name, reader.meta.header.n_cases, 'by the header:', JSON.stringify(rows))
}
JS
unchanged <<'END'
pyreadstat compressed (30.0, '0110') (41.0, '2512') (None, '7')
pyreadstat plain (30.0, '0110') (41.0, '2512') (None, '7')
sav-reader compressed 3 by the header: [{"age":30,"job":"0110"}]
sav-reader plain 3 by the header: [{"age":30,"job":"0110"},{"age":41,"job":"2512"},{"age":-1.7976931348623157e+308,"job":"7"}]
END
