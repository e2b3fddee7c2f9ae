#!/usr/bin/env bash
# HTTP message signatures: a signed query with an apostrophe, a bracket, a space or an accent has three texts.
# Standard: RFC 9421, 2.2.8: the value of a query parameter is decoded and percent-encoded again, all but letters,
# digits and *-._, a space as %20; 2.2.7: @query is the query as it was sent, in which RFC 3986 (3.4) allows an
# apostrophe.
# For a node: a signed request "?name=O'Neil", "?place=Hue (city)" or "?place=Huế" is refused by a partner of another
# language as forged, and one for plain words is taken. Cover @target-uri or @query, and percent-encode each character
# but letters, digits and -._ in what is sent.
. "$(dirname "$0")/_room.sh"
guess "three libraries take the same value for each part, since the other side signs or checks over it"
found "Python has O%27Neil, one in JavaScript O'Neil, one 'a b' and \\u1ebf bare; both have %27 in @query for the ' sent"
python_with http-message-signatures==3.0.0
node_with http-message-signatures@1.0.6 @misskey-dev/node-http-message-signatures@0.0.10
cat >"$room/queries.json" <<'JSON'
["?x=Hue", "?x=O'Neil", "?x=Hue%20(city)", "?x=a+b", "?x=Hu%E1%BA%BF"]
JSON
python_sees <<'PY'
import json
from types import SimpleNamespace
import http_sf
from http_message_signatures import HTTPSignatureComponentResolver
for query in json.load(open("queries.json")):
    message = SimpleNamespace(method="GET", url="https://example.com/a" + query, headers={})
    for part in ('"@query-param";name="x"', '"@query"'):
        component = http_sf.compat.Item()
        component.parse(part.encode())
        print("Python", query, part, HTTPSignatureComponentResolver(message).resolve(component))
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { httpbis } from 'http-message-signatures'
import { RFC9421SignatureBaseFactory } from '@misskey-dev/node-http-message-signatures'
const ascii = (text) => text.replace(/[^ -~]/g, (one) => '\\u' + one.codePointAt(0).toString(16))
for (const query of JSON.parse(readFileSync('queries.json', 'utf8'))) {
  for (const part of ['"@query-param";name="x"', '"@query"']) {
    const fields = [part.replace('"@query-param"', '@query-param').replace('"@query"', '@query')]
    const one = httpbis.createSignatureBase({ fields }, { method: 'GET', url: 'https://example.com/a' + query, headers: {} })
    console.log('http-message-signatures', query, part, one[0][1].join())
    const headers = { host: 'example.com', 'signature-input': `s=(${part});created=1` }
    const two = new RFC9421SignatureBaseFactory({ method: 'GET', url: '/a' + query, headers }, 'https').generate('s')
    console.log('@misskey-dev', query, part, ascii(two.split('\n')[0].slice(part.length + 2)))
  }
}
JS
unchanged <<'END'
Python ?x=Hue "@query-param";name="x" Hue
Python ?x=Hue "@query" ?x=Hue
Python ?x=O'Neil "@query-param";name="x" O%27Neil
Python ?x=O'Neil "@query" ?x=O'Neil
Python ?x=Hue%20(city) "@query-param";name="x" Hue%20%28city%29
Python ?x=Hue%20(city) "@query" ?x=Hue%20(city)
Python ?x=a+b "@query-param";name="x" a%20b
Python ?x=a+b "@query" ?x=a+b
Python ?x=Hu%E1%BA%BF "@query-param";name="x" Hu%E1%BA%BF
Python ?x=Hu%E1%BA%BF "@query" ?x=Hu%E1%BA%BF
http-message-signatures ?x=Hue "@query-param";name="x" Hue
@misskey-dev ?x=Hue "@query-param";name="x" Hue
http-message-signatures ?x=Hue "@query" ?x=Hue
@misskey-dev ?x=Hue "@query" ?x=Hue
http-message-signatures ?x=O'Neil "@query-param";name="x" O'Neil
@misskey-dev ?x=O'Neil "@query-param";name="x" O'Neil
http-message-signatures ?x=O'Neil "@query" ?x=O%27Neil
@misskey-dev ?x=O'Neil "@query" ?x=O%27Neil
http-message-signatures ?x=Hue%20(city) "@query-param";name="x" Hue%20(city)
@misskey-dev ?x=Hue%20(city) "@query-param";name="x" Hue (city)
http-message-signatures ?x=Hue%20(city) "@query" ?x=Hue%20(city)
@misskey-dev ?x=Hue%20(city) "@query" ?x=Hue%20(city)
http-message-signatures ?x=a+b "@query-param";name="x" a%20b
@misskey-dev ?x=a+b "@query-param";name="x" a b
http-message-signatures ?x=a+b "@query" ?x=a+b
@misskey-dev ?x=a+b "@query" ?x=a+b
http-message-signatures ?x=Hu%E1%BA%BF "@query-param";name="x" Hu%E1%BA%BF
@misskey-dev ?x=Hu%E1%BA%BF "@query-param";name="x" Hu\u1ebf
http-message-signatures ?x=Hu%E1%BA%BF "@query" ?x=Hu%E1%BA%BF
@misskey-dev ?x=Hu%E1%BA%BF "@query" ?x=Hu%E1%BA%BF
END
