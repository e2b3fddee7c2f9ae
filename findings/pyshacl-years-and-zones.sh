#!/usr/bin/env bash
# pyshacl: a year is never in a range of years, and a time without zone never in a range of times with one.
# Standard: SHACL, 4.3.2 (sh:minInclusive: value comparison of SPARQL's "<="); XML Schema 2, 3.2.7.4: times with and
# without zone that lie more than 14 hours apart have an order; 3.2.11: gYear is ordered.
# For a node: a catalogue with "temporal coverage from 2026" (xsd:gYear, as DCAT allows) or times without zone is
# refused by a profile's range check, whatever the values. Write xsd:date, and times with a zone, in what is checked.
. "$(dirname "$0")/_room.sh"
guess "all four values conform to a minimum that lies years before them"
found "the year and the time without zone do not"
python_with pyshacl==0.40.1 rdflib==7.6.0
python_sees <<'PY'
import rdflib
from pyshacl import validate

XSD = "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix sh: <http://www.w3.org/ns/shacl#> .\n"
for kind, value, least in (("date", "2026-06-01", "2020-01-01"), ("dateTime", "2026-06-01T00:00:00Z", "2020-01-01T00:00:00Z"),
                           ("dateTime", "2026-06-01T00:00:00", "2020-01-01T00:00:00Z"), ("gYear", "2026", "2020")):
    data = rdflib.Graph().parse(format="turtle", data=XSD + f'<https://a.example/1> <https://a.example/p> "{value}"^^xsd:{kind} .')
    shapes = rdflib.Graph().parse(format="turtle", data=XSD + f"""
        [] a sh:NodeShape ; sh:targetSubjectsOf <https://a.example/p> ;
           sh:property [ sh:path <https://a.example/p> ; sh:minInclusive "{least}"^^xsd:{kind} ] .""")
    print(kind, value, ">=", least, validate(data, shacl_graph=shapes)[0])
PY
unchanged <<'END'
date 2026-06-01 >= 2020-01-01 True
dateTime 2026-06-01T00:00:00Z >= 2020-01-01T00:00:00Z True
dateTime 2026-06-01T00:00:00 >= 2020-01-01T00:00:00Z False
gYear 2026 >= 2020 False
END
