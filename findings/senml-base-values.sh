#!/usr/bin/env bash
# SenML: a pack read and written again is ten degrees and a hundred litres short, and a text value is a NameError.
# Standard: RFC 8428, 4.1: base fields apply to their record and to all after it until the same field comes again; 4.6:
# the value is base value plus value, the sum is base sum plus sum. A string value (vs) is a plain record (4.2).
# For a node: a gateway that only passes a pack on changes its readings and meters, and the new pack is valid. Resolve a
# pack (4.6) at its source and pass on the bytes; never let a tool rewrite base fields.
. "$(dirname "$0")/_room.sh"
guess "both libraries resolve or keep the base fields, wherever in the pack they stand, and read numbers, text and truth values"
found "senml keeps a base value of the first record only, and no base sum; kpn_senml cannot read a text value on Python 3"
source_packages=cbor,kpn-senml python_with senml==0.1.0 kpn-senml==1.0.1
python_sees <<'PY'
import json
import senml
from kpn_senml import SenmlPack

def resolved(pack):
    value = total = 0
    seen = []
    for record in pack:
        value, total = record.get("bv", value), record.get("bs", total)
        seen += [record["v"] + value if "v" in record else None, record["s"] + total if "s" in record else None]
    return [float(one) for one in seen if one is not None]

pack = [{"bn": "dev:", "bs": 100, "n": "litres", "s": 3}, {"bv": 10, "n": "degrees", "v": 1.5}]
written = senml.SenMLDocument.from_json(pack).to_json()
print("litres and degrees received", resolved(pack), "written again by senml", resolved(written))
for record in ({"n": "a", "v": 1}, {"n": "a", "vb": True}, {"n": "a", "vs": "open"}):
    try:
        SenmlPack("dev:").from_json(json.dumps([record]))
        print("kpn_senml reads", record)
    except NameError as error:
        print("kpn_senml", record, "NameError:", error)
PY
unchanged <<'END'
litres and degrees received [103.0, 11.5] written again by senml [3.0, 1.5]
kpn_senml reads {'n': 'a', 'v': 1}
kpn_senml reads {'n': 'a', 'vb': True}
kpn_senml {'n': 'a', 'vs': 'open'} NameError: name 'basestring' is not defined
END
