#!/usr/bin/env bash
# CEL: one condition over one JSON request, three engines: a field that is null is absent in one, and 1 / 2 is 0.
# Standard: CEL language definition: "Macros" (has(e.f) of a map says whether f is a key), "JSON Data Conversion"
# (numbers are double), "Equality" and "Ordering" (numbers compare across types), "Overloads"; cel-spec's tests.
# For a node: CEL is offered as the language of rules that both sides evaluate. "has(r.consent)" is true at one partner
# and false at the other for the same bytes, a share of one half is zero at one and an error elsewhere. Agree on one
# named engine and its verdict, and send no nulls and no bare numbers.
. "$(dirname "$0")/_room.sh"
guess "three engines that name the CEL specification agree on ordinary conditions over JSON"
found "they differ in null fields, in JSON's numbers, below a millisecond, and in a duration's milliseconds"
python_with cel-python==0.5.0
node_with @bufbuild/cel@0.6.1 @bufbuild/cel-spec@0.6.1 @marcbachmann/cel-js@8.0.0
cat >"$room/rules" <<'END'
has(r.consent)
"consent" in r
r.consent == null
r.n < 1.5
type(r.n) == int
r.n / 2 == 0
duration("1.5s").getMilliseconds() == 500
timestamp("2026-01-01T00:00:00.0000002Z") > timestamp("2026-01-01T00:00:00.0000001Z")
END
echo '{"r": {"consent": null, "n": 1}}' >"$room/request.json"
python_sees 2>/dev/null <<'PY'
import json
import celpy
environment = celpy.Environment()
request = celpy.json_to_cel(json.load(open("request.json")))
for rule in open("rules"):
    try:
        verdict = str(bool(environment.program(environment.compile(rule.strip())).evaluate(request))).lower()
    except celpy.CELEvalError:
        verdict = "error"
    print("cel-python", rule.strip(), "->", verdict)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { celEnv, parse, plan } from '@bufbuild/cel'
import { evaluate } from '@marcbachmann/cel-js'
const request = JSON.parse(readFileSync('request.json', 'utf8'))
const verdict = (run) => {
  try {
    const answer = run()
    return typeof answer === 'boolean' ? answer : 'error'
  } catch {
    return 'error'
  }
}
for (const rule of readFileSync('rules', 'utf8').trim().split('\n')) {
  console.log('@bufbuild/cel', rule, '->', verdict(() => plan(celEnv(), parse(rule))(request)))
  console.log('@marcbachmann/cel-js', rule, '->', verdict(() => evaluate(rule, request)))
}
JS
unchanged <<'END'
cel-python has(r.consent) -> true
cel-python "consent" in r -> true
cel-python r.consent == null -> true
cel-python r.n < 1.5 -> error
cel-python type(r.n) == int -> true
cel-python r.n / 2 == 0 -> true
cel-python duration("1.5s").getMilliseconds() == 500 -> false
cel-python timestamp("2026-01-01T00:00:00.0000002Z") > timestamp("2026-01-01T00:00:00.0000001Z") -> false
@bufbuild/cel has(r.consent) -> false
@marcbachmann/cel-js has(r.consent) -> true
@bufbuild/cel "consent" in r -> false
@marcbachmann/cel-js "consent" in r -> true
@bufbuild/cel r.consent == null -> true
@marcbachmann/cel-js r.consent == null -> true
@bufbuild/cel r.n < 1.5 -> true
@marcbachmann/cel-js r.n < 1.5 -> true
@bufbuild/cel type(r.n) == int -> false
@marcbachmann/cel-js type(r.n) == int -> false
@bufbuild/cel r.n / 2 == 0 -> error
@marcbachmann/cel-js r.n / 2 == 0 -> error
@bufbuild/cel duration("1.5s").getMilliseconds() == 500 -> true
@marcbachmann/cel-js duration("1.5s").getMilliseconds() == 500 -> false
@bufbuild/cel timestamp("2026-01-01T00:00:00.0000002Z") > timestamp("2026-01-01T00:00:00.0000001Z") -> true
@marcbachmann/cel-js timestamp("2026-01-01T00:00:00.0000002Z") > timestamp("2026-01-01T00:00:00.0000001Z") -> false
END
