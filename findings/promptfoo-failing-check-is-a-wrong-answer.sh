#!/usr/bin/env bash
# promptfoo runs prompts against a model and checks the answers by assertions, also by code of one's own. Its summary
# has passes, failures and errors, and its exit code and pass rate are what a passport or a gate would quote.
# An assertion that cannot run (a mistake in the check, a package that is missing) is told as a failure of the model,
# not as an error; a test that asserts nothing passes.
# For a node: "60 % passed, 0 errors" may say that the checks broke, or that nothing was checked. Count only tests that
# assert something, and look into the reason of each failure before a rate is signed.
. "$(dirname "$0")/_room.sh"
guess 'a check that throws is one of the errors; a test without any assertion is no pass'
found 'it is a failure like a wrong answer, with no error counted; a test without assertions passes with score 1'
node_with promptfoo@0.121.20
cat >"$room/promptfooconfig.yaml" <<'CONFIG'
description: checks
prompts: ["{{q}}"]
providers: [echo]
tests:
  - vars: {q: "right"}
    assert: [{type: equals, value: "right"}]
  - vars: {q: "wrong"}
    assert: [{type: equals, value: "right"}]
  - vars: {q: "check throws"}
    assert: [{type: javascript, value: "(() => { throw new Error('no such package') })()"}]
  - vars: {q: "asserts nothing"}
CONFIG
export PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_DISABLE_REMOTE_GENERATION=1
export PROMPTFOO_CONFIG_DIR="$room/home"
(cd "$room" && ./node_modules/.bin/promptfoo eval --no-cache --no-progress-bar -o out.json >/dev/null 2>&1 || true)
node_sees <<'SEE'
import { readFileSync } from 'node:fs';
const { results } = JSON.parse(readFileSync('out.json', 'utf8'));
for (const one of results.results) {
  console.log(`${one.vars.q}: success ${one.success}, score ${one.score}, failureReason ${one.failureReason}`);
}
const { successes, failures, errors } = results.stats;
console.log(`told: ${successes} passed, ${failures} failed, ${errors} errors`);
SEE
unchanged <<'SEEN'
right: success true, score 1, failureReason 0
wrong: success false, score 0, failureReason 1
check throws: success false, score 0, failureReason 1
asserts nothing: success true, score 1, failureReason 0
told: 2 passed, 2 failed, 0 errors
SEEN
