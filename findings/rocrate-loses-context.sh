#!/usr/bin/env bash
# rocrate: reading and writing a crate drops the terms that its context added; its policy loses its meaning.
# Standard: RO-Crate 1.1, "Extending RO-Crate": extra terms are defined in @context beside the crate's own context.
# For a node: "odrl:Offer" stays as text while the prefix odrl is gone, so a JSON-LD reader no longer finds an ODRL
# offer in the crate. Nothing warns. Do not rewrite a partner's crate; check @context after any tool.
. "$(dirname "$0")/_room.sh"
guess "the @context comes back as it was read"
found "only the crate's own context is left; the offer's type is not an ODRL class any more"
python_with rocrate==0.16.0
python_sees <<'PY'
import json
from pathlib import Path
from rocrate.rocrate import ROCrate

odrl = {"odrl": "http://www.w3.org/ns/odrl/2/"}
Path("sent").mkdir()
Path("sent/a.csv").write_text("x\n")
Path("sent/ro-crate-metadata.json").write_text(json.dumps({
    "@context": ["https://w3id.org/ro/crate/1.1/context", odrl],
    "@graph": [
        {"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"},
         "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"}},
        {"@id": "./", "@type": "Dataset", "name": "n", "description": "d", "datePublished": "2026-01-01",
         "license": {"@id": "https://a.example/licence"}, "hasPart": [{"@id": "a.csv"}],
         "usageInfo": {"@id": "#offer"}},
        {"@id": "a.csv", "@type": "File", "name": "a"},
        {"@id": "#offer", "@type": ["CreativeWork", "odrl:Offer"], "name": "o"}]}))
ROCrate("sent").write("back")
back = json.loads(Path("back/ro-crate-metadata.json").read_text())
print("context", back["@context"])
print("type", next(entity["@type"] for entity in back["@graph"] if entity["@id"] == "#offer"))
PY
unchanged <<'END'
context https://w3id.org/ro/crate/1.1/context
type ['CreativeWork', 'odrl:Offer']
END
