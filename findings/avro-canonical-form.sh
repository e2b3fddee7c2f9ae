#!/usr/bin/env bash
# Avro: the official Python package writes another canonical form, so another fingerprint, wherever a logical type is.
# Standard: Avro 1.12 "Transforming into Parsing Canonical Form": [PRIMITIVES] a primitive type is its plain name,
# [STRIP] only the attributes of parsing stay; "Schema Fingerprints".
# For a node: schemas are found and compared by this fingerprint (registries, single-object encoding, terms that name
# a schema by its hash): a partner that writes Python does not find the schema of one that writes JavaScript, though
# it is the same. Name a schema by the digest of its text.
. "$(dirname "$0")/_room.sh"
guess "the canonical form of one schema is one text in three libraries"
found "avro keeps {\"type\":\"int\"} for a date, a decimal, a time, a list of dates; fastavro and avsc say \"int\""
python_with avro==1.12.2 fastavro==1.13.1
node_with avsc@5.7.9
cat >"$room/types.json" <<'END'
[{"type": "int"},
 {"type": "int", "logicalType": "date"},
 {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
 {"type": "array", "items": {"type": "long", "logicalType": "timestamp-millis"}},
 ["null", {"type": "string", "avro.java.string": "String"}]]
END
python_sees <<'PY'
import json
import avro.schema, fastavro.schema
for kind in json.load(open("types.json")):
    schema = {"type": "record", "name": "R", "fields": [{"name": "x", "type": kind}]}
    theirs = avro.schema.parse(json.dumps(schema))
    other = fastavro.schema.to_parsing_canonical_form(schema)
    field = json.loads(theirs.canonical_form)["fields"][0]["type"]
    print("avro", json.dumps(field), theirs.fingerprint("md5").hex()[:8])
    field = json.loads(other)["fields"][0]["type"]
    print("fastavro", json.dumps(field), fastavro.schema.fingerprint(other, "md5")[:8])
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import avro from 'avsc'
for (const type of JSON.parse(readFileSync('types.json', 'utf8'))) {
  const schema = avro.Type.forSchema({ type: 'record', name: 'R', fields: [{ name: 'x', type }] })
  console.log('avsc', JSON.stringify(schema.schema().fields[0].type), schema.fingerprint().toString('hex').slice(0, 8))
}
JS
unchanged <<'END'
avro "int" 108d7c29
fastavro "int" 108d7c29
avro {"type": "int"} 116b3b5f
fastavro "int" 108d7c29
avro {"type": "bytes"} a778dbc6
fastavro "bytes" 905b39c2
avro {"type": "array", "items": {"type": "long"}} b3391140
fastavro {"type": "array", "items": "long"} 7bb76180
avro ["null", {"type": "string"}] 164ed842
fastavro ["null", "string"] c53b64fd
avsc "int" 108d7c29
avsc "int" 108d7c29
avsc "bytes" 905b39c2
avsc {"type":"array","items":"long"} 7bb76180
avsc ["null","string"] c53b64fd
END
