#!/usr/bin/env bash
# JSON-Logic: somebody whose age is not known is a minor in three engines and none in the fourth; more than that differs.
# Standard: jsonlogic.com (operations and its public tests): "missing" lists what is absent, null or an empty text;
# comparison and arithmetic are JavaScript's.
# For a node: the same rule and record let a person through at one partner and not at the other, without an error. Ask
# for each fact by "missing" and by type before comparing, and agree on one engine's verdict, not on the rule.
. "$(dirname "$0")/_room.sh"
guess "four engines that name JSON-Logic give the same answers for its own documented operations"
found "they differ in null compared with a number, in the remainder of a negative number, in an empty answer, in 1.0 as text"
node_with json-logic-js@2.0.5 json-logic-engine@5.0.7
cat >"$room/cases" <<'CASES'
{"<": [{"var": "age"}, 18]} on {"age": null}
{"%": [{"var": "n"}, 3]} on {"n": -7}
{"missing": ["name", "phone"]} on {"name": "Linh", "phone": ""}
{"cat": ["n=", {"var": "n"}]} on {"n": 1.0}
CASES
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import jsonLogic from 'json-logic-js'
import { LogicEngine } from 'json-logic-engine'
const engine = new LogicEngine()
for (const line of readFileSync('cases', 'utf8').trim().split('\n')) {
  const [rule, data] = line.split(' on ').map((text) => JSON.parse(text))
  console.log(line, 'json-logic-js', JSON.stringify(jsonLogic.apply(rule, data)))
  console.log(line, 'json-logic-engine', JSON.stringify(engine.run(rule, data)))
}
JS
cat >"$room/rules.py" <<'PY'
import json, sys
from json_logic import jsonLogic
for line in open("cases").read().splitlines():
    print(line, sys.argv[1], json.dumps(jsonLogic(*map(json.loads, line.split(" on ")))))
PY
for package in json-logic-qubit==0.9.1 panzi-json-logic==1.0.1; do
  rm -rf "$room/venv"
  python_with "$package"
  (cd "$room" && venv/bin/python rules.py "${package%%==*}") | tee -a "$room/seen" | sed 's/^/seen      /'
done
unchanged <<'END'
{"<": [{"var": "age"}, 18]} on {"age": null} json-logic-js true
{"<": [{"var": "age"}, 18]} on {"age": null} json-logic-engine true
{"%": [{"var": "n"}, 3]} on {"n": -7} json-logic-js -1
{"%": [{"var": "n"}, 3]} on {"n": -7} json-logic-engine -1
{"missing": ["name", "phone"]} on {"name": "Linh", "phone": ""} json-logic-js ["phone"]
{"missing": ["name", "phone"]} on {"name": "Linh", "phone": ""} json-logic-engine []
{"cat": ["n=", {"var": "n"}]} on {"n": 1.0} json-logic-js "n=1"
{"cat": ["n=", {"var": "n"}]} on {"n": 1.0} json-logic-engine "n=1"
{"<": [{"var": "age"}, 18]} on {"age": null} json-logic-qubit false
{"%": [{"var": "n"}, 3]} on {"n": -7} json-logic-qubit 2
{"missing": ["name", "phone"]} on {"name": "Linh", "phone": ""} json-logic-qubit ["phone"]
{"cat": ["n=", {"var": "n"}]} on {"n": 1.0} json-logic-qubit "n=1.0"
{"<": [{"var": "age"}, 18]} on {"age": null} panzi-json-logic true
{"%": [{"var": "n"}, 3]} on {"n": -7} panzi-json-logic 2
{"missing": ["name", "phone"]} on {"name": "Linh", "phone": ""} panzi-json-logic ["phone"]
{"cat": ["n=", {"var": "n"}]} on {"n": 1.0} panzi-json-logic "n=1"
END
