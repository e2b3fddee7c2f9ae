#!/usr/bin/env bash
# SHACL: the pattern "letters of any script" is an error in Python, and in JavaScript it means the text p{L}.
# Standard: SHACL 4.4.3 (sh:pattern is what SPARQL's REGEX matches, with sh:flags as its flags), so the expressions of
# XPath functions 3.1, 5.6: \p{L} is any letter, [a-z-[aeiou]] is a to z without vowels, x lets spaces be.
# For a node: a shape for the names of people or places refuses every name, or stops the whole check, at one partner, and
# takes them at the other, whose engine is Jena. In shapes that are shared write what all dialects have: no \p, no
# subtraction, and no flag but i.
. "$(dirname "$0")/_room.sh"
guess "all four engines take Nguyễn by \\p{L}, xyz and not abc by [a-z-[aeiou]], and ab by 'a b' with the flag x"
found "Jena alone knows \\p and x; pyshacl raises for \\p, both in JavaScript take p{L} and raise for x; none subtracts"
python_with pyshacl==0.40.1 rdflib==7.6.0
node_with rdf-validate-shacl@0.6.5 shacl-engine@1.1.2 @zazuko/env@3.0.1 n3@2.13.12
java_with org.apache.jena:jena-shacl:5.6.0
cat >"$room/prefixes" <<'TTL'
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix e: <https://a.example/> .
TTL
shape() { # name value pattern flags
  printf 'e:S a sh:NodeShape ; sh:targetNode e:a ; sh:property [ sh:path e:v ; sh:pattern "%s" %s ] .\n' "$3" "$4" |
    cat "$room/prefixes" - >"$room/$1.shape"
  printf 'e:a e:v "%s" .\n' "$2" | cat "$room/prefixes" - >"$room/$1.data"
}
shape 1-letters 'Nguyễn' '^\\p{L}+$' ''
shape 2-no-letter 'p{L}' '^\\p{L}+$' ''
shape 3-no-vowels 'xyz' '^[a-z-[aeiou]]+$' ''
shape 4-vowels 'abc' '^[a-z-[aeiou]]+$' ''
shape 5-flag-x 'ab' '^a b$' '; sh:flags "x"'
java_sees <<'JAVA'
import org.apache.jena.riot.RDFDataMgr;
import org.apache.jena.riot.Lang;
import org.apache.jena.shacl.*;
class Finding {
  public static void main(String[] none) {
    for (String name : new String[] {"1-letters", "2-no-letter", "3-no-vowels", "4-vowels", "5-flag-x"}) {
      var shapes = RDFDataMgr.loadGraph(name + ".shape", Lang.TURTLE);
      var data = RDFDataMgr.loadGraph(name + ".data", Lang.TURTLE);
      System.out.println("jena " + name + " " + ShaclValidator.get().validate(shapes, data).conforms());
    }
  }
}
JAVA
python_sees <<'PY'
from pathlib import Path
from pyshacl import validate
for shape in sorted(Path().glob("*.shape")):
    try:
        told = validate(str(shape.with_suffix(".data")), shacl_graph=str(shape), data_graph_format="turtle",
                        shacl_graph_format="turtle")[0]
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
    print("pyshacl", shape.stem, told)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import rdf from '@zazuko/env'
import { Parser } from 'n3'
import First from 'rdf-validate-shacl'
import { Validator as Second } from 'shacl-engine'
const graph = (file) => rdf.dataset(new Parser({ factory: rdf }).parse(readFileSync(file, 'utf8')))
for (const name of ['1-letters', '2-no-letter', '3-no-vowels', '4-vowels', '5-flag-x']) {
  const [shapes, data] = [graph(name + '.shape'), graph(name + '.data')]
  for (const [engine, told] of [
    ['rdf-validate-shacl', async () => (await new First(shapes, { factory: rdf }).validate(data)).conforms],
    ['shacl-engine', async () => (await new Second(shapes, { factory: rdf }).validate({ dataset: data })).conforms]]) {
    console.log(engine, name, await told().catch((error) => error.name))
  }
}
JS
unchanged <<'END'
jena 1-letters true
jena 2-no-letter false
jena 3-no-vowels true
jena 4-vowels true
jena 5-flag-x true
pyshacl 1-letters error: bad escape \p at position 1
pyshacl 2-no-letter error: bad escape \p at position 1
pyshacl 3-no-vowels False
pyshacl 4-vowels False
pyshacl 5-flag-x False
rdf-validate-shacl 1-letters false
shacl-engine 1-letters false
rdf-validate-shacl 2-no-letter true
shacl-engine 2-no-letter true
rdf-validate-shacl 3-no-vowels false
shacl-engine 3-no-vowels false
rdf-validate-shacl 4-vowels false
shacl-engine 4-vowels false
rdf-validate-shacl 5-flag-x SyntaxError
shacl-engine 5-flag-x SyntaxError
END
