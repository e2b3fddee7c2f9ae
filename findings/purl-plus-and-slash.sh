#!/usr/bin/env bash
# Package URLs: the two common libraries make different canonical texts, and different values, of one purl.
# Standard: purl specification, "Rules for each purl component" and "How to parse": components are percent-encoded
# strings, '+' is not among the characters left as they are, a decoded name may contain any character.
# For a node: a VEX statement or an ML-BOM component is found by its purl; matched by text across libraries it is
# silently not found (not affected!). Compare parsed components, and read them with one library.
. "$(dirname "$0")/_room.sh"
guess "one canonical text; name 'a/b' stays one name; '+' is written as %2B"
found "JavaScript writes '+' of a version bare; Python turns the name 'a/b' into namespace a and name b"
python_with packageurl-python==0.17.6
node_with packageurl-js@2.0.1
cat >"$room/purls" <<'END'
pkg:generic/model@1.0%2Bcpu
pkg:generic/model@1?variant=a%2Bb
pkg:generic/a%2Fb@1
END
python_sees <<'PY'
from packageurl import PackageURL
for line in open("purls"):
    purl = PackageURL.from_string(line.strip())
    again = PackageURL.from_string(purl.to_string())
    print("python", line.strip(), "->", purl.to_string(), again.namespace, again.name, dict(again.qualifiers))
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { PackageURL } from 'packageurl-js'
for (const line of readFileSync('purls', 'utf8').trim().split('\n')) {
  const purl = PackageURL.fromString(line)
  const again = PackageURL.fromString(purl.toString())
  console.log('javascript', line, '->', purl.toString(), again.namespace, again.name, JSON.stringify(again.qualifiers ?? {}))
}
JS
unchanged <<'END'
python pkg:generic/model@1.0%2Bcpu -> pkg:generic/model@1.0%2Bcpu None model {}
python pkg:generic/model@1?variant=a%2Bb -> pkg:generic/model@1?variant=a%2Bb None model {'variant': 'a+b'}
python pkg:generic/a%2Fb@1 -> pkg:generic/a/b@1 a b {}
javascript pkg:generic/model@1.0%2Bcpu -> pkg:generic/model@1.0+cpu undefined model {}
javascript pkg:generic/model@1?variant=a%2Bb -> pkg:generic/model@1?variant=a%2Bb undefined model {"variant":"a+b"}
javascript pkg:generic/a%2Fb@1 -> pkg:generic/a%2Fb@1 undefined a/b {}
END
