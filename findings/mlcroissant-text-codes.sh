#!/usr/bin/env bash
# mlcroissant: a field declared as text loses its zeros, a whole number next to a gap loses its last digit.
# Standard: Croissant 1.0, "Field": `dataType` is the type of the values (sc:Text, sc:Integer).
# For a node: records read through the reference library are not the file's. Codes of occupations and
# areas (ISCO "0110", a province "01") fall together with others; compare and hash the file itself.
. "$(dirname "$0")/_room.sh"
guess "sc:Text gives the characters of the file; sc:Integer gives the exact number, or None for an empty cell"
found "pandas guesses first, the declared type comes after: 007 is 7, 1.10 is 1.1, and 9007199254740993 is even"
source_packages=jsonpath-rw python_with mlcroissant==1.1.1 pandas==2.3.3 numpy==2.0.2
python_sees <<'PY'
import hashlib, json, logging
import mlcroissant
logging.disable(logging.CRITICAL)

open("d.csv", "w").write("code,rate,persons\n007,1.10,9007199254740993\n010,2.00,\n")
def field(name, kind):
    return {"@type": "cr:Field", "@id": f"r/{name}", "dataType": kind,
            "source": {"fileObject": {"@id": "f"}, "extract": {"column": name}}}
described = {
    "@context": {
        "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/", "dct": "http://purl.org/dc/terms/",
        "conformsTo": "dct:conformsTo", "recordSet": "cr:recordSet", "field": "cr:field",
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "source": "cr:source",
        "fileObject": "cr:fileObject", "extract": "cr:extract", "column": "cr:column"},
    "@type": "sc:Dataset", "name": "codes", "description": "codes", "version": "1.0.0",
    "conformsTo": "http://mlcommons.org/croissant/1.0", "license": "https://a.example/licence",
    "url": "https://a.example/", "datePublished": "2026-01-01",
    "creator": {"@type": "sc:Organization", "name": "A"},
    "distribution": [{"@type": "cr:FileObject", "@id": "f", "name": "f", "contentUrl": "d.csv",
                      "encodingFormat": "text/csv",
                      "sha256": hashlib.sha256(open("d.csv", "rb").read()).hexdigest()}],
    "recordSet": [{"@type": "cr:RecordSet", "@id": "r", "field": [
        field("code", "sc:Text"), field("rate", "sc:Text"), field("persons", "sc:Integer")]}]}
json.dump(described, open("m.json", "w"))
for record in mlcroissant.Dataset("m.json").records("r"):
    print(record["r/code"], record["r/rate"], record["r/persons"])
PY
unchanged <<'END'
b'7' b'1.1' 9007199254740992
b'10' b'2.0' None
END
