#!/usr/bin/env bash
# SCIM: "a or b and c" is "(a or b) and c" for one reader of filters, and nobody's level is below zero.
# Standard: RFC 7644, 3.4.2.2: "and" binds before "or", a name of an attribute is written in either case, a text is
# compared by the attribute's caseExact (userName: false), and a comparison value is any number of JSON.
# For a node: a directory asked for the people of a partner gives others at one server than at the next, by the same
# filter and without an error, or refuses it. Put brackets around each "and", and ask for one thing at a time.
. "$(dirname "$0")/_room.sh"
guess "three readers give all of these: an and binh with 'or … and', an for AN, binh for 'not (…) and', both for -1"
found "scim2-filter-parser has binh alone and refuses -1; of both in JavaScript one refuses 'not … and', one knows no AN"
export source_packages=sly
python_with scim2-filter-parser==0.7.0 sly==0.5
node_with scim-query-filter-parser@2.0.4 scim2-parse-filter@0.2.10
cat >"$room/filters" <<'TEXT'
userName eq "an" or userName eq "binh" and active eq true
userName eq "AN"
not (userName eq "an") and active eq true
level gt -1
TEXT
cat >"$room/people.json" <<'JSON'
[{"userName": "an", "active": false, "level": 1}, {"userName": "binh", "active": true, "level": 2}]
JSON
python_sees <<'PY'
import json
import sqlite3
from scim2_filter_parser.queries import SQLQuery
database = sqlite3.connect(":memory:")
database.execute("create table person (name, active, level)")
for person in json.load(open("people.json")):
    database.execute("insert into person values (?, ?, ?)",
                     (person["userName"], str(person["active"]).upper(), person["level"]))
columns = {("userName", None, None): "name", ("active", None, None): "active", ("level", None, None): "level"}
for line in open("filters"):
    try:
        query = SQLQuery(line.strip(), "person", columns)
        sql = "select name from person where " + query.where_sql.format(**{name: f":{name}" for name in query.params_dict})
        print("scim2-filter-parser:", line.strip(), "->", *(row[0] for row in database.execute(sql, query.params_dict)))
    except ValueError as error:
        print("scim2-filter-parser:", line.strip(), "->", type(error).__name__)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { compileFilter } from 'scim-query-filter-parser'
import { filter, parse } from 'scim2-parse-filter'
const people = JSON.parse(readFileSync('people.json', 'utf8'))
const readers = [['scim-query-filter-parser', compileFilter], ['scim2-parse-filter', (text) => filter(parse(text))]]
for (const line of readFileSync('filters', 'utf8').trim().split('\n')) {
  for (const [name, compile] of readers) {
    let told
    try {
      told = people.filter(compile(line)).map((person) => person.userName).join(' ')
    } catch (error) { told = error.message }
    console.log(`${name}: ${line} -> ${told}`)
  }
}
JS
unchanged <<'END'
scim2-filter-parser: userName eq "an" or userName eq "binh" and active eq true -> binh
scim2-filter-parser: userName eq "AN" -> an
scim2-filter-parser: not (userName eq "an") and active eq true -> binh
scim2-filter-parser: level gt -1 -> ValueError
scim-query-filter-parser: userName eq "an" or userName eq "binh" and active eq true -> an binh
scim2-parse-filter: userName eq "an" or userName eq "binh" and active eq true -> an binh
scim-query-filter-parser: userName eq "AN" -> an
scim2-parse-filter: userName eq "AN" -> 
scim-query-filter-parser: not (userName eq "an") and active eq true -> Failed to parse!
scim2-parse-filter: not (userName eq "an") and active eq true -> binh
scim-query-filter-parser: level gt -1 -> an binh
scim2-parse-filter: level gt -1 -> an binh
END
