#!/usr/bin/env bash
# UUID version 7: the identifiers of the package "uuid7" say by the standard that they were made in the year 2203.
# Standard: RFC 9562, 5.7: the first 48 bits are the milliseconds since 1970; it is the time that others sort by and read.
# For a node: message and event ids of such a partner sort after everybody else's for 170 years, a check "not from the
# future" refuses them all, and two readers of one id see other times. Take ids as names; read no time from them.
. "$(dirname "$0")/_room.sh"
guess "an id of version 7 holds the present millisecond, so a reader of the standard gets today's date"
found "its 36 bits of seconds and a fraction (an early draft's layout) are under the version number 7 of the RFC"
python_with uuid7==0.1.0
node_with uuid@14.0.3
"$room/venv/bin/python" -c 'from uuid_extensions import uuid7; print(uuid7())' >"$room/id"
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { v7, validate, version } from 'uuid'
const years = (id) => new Date(parseInt(id.replace('-', '').slice(0, 12), 16)).getUTCFullYear() - new Date().getUTCFullYear()
const theirs = readFileSync('id', 'utf8').trim()
console.log('valid:', validate(theirs), 'version:', version(theirs))
console.log('more than 150 years ahead:', years(theirs) > 150)
console.log('npm uuid, years ahead:', years(v7()))
console.log('sorts after one made later by npm uuid:', theirs > v7())
JS
unchanged <<'END'
valid: true version: 7
more than 150 years ahead: true
npm uuid, years ahead: 0
sorts after one made later by npm uuid: true
END
