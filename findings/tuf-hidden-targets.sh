#!/usr/bin/env bash
# TUF: a delegation of data/* holds data/.index in Python and not in JavaScript; '#' begins a comment in JavaScript.
# Standard: TUF specification 1.0, 4.5 "PATHPATTERN": shell-style wildcards; nothing is said of leading dots or of
# comments, and a pattern is no more than its characters.
# For a node: a target that a provider has signed and delegated is found by one client and "not found" by the other.
# Name targets by letters, digits, dot inside, dash and underscore, and delegate by plain names.
. "$(dirname "$0")/_room.sh"
guess "both clients of the TUF project match alike"
found "npm @tufjs/models (minimatch with its defaults) says false where python-tuf says true"
python_with tuf==7.0.1 securesystemslib==1.6.0
node_with @tufjs/models@4.1.1
python_sees <<'PY'
from tuf.api.metadata import DelegatedRole
for pattern, target in (("data/*", "data/index"), ("data/*", "data/.index"), ("#1/*", "#1/index")):
    role = DelegatedRole("r", ["k"], 1, False, paths=[pattern])
    print("python-tuf", pattern, target, str(role.is_delegated_path(target)).lower())
PY
node_sees <<'JS'
import { createRequire } from 'node:module'
import { join } from 'node:path'
const { DelegatedRole } = createRequire(import.meta.url)(join(process.cwd(), 'node_modules/@tufjs/models/dist/role.js'))
for (const [pattern, target] of [['data/*', 'data/index'], ['data/*', 'data/.index'], ['#1/*', '#1/index']]) {
  const role = new DelegatedRole({ name: 'r', keyIDs: ['k'], threshold: 1, terminating: false, paths: [pattern] })
  console.log('tuf-js', pattern, target, role.isDelegatedPath(target))
}
JS
unchanged <<'END'
python-tuf data/* data/index true
python-tuf data/* data/.index true
python-tuf #1/* #1/index true
tuf-js data/* data/index true
tuf-js data/* data/.index false
tuf-js #1/* #1/index false
END
