#!/usr/bin/env bash
# MARCXML: what Python writes has no title, subject or link in JavaScript, for the tag stands behind the indicators
# there.
# Standard: XML 1.0, 3.1: the order of the attributes of an element means nothing, and an empty element may be written
# <subfield code="a"/>; the Library of Congress' MARC21slim schema asks for tag, ind1 and ind2 in any order.
# For a node: a library's or an archive's catalogue, harvested as MARCXML (OAI-PMH) and read by the other side, has
# records of which the control fields are there and no field has its name; a search for titles finds none, with no
# error. Count 245 after reading; exchange ISO 2709, which both read alike.
. "$(dirname "$0")/_room.sh"
guess "marcjs reads from pymarc's MARCXML what it reads from pymarc's ISO 2709: the same fields"
found "from XML each data field is named by an indicator's text, and an empty subfield swallows the next field; no error"
python_with pymarc==5.4.0
node_with marcjs@3.0.2
python_sees <<'PY'
from pymarc import Field, Indicators, Record, Subfield, parse_xml_to_array, record_to_xml
def field(tag, one, two, *pairs):
    return Field(tag=tag, indicators=Indicators(one, two), subfields=[Subfield(*pair) for pair in pairs])
record = Record(force_utf8=True)
record.add_field(Field(tag="001", data="7"), field("245", "0", "0", ("a", "Rice of Hue"), ("c", "Tran")),
                 field("500", " ", " ", ("a", "")), field("650", " ", "0", ("a", "Rice"), ("x", "Trade")))
with open("record.mrc", "wb") as file:
    file.write(record.as_marc())
with open("records.xml", "wb") as file:
    file.write(b"<collection>" + record_to_xml(record) + b"</collection>")
for one in parse_xml_to_array("records.xml"):
    print("pymarc, XML:", *(f"{field.tag} {field.value()}" for field in one.fields), sep=" | ")
PY
node_sees <<'JS'
import { createReadStream, readFileSync, writeFileSync } from 'node:fs'
import { Marc } from 'marcjs'
writeFileSync('tag-first.xml', readFileSync('records.xml', 'utf8').replace(/ (ind1="." ind2=".") (tag="...")/g, ' $2 $1').replace('<subfield code="a" />', '<subfield code="a"></subfield>'))
for (const [file, form] of [['record.mrc', 'Iso2709'], ['records.xml', 'Marcxml'], ['tag-first.xml', 'Marcxml']]) {
  for await (const record of createReadStream(file).pipe(Marc.createStream(form, 'Parser'))) {
    console.log(`marcjs, ${file}: | ${record.fields.map(([tag, ...rest]) => `${tag} ${rest.join(' ')}`).join(' | ')}`)
  }
}
JS
unchanged <<'END'
pymarc, XML: | 001 7 | 245 Rice of Hue Tran | 500  | 650 Rice Trade
marcjs, record.mrc: | 001 7 | 245 00 a Rice of Hue c Tran | 500    a  | 650  0 a Rice x Trade
marcjs, records.xml: | 001 7 | "0" "5 a Rice of Hue c Tran | " " "0 a /> "  ind2="0" tag="650"><subfield code="a">Rice x Trade c    | " " "0 a Rice x Trade
marcjs, tag-first.xml: | 001 7 | 245 00 a Rice of Hue c Tran | 500    a  | 650  0 a Rice x Trade
END
