#!/usr/bin/env bash
# pyld: a map indexed by a property loses that property.
# Standard: JSON-LD 1.1, 4.6.1.1 "Property-based data indexing": with "@container": "@index" and "@index": a property,
# each key of the map is a value of that property in the data.
# For a node: a catalogue or price list that maps codes to entries comes without its codes from this processor alone;
# a signature over the canonical graph (as credentials with Data Integrity have) does not verify across languages.
. "$(dirname "$0")/_room.sh"
guess "five processors give the code as a triple"
found "pyld leaves it out without a word"
python_with pyld==3.3.0 rdflib==7.6.0 pyoxigraph==0.5.13
node_with jsonld@9.0.0 jsonld-streaming-parser@5.0.1
cat >"$room/a.json" <<'END'
{"@context": {"@version": 1.1, "@vocab": "https://v.example/",
              "lines": {"@id": "https://v.example/line", "@container": "@index", "@index": "code"}},
 "@id": "https://a.example/1", "lines": {"0110": {"@id": "https://a.example/2", "title": "x"}}}
END
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import jsonld from 'jsonld'
import { JsonLdParser } from 'jsonld-streaming-parser'
const text = readFileSync('a.json', 'utf8')
const show = (name, quads) => console.log(name, quads.map((q) => q.predicate.value.split('/').pop()).sort().join(' '))
show('jsonld.js', await jsonld.toRDF(JSON.parse(text)))
const parser = new JsonLdParser()
const quads = []
parser.on('data', (quad) => quads.push(quad))
parser.end(text)
await new Promise((resolve) => parser.on('end', resolve))
show('streaming parser', quads)
JS
python_sees <<'PY'
import json
import pyoxigraph
import rdflib
from pyld import jsonld
text = open("a.json").read()
def show(name, predicates):
    print(name, *sorted(predicate.split("/")[-1] for predicate in predicates))
show("pyld", [triple["predicate"]["value"] for triple in jsonld.to_rdf(json.loads(text))["@default"]])
show("oxigraph", [q.predicate.value for q in pyoxigraph.parse(text.encode(), format=pyoxigraph.RdfFormat.JSON_LD)])
show("rdflib", rdflib.Graph().parse(data=text, format="json-ld").predicates())
PY
unchanged <<'END'
jsonld.js code line title
streaming parser code line title
pyld line title
oxigraph code line title
rdflib code line title
END
