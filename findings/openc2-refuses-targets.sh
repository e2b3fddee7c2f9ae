#!/usr/bin/env bash
# openc2 (PyPI): installed today, it refuses every command with a target, also the examples of its standard.
# Standard: OASIS OpenC2 Language Specification 1.0, 3.3.1 (OpenC2 Command).
# For a node: this library needs an old stix2 and does not say so; "the partner's
# command is invalid" would be our own environment. Run the standard's examples at start, or read OpenC2 by its schema.
. "$(dirname "$0")/_room.sh"
guess "a fresh install reads {\"action\": \"deny\", \"target\": {\"domain_name\": …}}"
found "refused with stix2 3.0.2, which pip chooses; read with stix2 2.1.0"
for stix in 3.0.2 2.1.0; do
  source_packages=openc2 python_with openc2==1.0.5 stix2==$stix setuptools==80.9.0
  python_sees $stix <<'PY'
import sys
import openc2
try:
    command = openc2.parse({"action": "deny", "target": {"domain_name": "a.example"}})
    print("stix2", sys.argv[1], command.serialize())
except Exception as error:
    print("stix2", sys.argv[1], "refused:", type(error).__name__)
PY
done
unchanged <<'END'
stix2 3.0.2 refused: InvalidValueError
stix2 2.1.0 {"action": "deny", "target": {"domain_name": "a.example"}}
END
