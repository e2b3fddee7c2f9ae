#!/usr/bin/env bash
# Canonical N-Quads: a text with a page break of a PDF or a line break of a slide has two hashes, by language.
# Standard: W3C RDF Dataset Canonicalization (RDFC-1.0), section 5 and appendix A (the canonical form of N-Quads):
# backspace and form feed are written \b and \f, the other control characters and DEL as \u and four digits, tab as \t.
# For a node: credentials and catalogues with Data Integrity (eddsa-rdfc-2022 and its like) are signed over these
# lines. What was copied from a PDF (form feed) or a slide (vertical tab) and signed in JavaScript does not verify in
# Python or Go, and looks forged. Take control characters out of texts before signing.
. "$(dirname "$0")/_room.sh"
guess "four libraries write the same line for each text, since the hash that is signed is taken over these lines"
found "all write \\t; for the other four PyLD and json-gold have the bare character, JavaScript and pyoxigraph the escape"
python_with pyld==3.3.0 pyoxigraph==0.5.13
node_with jsonld@9.0.0
go_with github.com/piprate/json-gold@v0.9.1
cat >"$room/texts.json" <<'JSON'
["a\tb", "a\fb", "a\u000bb", "a\bb", "a\u007fb"]
JSON
python_sees <<'PY'
import json
import pyoxigraph
from pyld import jsonld
for text in json.load(open("texts.json")):
    lines = jsonld.normalize({"@id": "urn:x:s", "urn:x:p": text}, {"algorithm": "URDNA2015", "format": "application/n-quads"})
    print("pyld", json.dumps(text), json.dumps(lines.split('"')[1]))
    data = pyoxigraph.Dataset([pyoxigraph.Quad(*map(pyoxigraph.NamedNode, ("urn:x:s", "urn:x:p")), pyoxigraph.Literal(text))])
    data.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    lines = pyoxigraph.serialize(data, format=pyoxigraph.RdfFormat.N_QUADS).decode()
    print("pyoxigraph", json.dumps(text), json.dumps(lines.split('"')[1]))
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import jsonld from 'jsonld'
for (const text of JSON.parse(readFileSync('texts.json', 'utf8'))) {
  for (const algorithm of ['RDFC-1.0', 'URDNA2015']) {
    const lines = await jsonld.canonize({ '@id': 'urn:x:s', 'urn:x:p': text }, { algorithm, format: 'application/n-quads' })
    const shown = JSON.stringify([text, lines.split('"')[1]]).replaceAll('\x7f', '\\u007f')
    console.log(algorithm, 'in JavaScript', shown.slice(1, -1).replace('","', '" "'))
  }
}
JS
go_sees <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/piprate/json-gold/ld"
)

func main() {
	var texts []string
	bytes, err := os.ReadFile("texts.json")
	if err != nil {
		panic(err)
	}
	if err := json.Unmarshal(bytes, &texts); err != nil {
		panic(err)
	}
	options := ld.NewJsonLdOptions("")
	options.Format, options.Algorithm = "application/n-quads", "URDNA2015"
	for _, text := range texts {
		lines, err := ld.NewJsonLdProcessor().Normalize(map[string]interface{}{"@id": "urn:x:s", "urn:x:p": text}, options)
		if err != nil {
			panic(err)
		}
		fmt.Printf("json-gold %+q %+q\n", text, strings.Split(lines.(string), `"`)[1])
	}
}
GO
unchanged <<'END'
pyld "a\tb" "a\\tb"
pyoxigraph "a\tb" "a\\tb"
pyld "a\fb" "a\fb"
pyoxigraph "a\fb" "a\\fb"
pyld "a\u000bb" "a\u000bb"
pyoxigraph "a\u000bb" "a\\u000Bb"
pyld "a\bb" "a\bb"
pyoxigraph "a\bb" "a\\bb"
pyld "a\u007fb" "a\u007fb"
pyoxigraph "a\u007fb" "a\\u007Fb"
RDFC-1.0 in JavaScript "a\tb" "a\\tb"
URDNA2015 in JavaScript "a\tb" "a\\tb"
RDFC-1.0 in JavaScript "a\fb" "a\\fb"
URDNA2015 in JavaScript "a\fb" "a\\fb"
RDFC-1.0 in JavaScript "a\u000bb" "a\\u000Bb"
URDNA2015 in JavaScript "a\u000bb" "a\\u000Bb"
RDFC-1.0 in JavaScript "a\bb" "a\\bb"
URDNA2015 in JavaScript "a\bb" "a\\bb"
RDFC-1.0 in JavaScript "a\u007fb" "a\\u007Fb"
URDNA2015 in JavaScript "a\u007fb" "a\\u007Fb"
json-gold "a\tb" "a\\tb"
json-gold "a\fb" "a\fb"
json-gold "a\vb" "a\vb"
json-gold "a\bb" "a\bb"
json-gold "a\x7fb" "a\x7fb"
END
