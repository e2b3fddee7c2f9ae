#!/usr/bin/env bash
# SPDX licence expressions: each of two common parsers refuses valid ones that the other takes.
# Standard: SPDX specification 2.3, Annex D (D.2: identifiers are case-insensitive in matching, `LicenseRef-`,
# `DocumentRef-…:LicenseRef-…`, `+`; D.4 operators) and 3.0, Annex B (operators also in lower case, `AdditionRef-`).
# For a node: a BOM, a data card or an agreement with a licence of its own is refused by one partner's check. Refuse
# on nothing but the grammar; an unknown identifier is a note.
. "$(dirname "$0")/_room.sh"
guess "both parse all seven"
found "license-expression refuses LicenseRef-, DocumentRef- and Apache-2.0+; spdx-expression-parse 'mit' and AdditionRef-"
python_with license-expression==30.4.4
node_with spdx-expression-parse@5.0.0
printf '%s\n' 'MIT' 'mit' 'MIT and Apache-2.0' 'Apache-2.0+' 'LicenseRef-terms' 'DocumentRef-a:LicenseRef-terms' 'MIT WITH AdditionRef-terms' >"$room/expressions"
python_sees <<'PY'
from license_expression import get_spdx_licensing
licensing = get_spdx_licensing()
for line in open("expressions"):
    print("license-expression:", line.strip(), "refused" if licensing.validate(line.strip()).errors else "valid")
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import parse from 'spdx-expression-parse'
for (const line of readFileSync('expressions', 'utf8').trim().split('\n')) {
  let said = 'valid'
  try { parse(line) } catch { said = 'refused' }
  console.log('spdx-expression-parse:', line, said)
}
JS
unchanged <<'END'
license-expression: MIT valid
license-expression: mit valid
license-expression: MIT and Apache-2.0 valid
license-expression: Apache-2.0+ refused
license-expression: LicenseRef-terms refused
license-expression: DocumentRef-a:LicenseRef-terms refused
license-expression: MIT WITH AdditionRef-terms refused
spdx-expression-parse: MIT valid
spdx-expression-parse: mit refused
spdx-expression-parse: MIT and Apache-2.0 valid
spdx-expression-parse: Apache-2.0+ valid
spdx-expression-parse: LicenseRef-terms valid
spdx-expression-parse: DocumentRef-a:LicenseRef-terms valid
spdx-expression-parse: MIT WITH AdditionRef-terms refused
END
