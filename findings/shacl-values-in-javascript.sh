#!/usr/bin/env bash
# SHACL in JavaScript: 30 February is a date, a large number is below its limit, and one letter of Han script is two.
# Standard: SHACL 4.1.2 (sh:datatype: an ill-typed literal does not conform), 4.3 (value range, by SPARQL's comparison of
# exact integers), 4.4.1 and 4.4.2 (length as SPARQL's STRLEN, in characters), 4.4.4 (langMatches, in either case).
# For a node: a record that the partner's check in the browser or in Node.js took is refused at home, or the other way
# about, by the same shapes: days that do not exist pass, and rare family names are too long. Check again where a record
# comes in, with one named engine.
. "$(dirname "$0")/_room.sh"
guess "three engines agree: two refusals (30 February; 2^53 + 1 above 2^53), two names and languages that conform"
found "pyshacl has these four answers; both engines in JavaScript have the other answer four times"
python_with pyshacl==0.40.1 rdflib==7.6.0
node_with rdf-validate-shacl@0.6.5 shacl-engine@1.1.2 @zazuko/env@3.0.1 n3@2.13.12
cat >"$room/shapes" <<'TTL'
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix e: <https://a.example/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
e:Day a sh:NodeShape ; sh:targetSubjectsOf e:day ; sh:property [ sh:path e:day ; sh:datatype xsd:date ] .
e:Sum a sh:NodeShape ; sh:targetSubjectsOf e:sum ; sh:property [ sh:path e:sum ; sh:maxInclusive 9007199254740992 ] .
e:Name a sh:NodeShape ; sh:targetSubjectsOf e:name ; sh:property [ sh:path e:name ; sh:maxLength 1 ] .
e:Note a sh:NodeShape ; sh:targetSubjectsOf e:note ; sh:property [ sh:path e:note ; sh:languageIn ("vi" "en") ] .
TTL
cat >"$room/cases" <<'TTL'
e:a e:day "2026-02-30"^^xsd:date .
e:a e:sum 9007199254740993 .
e:a e:name "𠮷" .
e:a e:note "hello"@EN .
TTL
python_sees <<'PY'
import logging
from pyshacl import validate
logging.disable()
shapes = open("shapes").read()
prefixes = "".join(line for line in shapes.splitlines() if line.startswith("@"))
for case in open("cases"):
    told = validate(prefixes + case, shacl_graph=shapes, data_graph_format="turtle", shacl_graph_format="turtle")[0]
    print("pyshacl", case.split()[1], told)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import rdf from '@zazuko/env'
import { Parser } from 'n3'
import First from 'rdf-validate-shacl'
import { Validator as Second } from 'shacl-engine'
const graph = (text) => rdf.dataset(new Parser({ factory: rdf }).parse(text))
const text = readFileSync('shapes', 'utf8')
const prefixes = text.split('\n').filter((line) => line.startsWith('@')).join('')
for (const line of readFileSync('cases', 'utf8').trim().split('\n')) {
  const [shapes, data, name] = [graph(text), graph(prefixes + line), line.split(' ')[1]]
  console.log('rdf-validate-shacl', name, (await new First(shapes, { factory: rdf }).validate(data)).conforms)
  console.log('shacl-engine', name, (await new Second(shapes, { factory: rdf }).validate({ dataset: data })).conforms)
}
JS
unchanged <<'END'
pyshacl e:day False
pyshacl e:sum False
pyshacl e:name True
pyshacl e:note True
rdf-validate-shacl e:day true
shacl-engine e:day true
rdf-validate-shacl e:sum true
shacl-engine e:sum true
rdf-validate-shacl e:name false
shacl-engine e:name false
rdf-validate-shacl e:note false
shacl-engine e:note false
END
