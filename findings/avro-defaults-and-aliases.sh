#!/usr/bin/env bash
# Avro: the default of a field is a text for one reader, other bytes for a second, and a day or an amount for neither.
# Standard: Avro 1.12, Complex types (default: for bytes each code point to 255 is one byte), Schema resolution (aliases,
# the reader's default for an unknown symbol, string to bytes), Logical types (date, decimal).
# For a node: a schema that has grown by the standard's rules is read with wrong values by a partner who is one version
# behind: the default of 2.00 is the letters of its bytes, day 0 a number; or not at all by the project's own library.
# Give new fields the default null, write what has a value, and rename nothing in a schema that is shared.
. "$(dirname "$0")/_room.sh"
guess "avro, fastavro and avsc read a default as they read a written value, and know aliases and the default of an enum"
found "avro makes b'\\xc3\\xbf' of \\u00ff, fastavro a text; a date is 0, a decimal no number; avro has no alias; avsc has all"
python_with avro==1.12.2 fastavro==1.13.1
node_with avsc@5.7.9
cat >"$room/cases.json" <<'JSON'
[["bytes", {"type": "record", "name": "R", "fields": []},
  {"type": "record", "name": "R", "fields": [{"name": "a", "type": "bytes", "default": "\u00ff"}]}, {}],
 ["date", {"type": "record", "name": "R", "fields": []},
  {"type": "record", "name": "R", "fields": [{"name": "a", "type": {"type": "int", "logicalType": "date"}, "default": 0}]}, {}],
 ["decimal", {"type": "record", "name": "R", "fields": []},
  {"type": "record", "name": "R", "fields": [{"name": "a", "default": "\u00c8",
   "type": {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}}]}, {}],
 ["alias of a field", {"type": "record", "name": "R", "fields": [{"name": "old", "type": "int"}]},
  {"type": "record", "name": "R", "fields": [{"name": "new", "aliases": ["old"], "type": "int"}]}, {"old": 5}],
 ["alias of a record", {"type": "record", "name": "Old", "fields": [{"name": "a", "type": "int"}]},
  {"type": "record", "name": "New", "aliases": ["Old"], "fields": [{"name": "a", "type": "int"}]}, {"a": 5}],
 ["symbol", {"type": "enum", "name": "E", "symbols": ["A", "B", "C"]},
  {"type": "enum", "name": "E", "symbols": ["A", "B"], "default": "A"}, "C"],
 ["string to bytes", "string", "bytes", "é"]]
JSON
python_sees <<'PY'
import io
import json
import avro.io
import avro.schema
import fastavro


def by_avro(written, read, value):
    written, read = (avro.schema.parse(json.dumps(schema)) for schema in (written, read))
    avro.io.DatumWriter(written).write(value, avro.io.BinaryEncoder(file := io.BytesIO()))
    file.seek(0)
    return avro.io.DatumReader(written, read).read(avro.io.BinaryDecoder(file))


def by_fastavro(written, read, value):
    fastavro.schemaless_writer(file := io.BytesIO(), written, value)
    file.seek(0)
    return fastavro.schemaless_reader(file, written, read)


for name, *case in json.load(open("cases.json")):
    for read in (by_avro, by_fastavro):
        try:
            told = read(*case)
        except Exception as error:
            told = type(error).__name__
        print(name, read.__name__, told)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import avsc from 'avsc'
for (const [name, written, read, value] of JSON.parse(readFileSync('cases.json', 'utf8'))) {
  const [writer, reader] = [avsc.Type.forSchema(written), avsc.Type.forSchema(read)]
  const told = reader.fromBuffer(writer.toBuffer(value), reader.createResolver(writer))
  console.log(name, 'avsc', JSON.stringify(told))
}
JS
unchanged <<'END'
bytes by_avro {'a': b'\xc3\xbf'}
bytes by_fastavro {'a': 'ÿ'}
date by_avro {'a': 0}
date by_fastavro {'a': 0}
decimal by_avro {'a': b'\xc3\x88'}
decimal by_fastavro {'a': 'È'}
alias of a field by_avro SchemaResolutionException
alias of a field by_fastavro {'new': 5}
alias of a record by_avro SchemaResolutionException
alias of a record by_fastavro {'a': 5}
symbol by_avro SchemaResolutionException
symbol by_fastavro A
string to bytes by_avro SchemaResolutionException
string to bytes by_fastavro b'\xc3\xa9'
bytes avsc {"a":{"type":"Buffer","data":[255]}}
date avsc {"a":0}
decimal avsc {"a":{"type":"Buffer","data":[200]}}
alias of a field avsc {"new":5}
alias of a record avsc {"a":5}
symbol avsc "A"
string to bytes avsc {"type":"Buffer","data":[195,169]}
END
