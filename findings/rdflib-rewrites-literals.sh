#!/usr/bin/env bash
# rdflib: reading a graph and writing it changes its literals; every time stamp with Z gets another text.
# Standard: RDF 1.1 Concepts, 3.3: two literals are the same term if their lexical forms are equal, character by character;
# XML Schema 2: the lexical form of infinity is INF.
# For a node: the canonical hash (RDFC-1.0) of a catalogue or credential taken through rdflib is another one, so its
# proof no longer verifies; "inf" is no xsd:double at all for the next reader. Set rdflib.NORMALIZE_LITERALS to False
# before parsing (the last line), and hash what was received.
. "$(dirname "$0")/_room.sh"
guess "N-Triples in, N-Triples out: the same lines"
found "Z becomes +00:00, nine digits become six, 007 is 7, 1 is true, P1Y13M is P2Y1M, INF is inf"
python_with rdflib==7.6.0 pyoxigraph==0.5.13
python_sees <<'PY'
import pyoxigraph
import rdflib

literals = [("2026-01-01T00:00:00Z", "dateTime"), ("2026-01-01T00:00:00.123456789+07:00", "dateTime"),
            ("007", "integer"), ("1", "boolean"), ("P1Y13M", "duration"), ("INF", "double")]
def through_rdflib(line):
    (literal,) = rdflib.Graph().parse(data=line, format="nt").objects()
    return str(literal)
def through_oxigraph(line):
    (quad,) = pyoxigraph.parse(line.encode(), format=pyoxigraph.RdfFormat.N_TRIPLES)
    return quad.object.value
lines = {text: f'<https://a.example/1> <https://a.example/p> "{text}"^^<http://www.w3.org/2001/XMLSchema#{kind}> .\n'
         for text, kind in literals}
for text, line in lines.items():
    print(text, "rdflib", through_rdflib(line), "oxigraph", through_oxigraph(line))
rdflib.NORMALIZE_LITERALS = False
print("without normalising:", all(through_rdflib(line) == text for text, line in lines.items()))
PY
unchanged <<'END'
2026-01-01T00:00:00Z rdflib 2026-01-01T00:00:00+00:00 oxigraph 2026-01-01T00:00:00Z
2026-01-01T00:00:00.123456789+07:00 rdflib 2026-01-01T00:00:00.123456+07:00 oxigraph 2026-01-01T00:00:00.123456789+07:00
007 rdflib 7 oxigraph 007
1 rdflib true oxigraph 1
P1Y13M rdflib P2Y1M oxigraph P1Y13M
INF rdflib inf oxigraph INF
without normalising: True
END
