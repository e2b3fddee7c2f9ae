#!/usr/bin/env bash
# fhir.resources: 1.10 comes back as 1.1, and a time of .000 seconds without them.
# Standard: FHIR R5 (as R4), Datatypes "decimal": the precision has significance, and implementations SHALL preserve
# it; JSON representation: 1.10 and 1.1 are different.
# For a node: a laboratory value loses the precision it was measured with, and the bytes no longer fit a signature or
# a digest. Pass the bytes on; parse a copy.
. "$(dirname "$0")/_room.sh"
guess "decimals are Python Decimals there, so 1.10 stays 1.10; the time stays as written"
found "1.1, and '10:00:00+07:00' for '10:00:00.000+07:00'"
python_with fhir.resources==8.3.0 fhir-core==1.1.12 pydantic==2.14.4
python_sees <<'PY'
from fhir.resources.observation import Observation
sent = ('{"resourceType":"Observation","status":"final","code":{"text":"x"},'
        '"effectiveDateTime":"2026-05-01T10:00:00.000+07:00","valueQuantity":{"value":1.10,"unit":"g"}}')
back = Observation.model_validate_json(sent)
print(repr(back.valueQuantity.value))
print(back.model_dump_json())
PY
unchanged <<'END'
Decimal('1.1')
{"resourceType":"Observation","status":"final","code":{"text":"x"},"effectiveDateTime":"2026-05-01T10:00:00+07:00","valueQuantity":{"value":1.1,"unit":"g"}}
END
