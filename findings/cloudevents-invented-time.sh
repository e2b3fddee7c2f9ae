#!/usr/bin/env bash
# CloudEvents SDKs: an event without a time gets the time at which it was read; JavaScript cuts a given one.
# Standard: CloudEvents 1.0.2, "time" is OPTIONAL, an RFC 3339 timestamp (any offset, any fraction).
# For a node: an event passed on differs each time it is read: no digest, signature or de-duplication over what an
# SDK gives back, and no evidence taken from a "time" that the producer never wrote. Keep the bytes received.
. "$(dirname "$0")/_room.sh"
guess "absent stays absent; 2026-01-01T07:00:00.123456789+07:00 comes back as it was sent"
found "both add a time of their own; the JavaScript SDK keeps three digits and the instant, but not the offset"
python_with cloudevents==2.2.0 python-dateutil==2.9.0.post0
node_with cloudevents@10.0.0
python_sees <<'PY'
from cloudevents.core.formats.json import JSONFormat

event = JSONFormat().read(None, b'{"specversion":"1.0","id":"1","source":"/s","type":"t"}')
print("python absent:", "time" in event.get_attributes())
event = JSONFormat().read(None, b'{"specversion":"1.0","id":"1","source":"/s","type":"t",'
                                b'"time":"2026-01-01T07:00:00.123456789+07:00"}')
print("python given:", event.get_attributes()["time"].isoformat())
PY
node_sees <<'JS'
import { HTTP } from 'cloudevents'
const read = (extra) => HTTP.toEvent({
  headers: { 'content-type': 'application/cloudevents+json' },
  body: `{"specversion":"1.0","id":"1","source":"/s","type":"t"${extra}}` })
console.log('javascript absent:', 'time' in read('').toJSON())
console.log('javascript given:', read(',"time":"2026-01-01T07:00:00.123456789+07:00"').toJSON().time)
JS
unchanged <<'END'
python absent: True
python given: 2026-01-01T07:00:00.123456+07:00
javascript absent: true
javascript given: 2026-01-01T00:00:00.123Z
END
