#!/usr/bin/env bash
# CloudEvents over HTTP, binary mode: one SDK writes and reads percent-encoding, the other does neither.
# Standard: CloudEvents HTTP Protocol Binding 1.0.2, 3.1.3.2: a header value MUST percent-encode space, '"', '%'
# and everything outside U+0021..U+007E, and a receiver MUST decode it once.
# For a node: a subject with a space or an accent arrives as "%20" text from Python at JavaScript, and JavaScript
# sends bytes that the binding forbids. Between partners use structured mode (the whole event in the body).
. "$(dirname "$0")/_room.sh"
guess "both SDKs of the CloudEvents project write '%20' and read it back as a space"
found "Python does, JavaScript writes the space as it is and hands '%20' to the application"
python_with cloudevents==2.2.0 python-dateutil==2.9.0.post0
node_with cloudevents@10.0.0
python_sees <<'PY'
from cloudevents.core.bindings import http
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

event = CloudEvent({"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "subject": "lot 50% dry"}, None)
sent = http.to_binary(event, JSONFormat())
print("python writes:", sent.headers["ce-subject"])
print("python reads:", http.from_binary(sent, JSONFormat()).get_attributes()["subject"])
PY
node_sees <<'JS'
import { CloudEvent, HTTP } from 'cloudevents'
const sent = HTTP.binary(new CloudEvent({ id: '1', source: '/s', type: 't', subject: 'lot 50% dry' }))
console.log('javascript writes:', sent.headers['ce-subject'])
const headers = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't',
  'ce-subject': 'lot%2050%25%20dry', 'content-type': 'text/plain' }
console.log('javascript reads:', HTTP.toEvent({ headers, body: 'x' }).subject)
JS
unchanged <<'END'
python writes: lot%2050%25%20dry
python reads: lot 50% dry
javascript writes: lot 50% dry
javascript reads: lot%2050%25%20dry
END
