#!/usr/bin/env bash
# CloudEvents: JSON text "true" sent structured comes out of a gateway to binary mode as the boolean true.
# Standard: CloudEvents JSON Event Format 1.0.2, 3.1: with a JSON datacontenttype the "data" member IS the JSON
# value, so a string stays a JSON string (with quotes) when the event body is the data alone (HTTP binding 3.1.2).
# For a node: a code list value "007", "true" or "null" changes its type on the way; put data into objects, never
# bare scalars, and compare the data after the gateway.
. "$(dirname "$0")/_room.sh"
guess "the body of the binary message is \"true\" with its quotes"
found "both SDKs write the bare letters; Python reads a boolean (or a number) back, JavaScript the text again"
python_with cloudevents==2.2.0 python-dateutil==2.9.0.post0
node_with cloudevents@10.0.0
python_sees <<'PY'
from cloudevents.core.bindings import http
from cloudevents.core.formats.json import JSONFormat

for text in ("true", "10"):
    event = JSONFormat().read(None, b'{"specversion":"1.0","id":"1","source":"/s","type":"t",'
                                    b'"datacontenttype":"application/json","data":"%s"}' % text.encode())
    sent = http.to_binary(event, JSONFormat())
    back = http.from_binary(sent, JSONFormat()).get_data()
    print("python", repr(event.get_data()), "->", sent.body.decode(), "->", repr(back))
PY
node_sees <<'JS'
import { HTTP } from 'cloudevents'
for (const text of ['true', '10']) {
  const event = HTTP.toEvent({ headers: { 'content-type': 'application/cloudevents+json' },
    body: `{"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"application/json","data":"${text}"}` })
  const sent = HTTP.binary(event)
  console.log('javascript', JSON.stringify(event.data), '->', sent.body, '->', JSON.stringify(HTTP.toEvent(sent).data))
}
JS
unchanged <<'END'
python 'true' -> true -> True
python '10' -> 10 -> 10
javascript "true" -> true -> "true"
javascript "10" -> 10 -> "10"
END
