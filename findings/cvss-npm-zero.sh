#!/usr/bin/env bash
# cvss (npm): every CVSS 3.1 vector scores 0 and is rated "None", without an error.
# Standard: CVSS v3.1 specification, 6 (vector string) and 7.4: prefix "CVSS:3.1", the metrics and weights of 3.0.
# For a node: an advisory (CSAF, VEX) that says 9.8 reaches the partner as harmless; a score is only taken
# with the vector, and is computed again by a library that refuses what it does not know.
. "$(dirname "$0")/_room.sh"
guess "3.1 gives 9.8 as 3.0 does, or an error that says the version is unknown"
found "0 and None for 3.1"
node_with cvss@1.0.5
node_sees <<'JS'
import cvss from 'cvss'
for (const version of ['3.0', '3.1']) {
  const score = cvss.getScore(`CVSS:${version}/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H`)
  console.log(version, score, cvss.getRating(score))
}
JS
unchanged <<'END'
3.0 9.8 Critical
3.1 0 None
END
