#!/usr/bin/env bash
# rdflib: the type of a node is expanded by the context that this very type brings in; the class becomes another.
# Standard: JSON-LD 1.1, 4.1.8 "Scoped Contexts", and API 5.1.2 (expansion, 13.4.4): @type is expanded with the context
# that was active before its own scoped context came in, the properties with the new one.
# For a node: a credential or catalogue whose type's context sets a vocabulary of its own has another class for rdflib
# (SHACL targets do not match, so every shape "conforms") than for the other four processors.
. "$(dirname "$0")/_room.sh"
guess "five processors give the same two triples"
found "rdflib alone says the type is of the inner vocabulary"
python_with pyld==3.3.0 rdflib==7.6.0 pyoxigraph==0.5.13
node_with jsonld@9.0.0 jsonld-streaming-parser@5.0.1
cat >"$room/a.json" <<'END'
{"@context": {"@version": 1.1, "@vocab": "https://outer.example/",
              "Offer": {"@id": "https://outer.example/Offer", "@context": [null, {"@vocab": "https://inner.example/"}]}},
 "@id": "https://a.example/1", "@type": "Offer", "title": "x"}
END
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import jsonld from 'jsonld'
import { JsonLdParser } from 'jsonld-streaming-parser'
const text = readFileSync('a.json', 'utf8')
const show = (name, quads) => console.log(name, quads.map((q) => q.object.value).sort().join(' '), '|',
  quads.map((q) => q.predicate.value.split('/').slice(2).join('/')).sort().join(' '))
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
def show(name, pairs):
    print(name, *sorted(o for _, o in pairs), "|", *sorted("/".join(p.split("/")[2:]) for p, _ in pairs))
show("pyld", [(t["predicate"]["value"], t["object"]["value"]) for t in jsonld.to_rdf(json.loads(text))["@default"]])
show("oxigraph", [(q.predicate.value, q.object.value)
                  for q in pyoxigraph.parse(text.encode(), format=pyoxigraph.RdfFormat.JSON_LD)])
graph = rdflib.Graph().parse(data=text, format="json-ld")
show("rdflib", [(str(p), str(o)) for _, p, o in graph])
PY
unchanged <<'END'
jsonld.js https://outer.example/Offer x | inner.example/title www.w3.org/1999/02/22-rdf-syntax-ns#type
streaming parser https://outer.example/Offer x | inner.example/title www.w3.org/1999/02/22-rdf-syntax-ns#type
pyld https://outer.example/Offer x | inner.example/title www.w3.org/1999/02/22-rdf-syntax-ns#type
oxigraph https://outer.example/Offer x | inner.example/title www.w3.org/1999/02/22-rdf-syntax-ns#type
rdflib https://inner.example/Offer x | inner.example/title www.w3.org/1999/02/22-rdf-syntax-ns#type
END
