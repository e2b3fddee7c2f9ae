#!/usr/bin/env bash
# OpenAPI Overlay: a tag or a server that an overlay adds to a list turns the list into an object, or one of two tools
# stops.
# Standard: OpenAPI Overlay Specification 1.0.0, 4.4.3 (Action Object): where the target is an array, the value of
# update is an entry to append; target is a JSONPath of RFC 9535, in which a filter stands as [?@.name=='q'] and may
# select any node.
# For a node: a partner's description of an interface is adapted by overlays (own servers, own security); the result is
# no OpenAPI any more and nothing says so, or the same overlay works at one side alone. Check the result against the
# schema of OpenAPI 3.1 after an overlay, and name the tool beside it.
. "$(dirname "$0")/_room.sh"
guess "oas-patch and openapi-overlays-js give the same document for the four ordinary actions, or refuse an overlay"
found "in JavaScript a list becomes an object, and RFC 9535's filters do nothing; oas-patch cannot update what one selects"
python_with oas-patch==0.6.0
node_with openapi-overlays-js@0.2.0
cat >"$room/document.json" <<'JSON'
{"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "tags": [{"name": "x"}], "servers": [{"url": "https://one.example"}],
 "paths": {"/a": {"get": {"parameters": [{"name": "p", "in": "query"}, {"name": "q", "in": "query"}], "responses": {}}}}}
JSON
cat >"$room/actions.json" <<'JSON'
[["tags", {"target": "$.tags", "update": {"name": "y"}}],
 ["servers", {"target": "$.servers", "update": {"url": "https://two.example"}}],
 ["paths", {"target": "$.paths['/a'].get.parameters[?@.name=='q']", "update": {"required": true}}],
 ["paths", {"target": "$.paths['/a'].get.parameters[?@.name=='p']", "remove": true}]]
JSON
python_sees <<'PY'
import json
from oas_patch.overlay import apply_overlay
for member, action in json.load(open("actions.json")):
    overlay = {"overlay": "1.0.0", "info": {"title": "o", "version": "1"}, "actions": [action]}
    try:
        seen = json.dumps(apply_overlay(json.load(open("document.json")), overlay)[member])
    except Exception as error:
        seen = type(error).__name__
    print("oas-patch", action["target"], seen)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { applyOverlay } from 'openapi-overlays-js/src/overlay.js'
console.error = () => {}
for (const [member, action] of JSON.parse(readFileSync('actions.json', 'utf8'))) {
  let seen
  try {
    const overlay = { overlay: '1.0.0', info: { title: 'o', version: '1' }, actions: [action] }
    seen = JSON.stringify(applyOverlay(JSON.parse(readFileSync('document.json', 'utf8')), overlay)[member])
  } catch (error) { seen = error.name }
  console.log('openapi-overlays-js', action.target, seen)
}
JS
unchanged <<'END'
oas-patch $.tags [{"name": "x"}, {"name": "y"}]
oas-patch $.servers [{"url": "https://one.example"}, {"url": "https://two.example"}]
oas-patch $.paths['/a'].get.parameters[?@.name=='q'] TypeError
oas-patch $.paths['/a'].get.parameters[?@.name=='p'] {"/a": {"get": {"parameters": [{"name": "q", "in": "query"}], "responses": {}}}}
openapi-overlays-js $.tags {"0":{"name":"x"},"name":"y"}
openapi-overlays-js $.servers {"0":{"url":"https://one.example"},"url":"https://two.example"}
openapi-overlays-js $.paths['/a'].get.parameters[?@.name=='q'] {"/a":{"get":{"parameters":[{"name":"p","in":"query"},{"name":"q","in":"query"}],"responses":{}}}}
openapi-overlays-js $.paths['/a'].get.parameters[?@.name=='p'] Error
END
