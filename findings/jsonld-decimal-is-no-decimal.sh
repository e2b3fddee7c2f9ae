#!/usr/bin/env bash
# JSON-LD: a number typed as xsd:decimal becomes "1.5E0"^^xsd:decimal, which is no decimal; pyshacl has it upside down.
# Standard: JSON-LD 1.1 API, 8.2.2 "Object to RDF Conversion": a number with a fraction is written as canonical
# xsd:double whatever its type; XML Schema 2, 3.2.3: a decimal has no exponent.
# For a node: a price or a rate in a credential or a catalogue, written as a JSON number, is ill-typed for those who
# work by the standard, and refused with the usual Python pair, whose literal holds a float inside. The same number as
# JSON text is right everywhere: write decimals as text.
. "$(dirname "$0")/_room.sh"
guess "1.5 typed as xsd:decimal is \"1.5\"^^xsd:decimal, and a shape with sh:datatype xsd:decimal conforms"
found "three processors write 1.5E0 as the standard says, which pyshacl takes; rdflib writes 1.5, which pyshacl refuses"
python_with pyld==3.3.0 rdflib==7.6.0 pyoxigraph==0.5.13 pyshacl==0.40.1
node_with jsonld@9.0.0
cat >"$room/a.json" <<'END'
{"@context": {"price": {"@id": "https://a.example/price", "@type": "http://www.w3.org/2001/XMLSchema#decimal"}},
 "@id": "https://a.example/1", "price": 1.5}
END
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import jsonld from 'jsonld'
const [quad] = await jsonld.toRDF(JSON.parse(readFileSync('a.json', 'utf8')))
console.log('jsonld.js', quad.object.value, quad.object.datatype.value.split('#')[1])
JS
python_sees <<'PY'
import json
import pyoxigraph
import rdflib
from pyld import jsonld
from pyshacl import validate

text = open("a.json").read()
value = jsonld.to_rdf(json.loads(text))["@default"][0]["object"]
print("pyld", value["value"], value["datatype"].split("#")[1])
(quad,) = pyoxigraph.parse(text.encode(), format=pyoxigraph.RdfFormat.JSON_LD)
print("oxigraph", quad.object.value, quad.object.datatype.value.split("#")[1])
own = rdflib.Graph().parse(data=text, format="json-ld")
print("rdflib", *(f"{o} {o.datatype.split('#')[1]}" for o in own.objects()))
shapes = rdflib.Graph().parse(format="turtle", data="""
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
[] a sh:NodeShape ; sh:targetSubjectsOf <https://a.example/price> ;
   sh:property [ sh:path <https://a.example/price> ; sh:datatype xsd:decimal ] .""")
standard = rdflib.Graph().parse(data=jsonld.to_rdf(json.loads(text), {"format": "application/n-quads"}), format="nt")
as_text = rdflib.Graph().parse(data=text.replace("1.5", '"1.5"'), format="json-ld")
for name, graph in (("rdflib's graph", own), ("pyld's graph", standard), ("rdflib's graph from text", as_text)):
    print("pyshacl,", name, "conforms:", validate(graph, shacl_graph=shapes)[0])
PY
unchanged <<'END'
jsonld.js 1.5E0 decimal
pyld 1.5E0 decimal
oxigraph 1.5E0 decimal
rdflib 1.5 decimal
pyshacl, rdflib's graph conforms: False
pyshacl, pyld's graph conforms: True
pyshacl, rdflib's graph from text conforms: True
END
