#!/usr/bin/env bash
# HDF5: in JavaScript a 64-bit identifier is its neighbour, "ab" is not "ab", and what nobody wrote has no value.
# Standard: HDF5 File Format 3.0, IV.A.2.d (fixed-point numbers of any size; strings that are padded with NUL end
# before it) and IV.A.2.f (the fill value is what is read where nothing was written).
# For a node: HDF5 carries model weights, satellite grids (netCDF-4) and measurements; in a page or service on jsfive a
# key of a register is another register's key, keys of text match nothing, and "not measured" (-999) is undefined,
# which sums turn into NaN. Read with h5wasm (the C library), and compare one identifier above 2^53.
. "$(dirname "$0")/_room.sh"
guess "jsfive, h5wasm and h5py give the same identifiers, texts and fill values for a file of h5py"
found "jsfive rounds identifiers, keeps NULs, and has undefined for what was not written; h5wasm has what h5py has"
python_with h5py==3.16.0
node_with jsfive@0.4.2 h5wasm@0.10.3
python_sees <<'PY'
import h5py
import numpy
with h5py.File("data.h5", "w") as file:
    file["ids"] = numpy.array([9007199254740993, -5], dtype="i8")
    file["ids"].attrs["register"] = numpy.array([9007199254740993])
    file["codes"] = numpy.array([b"ab", b"abcd"], dtype="S4")
    file.create_dataset("depth", shape=(4,), dtype="f8", fillvalue=-999.0, chunks=(2,))[0] = 1
    file.create_dataset("class", shape=(2,), dtype="i4", fillvalue=-1)
with h5py.File("data.h5") as file:
    print("h5py", file["ids"][:].tolist(), file["ids"].attrs["register"].tolist(), file["codes"][:].tolist(),
          file["depth"][:].tolist(), file["class"][:].tolist())
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import h5wasm from 'h5wasm/node'
import * as jsfive from 'jsfive'
await h5wasm.ready
const bytes = readFileSync('data.h5')
const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
const show = (values) => [...values].map((one) => typeof one === 'string' ? JSON.stringify(one) : String(one)).join(' ')
for (const [name, file] of [['jsfive', new jsfive.File(buffer, 'data.h5')], ['h5wasm', new h5wasm.File('data.h5', 'r')]]) {
  const { register } = file.get('ids').attrs
  console.log(name, 'attribute', show(register.value ?? register))
  for (const key of ['ids', 'codes', 'depth', 'class']) console.log(name, key, show(file.get(key).value))
}
JS
unchanged <<'END'
h5py [9007199254740993, -5] [9007199254740993] [b'ab', b'abcd'] [1.0, -999.0, -999.0, -999.0] [-1, -1]
jsfive attribute 9007199254740992
jsfive ids 9007199254740992 -5
jsfive codes "ab\u0000\u0000" "abcd"
jsfive depth 1 -999 undefined undefined
jsfive class undefined undefined
h5wasm attribute 9007199254740993
h5wasm ids 9007199254740993 -5
h5wasm codes "ab" "abcd"
h5wasm depth 1 -999 -999 -999
h5wasm class -1 -1
END
