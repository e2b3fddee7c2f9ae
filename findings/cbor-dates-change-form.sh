#!/usr/bin/env bash
# CBOR: three libraries decode a date of a mobile document and encode it again as something else.
# Standard: RFC 8949, 3.4.1 (tag 0: text) and 3.4.2 (tag 1: seconds), RFC 8943 (tag 1004: full-date text);
# ISO/IEC 18013-5 wants tdate (tag 0) in validityInfo and full-date (1004) for birth_date.
# For a node: decoded and encoded again, the digest of an item and the signature over the MSO no longer fit, and a day
# of birth becomes an instant that is another day elsewhere. Keep the encoded bytes (tag 24), never the value.
. "$(dirname "$0")/_room.sh"
guess "tag 0 stays tag 0, tag 1004 stays tag 1004, tag 1 stays tag 1"
found "npm cbor2 writes all three as tag 1, npm cbor-x tag 0 as tag 1, PyPI cbor2 tag 1 as tag 0 text"
python_with cbor2==6.3.0
node_with cbor2@2.3.0 cbor-x@1.6.9
printf '%s\n' c074323032362d30312d30315430303a30303a30305a d903ec6a323032362d30312d3031 c11a6955b900 >"$room/dates"
python_sees <<'PY'
import cbor2
for line in open("dates"):
    print("PyPI cbor2", line.strip(), "->", cbor2.dumps(cbor2.loads(bytes.fromhex(line))).hex())
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import * as cbor2 from 'cbor2'
import * as cborX from 'cbor-x'
for (const [name, library] of Object.entries({ 'npm cbor2': cbor2, 'npm cbor-x': cborX })) {
  for (const line of readFileSync('dates', 'utf8').trim().split('\n')) {
    const value = library.decode(Buffer.from(line, 'hex'))
    console.log(name, line, '->', Buffer.from(library.encode(value)).toString('hex'))
  }
}
JS
unchanged <<'END'
PyPI cbor2 c074323032362d30312d30315430303a30303a30305a -> c074323032362d30312d30315430303a30303a30305a
PyPI cbor2 d903ec6a323032362d30312d3031 -> d903ec6a323032362d30312d3031
PyPI cbor2 c11a6955b900 -> c074323032362d30312d30315430303a30303a30305a
npm cbor2 c074323032362d30312d30315430303a30303a30305a -> c11a6955b900
npm cbor2 d903ec6a323032362d30312d3031 -> c11a6955b900
npm cbor2 c11a6955b900 -> c11a6955b900
npm cbor-x c074323032362d30312d30315430303a30303a30305a -> c11a6955b900
npm cbor-x d903ec6a323032362d30312d3031 -> d903ec6a323032362d30312d3031
npm cbor-x c11a6955b900 -> c11a6955b900
END
