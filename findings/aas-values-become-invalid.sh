#!/usr/bin/env bash
# Asset Administration Shell: a limit of 0.0000001 comes out of the reference SDK as 1E-7, which is no decimal at all.
# Standard: IDTA-01001-3 (AAS metamodel 3.0), type ValueDataType and constraint AASd-020: the value is text that is
# consistent with its valueType; XML Schema Part 2, 3.2.3 (a decimal has no exponent), 3.2.11 (a year has four digits
# or more).
# For a node: a shell of a product passport that is read and written by one partner's gateway is refused by the next
# one's check, by the size of a number; what stays valid has another text (nine digits of a second become six, Z
# becomes +00:00, P1Y13M becomes P2Y1M), so a digest or signature over it no longer fits. Pass on the bytes; parse a
# copy.
. "$(dirname "$0")/_room.sh"
guess "basyx keeps a property's value as the text in the file, as aas-core does, or writes the same value validly"
found "0.0000001 and years before 1000 come out invalid, as aas-core's check says of both sides; nine others as other texts"
python_with basyx-python-sdk==2.2.0 aas-core3.0==1.1.4
python_sees <<'PY'
import io
import json
from aas_core3 import jsonization, verification
from basyx.aas.adapter.json import object_store_to_json, read_aas_json_file
values = """decimal 0.0000001|decimal 1.10|integer 007|double 1.10|double 100|boolean 1|duration P1Y13M|duration PT36H|time 10:00:00.5
dateTime 2026-01-01T07:00:00Z|dateTime 2026-01-01T07:00:00.123456789+07:00|gYear -0044|gYearMonth 0800-05|date 2026-01-01+07:00"""
for line in values.replace("\n", "|").split("|"):
    kind, value = line.split()
    element = {"modelType": "Property", "idShort": "p", "valueType": "xs:" + kind, "value": value}
    sent = {"submodels": [{"modelType": "Submodel", "id": "urn:x:s", "submodelElements": [element]}]}
    back = json.loads(object_store_to_json(read_aas_json_file(io.StringIO(json.dumps(sent)))))
    other = jsonization.to_jsonable(jsonization.environment_from_jsonable(sent))
    texts, valid = [], []
    for document in (sent, back, other):
        texts.append(document["submodels"][0]["submodelElements"][0]["value"])
        errors = list(verification.verify(jsonization.environment_from_jsonable(document)))
        valid.append("invalid" if errors else "valid")
    print(kind, *(f"{who} {text} ({verdict})" for who, text, verdict in zip(("sent", "basyx", "aas-core"), texts, valid)), sep="; ")
PY
unchanged <<'END'
decimal; sent 0.0000001 (valid); basyx 1E-7 (invalid); aas-core 0.0000001 (valid)
decimal; sent 1.10 (valid); basyx 1.10 (valid); aas-core 1.10 (valid)
integer; sent 007 (valid); basyx 7 (valid); aas-core 007 (valid)
double; sent 1.10 (valid); basyx 1.1 (valid); aas-core 1.10 (valid)
double; sent 100 (valid); basyx 100.0 (valid); aas-core 100 (valid)
boolean; sent 1 (valid); basyx true (valid); aas-core 1 (valid)
duration; sent P1Y13M (valid); basyx P2Y1M (valid); aas-core P1Y13M (valid)
duration; sent PT36H (valid); basyx P1DT12H (valid); aas-core PT36H (valid)
time; sent 10:00:00.5 (valid); basyx 10:00:00.500000 (valid); aas-core 10:00:00.5 (valid)
dateTime; sent 2026-01-01T07:00:00Z (valid); basyx 2026-01-01T07:00:00+00:00 (valid); aas-core 2026-01-01T07:00:00Z (valid)
dateTime; sent 2026-01-01T07:00:00.123456789+07:00 (valid); basyx 2026-01-01T07:00:00.123456+07:00 (valid); aas-core 2026-01-01T07:00:00.123456789+07:00 (valid)
gYear; sent -0044 (valid); basyx -044 (invalid); aas-core -0044 (valid)
gYearMonth; sent 0800-05 (valid); basyx 800-05 (invalid); aas-core 0800-05 (valid)
date; sent 2026-01-01+07:00 (valid); basyx 2026-01-01+07:00 (valid); aas-core 2026-01-01+07:00 (valid)
END
