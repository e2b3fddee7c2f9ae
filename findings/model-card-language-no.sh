#!/usr/bin/env bash
# huggingface_hub: a model card whose language is Norwegian loses it, and version 1.10 becomes 1.1, when the card is
# read and saved.
# Standard: the card's metadata block is YAML; "language" takes ISO 639 codes, among them "no". YAML 1.2 (10.3.2) reads
# no and on as text, YAML 1.1 as booleans; 1.10 is a number in both, which is why writers quote it.
# For a node: a passport taken from a card says language false and another version; the library quotes 'no' when it
# writes, so its own cards hide it. Read the block with a YAML 1.2 reader and keep scalars as text.
. "$(dirname "$0")/_room.sh"
guess "the library knows its own field: language is 'no'"
found "language False, tag True; saved as false and true"
python_with huggingface_hub==2.4.0 pyyaml==6.0.4
python_sees <<'PY'
from huggingface_hub import ModelCard, ModelCardData
card = ModelCard("---\nlanguage: no\nversion: 1.10\ntags:\n- on\n---\n# A model\n")
print(card.data.to_dict())
print(str(card).split("---")[1].strip().replace("\n", " | "))
print("written by the library itself:", ModelCardData(language="no").to_yaml())
PY
unchanged <<'END'
{'language': False, 'tags': [True], 'version': 1.1}
language: false | version: 1.1 | tags: | - true
written by the library itself: language: 'no'
END
