#!/usr/bin/env bash
# CycloneDX: a bill of materials of an AI model loses its model card, its data and its attestations in the Python library.
# Standard: ECMA-424 (CycloneDX 1.6): component.modelCard, component.data, declarations, annotations.
# For a node: a partner's inventory tool that reads an ML-BOM and writes it again leaves a bare name: no intended use, no
# figures, no bias considerations, no claim of conformance, and the file is still valid. Keep the file that was received.
. "$(dirname "$0")/_room.sh"
guess "what its own strict validator of 1.6 accepts is read and written again, or it says what it leaves out"
found "modelCard, data, declarations and annotations are gone without a word; the result is valid again"
python_with 'cyclonedx-python-lib[json-validation]==11.12.0'
python_sees <<'PY'
import json
from cyclonedx.model.bom import Bom
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

bom = {
    "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
    "components": [
        {"type": "machine-learning-model", "name": "scorer", "bom-ref": "m", "modelCard": {
            "modelParameters": {"task": "classification"},
            "quantitativeAnalysis": {"performanceMetrics": [{"type": "recall", "value": "0.71", "slice": "women"}]},
            "considerations": {"ethicalConsiderations": [{"name": "bias", "mitigationStrategy": "second reader"}]}}},
        {"type": "data", "name": "rows", "bom-ref": "d", "data": [{"type": "dataset", "name": "rows", "sensitiveData": ["income"]}]},
    ],
    "declarations": {"assessors": [{"bom-ref": "a", "thirdParty": True}]},
    "annotations": [{"bom-ref": "n", "subjects": ["m"], "annotator": {"organization": {"name": "o"}},
                     "timestamp": "2026-01-01T00:00:00Z", "text": "withdrawn"}],
}
def valid(text):
    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
def has(document):
    found = [key for key in ("declarations", "annotations") if key in document]
    return found + sorted({key for part in document["components"] for key in part} & {"modelCard", "data"})
text = JsonV1Dot6(Bom.from_json(bom)).output_as_string()
print("before:", valid(json.dumps(bom)), has(bom))
print("after: ", valid(text), has(json.loads(text)))
PY
unchanged <<'END'
before: True ['declarations', 'annotations', 'data', 'modelCard']
after:  True []
END
