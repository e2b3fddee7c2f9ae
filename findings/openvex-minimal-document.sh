#!/usr/bin/env bash
# lib4vex: an OpenVEX document with nothing but the required members cannot be read.
# Standard: OpenVEX 0.2.0, "Document": required are @context, @id, author, timestamp, version, statements; `role`
# is optional; "Statement": `timestamp` is optional and taken from the document where absent.
# For a node: a supplier's minimal statement "not affected" is an error at the partner; catch it as "not readable by
# this tool", never as "affected" or "not affected", and read OpenVEX by its schema.
. "$(dirname "$0")/_room.sh"
guess "what is absent is None, or taken from the document"
found "KeyError 'role'; with a role KeyError 'timestamp'; with both the document is read"
python_with lib4vex==0.2.3
python_sees <<'PY'
import json
from lib4vex.parser import VEXParser
sent = {
    "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://a.example/vex/1", "author": "A",
    "timestamp": "2026-01-01T00:00:00Z", "version": 1, "statements": [
        {"vulnerability": {"name": "CVE-2026-0001"}, "products": [{"@id": "pkg:pypi/a@1"}],
         "status": "not_affected", "justification": "vulnerable_code_not_present"}]}
for added in ("nothing", "role", "role and timestamp"):
    if "role" in added:
        sent["role"] = "supplier"
    if "timestamp" in added:
        sent["statements"][0]["timestamp"] = sent["timestamp"]
    with open("vex.json", "w") as file:
        json.dump(sent, file)
    parser = VEXParser(vex_type="openvex")
    try:
        parser.parse("vex.json")
        print(added, "added:", [found["status"] for found in parser.get_vulnerabilities()])
    except KeyError as error:
        print(added, "added:", "KeyError", error)
PY
unchanged <<'END'
nothing added: KeyError 'role'
role added: KeyError 'timestamp'
role and timestamp added: ['not_affected']
END
