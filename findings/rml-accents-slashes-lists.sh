#!/usr/bin/env bash
# RML: Huế is percent-encoded in an IRI that must keep it, true is the text "True", and a list may have no triple.
# Standard: R2RML, 7.3 (a template's values are percent-encoded but for the characters that RFC 3987 calls iunreserved,
# of which ế is one and / is none), 10.2 (natural mapping: a boolean is "true", lower case), 11.1 (only NULL makes no
# triple); RML takes them over for JSON, where a reference l[*] gives a term for each member.
# For a node: two partners who map the same records by the same mapping get other names for the same thing, so nothing
# joins: no policy finds its asset, no credential its subject. Map identifiers of plain ASCII, give each value its
# datatype, and compare the triples of both engines once.
. "$(dirname "$0")/_room.sh"
guess "morph-kgc and worph (made to be compatible with it) give the same eight triples, of <urn:x:Huế%2F1> and <urn:x:Hue>"
found "both encode ế and say \"True\" and 1.1; worph alone has the slash, the list and the empty text, and 2 for 2.0"
python_with morph-kgc==2.10.0
"$room/venv/bin/python" -m venv "$room/other"
"$room/other/bin/pip" install --quiet --no-compile --only-binary :all: --no-binary odfpy worph==0.1.11
printf 'packages  %s\n' worph==0.1.11
printf '%s' '[{"name": "Huế/1", "ok": true, "price": 1.10, "count": 7, "tags": ["a", "b"], "note": ""}, {"name": "Hue", "ok": false, "price": 2, "count": null}]' >"$room/data.json"
cat >"$room/map.ttl" <<'TTL'
@prefix rr: <http://www.w3.org/ns/r2rml#> . @prefix rml: <http://semweb.mmlab.be/ns/rml#> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> . @prefix : <urn:x:> .
:map a rr:TriplesMap ; rr:subjectMap [ rr:template "urn:x:{name}" ] ;
  rml:logicalSource [ rml:source "data.json" ; rml:referenceFormulation ql:JSONPath ; rml:iterator "$[*]" ] ;
  rr:predicateObjectMap [ rr:predicate :ok ; rr:objectMap [ rml:reference "ok" ] ], [ rr:predicate :price ; rr:objectMap [ rml:reference "price" ] ],
    [ rr:predicate :count ; rr:objectMap [ rml:reference "count" ] ], [ rr:predicate :tags ; rr:objectMap [ rml:reference "tags[*]" ] ],
    [ rr:predicate :note ; rr:objectMap [ rml:reference "note" ] ] .
TTL
cat >"$room/map.py" <<'PY'
import importlib
import sys
engine = importlib.import_module(sys.argv[1])
graph = engine.materialize("[CONFIGURATION]\nlogging_level: ERROR\n[DataSource1]\nmappings: map.ttl\n")
for line in sorted(graph.serialize(format="nt").strip().splitlines()):
    print(sys.argv[1], line)
PY
(cd "$room" && venv/bin/python map.py morph_kgc && other/bin/python map.py worph) 2>/dev/null | tee "$room/seen" | sed 's/^/seen      /'
unchanged <<'END'
morph_kgc <urn:x:Hu%E1%BA%BF%2F1> <urn:x:count> "7" .
morph_kgc <urn:x:Hu%E1%BA%BF%2F1> <urn:x:ok> "True" .
morph_kgc <urn:x:Hu%E1%BA%BF%2F1> <urn:x:price> "1.1" .
morph_kgc <urn:x:Hue> <urn:x:ok> "False" .
morph_kgc <urn:x:Hue> <urn:x:price> "2.0" .
worph <urn:x:Hu%E1%BA%BF/1> <urn:x:count> "7" .
worph <urn:x:Hu%E1%BA%BF/1> <urn:x:note> "" .
worph <urn:x:Hu%E1%BA%BF/1> <urn:x:ok> "True" .
worph <urn:x:Hu%E1%BA%BF/1> <urn:x:price> "1.1" .
worph <urn:x:Hu%E1%BA%BF/1> <urn:x:tags> "a" .
worph <urn:x:Hu%E1%BA%BF/1> <urn:x:tags> "b" .
worph <urn:x:Hue> <urn:x:ok> "False" .
worph <urn:x:Hue> <urn:x:price> "2" .
END
