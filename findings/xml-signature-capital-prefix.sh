#!/usr/bin/env bash
# XML signature: an element with the prefixes SOAP-ENV and ds has another digest in JavaScript than everywhere else.
# Standard: Canonical XML 1.0, 2.2 and 2.3, and Exclusive XML Canonicalization 1.0: namespaces are written in the order
# of their prefixes by code points, in which all capitals stand before all small letters.
# For a node: a signed message, invoice or metadata of a partner whose prefixes mix capitals and small letters
# (SOAP-ENV, SAMLP beside ds or wsu) looks forged, and one signed in JavaScript does so at all others. Use small
# prefixes where you sign, and verify with libxml2 before an answer "forged" leaves the house.
. "$(dirname "$0")/_room.sh"
guess "xml-crypto writes the same octets as libxml2 (lxml) for four valid elements, for both canonical forms"
found "where a capital and a small prefix meet, xml-crypto sorts as a dictionary does (ds before SOAP-ENV), in both forms"
python_with lxml==6.1.3
node_with xml-crypto@6.3.2 @xmldom/xmldom@0.8.15
cat >"$room/elements.json" <<'JSON'
["<p:a xmlns:p='urn:p' xmlns:ds='urn:ds' ds:x='1'/>", "<SOAP-ENV:Body xmlns:SOAP-ENV='urn:s' xmlns:ds='urn:ds' ds:x='1'/>",
 "<a xmlns:S='urn:s' xmlns:e='urn:e'><b S:x='1' e:y='2'/></a>", "<a Zone='1' area='2' ID='3'/>"]
JSON
python_sees <<'PY'
import json
from lxml import etree
for text in json.load(open("elements.json")):
    for form, exclusive in (("1.0", False), ("exclusive", True)):
        print("lxml", form, etree.tostring(etree.fromstring(text), method="c14n", exclusive=exclusive).decode())
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { DOMParser } from '@xmldom/xmldom'
import { C14nCanonicalization, ExclusiveCanonicalization } from 'xml-crypto'
for (const text of JSON.parse(readFileSync('elements.json', 'utf8'))) {
  for (const [form, Canonical] of [['1.0', C14nCanonicalization], ['exclusive', ExclusiveCanonicalization]]) {
    const element = new DOMParser().parseFromString(text, 'text/xml').documentElement
    console.log('xml-crypto', form, new Canonical().process(element, {}).toString())
  }
}
JS
unchanged <<'END'
lxml 1.0 <p:a xmlns:ds="urn:ds" xmlns:p="urn:p" ds:x="1"></p:a>
lxml exclusive <p:a xmlns:ds="urn:ds" xmlns:p="urn:p" ds:x="1"></p:a>
lxml 1.0 <SOAP-ENV:Body xmlns:SOAP-ENV="urn:s" xmlns:ds="urn:ds" ds:x="1"></SOAP-ENV:Body>
lxml exclusive <SOAP-ENV:Body xmlns:SOAP-ENV="urn:s" xmlns:ds="urn:ds" ds:x="1"></SOAP-ENV:Body>
lxml 1.0 <a xmlns:S="urn:s" xmlns:e="urn:e"><b e:y="2" S:x="1"></b></a>
lxml exclusive <a><b xmlns:S="urn:s" xmlns:e="urn:e" e:y="2" S:x="1"></b></a>
lxml 1.0 <a ID="3" Zone="1" area="2"></a>
lxml exclusive <a ID="3" Zone="1" area="2"></a>
xml-crypto 1.0 <p:a xmlns:ds="urn:ds" xmlns:p="urn:p" ds:x="1"></p:a>
xml-crypto exclusive <p:a xmlns:ds="urn:ds" xmlns:p="urn:p" ds:x="1"></p:a>
xml-crypto 1.0 <SOAP-ENV:Body xmlns:ds="urn:ds" xmlns:SOAP-ENV="urn:s" ds:x="1"></SOAP-ENV:Body>
xml-crypto exclusive <SOAP-ENV:Body xmlns:ds="urn:ds" xmlns:SOAP-ENV="urn:s" ds:x="1"></SOAP-ENV:Body>
xml-crypto 1.0 <a xmlns:e="urn:e" xmlns:S="urn:s"><b e:y="2" S:x="1"></b></a>
xml-crypto exclusive <a><b xmlns:e="urn:e" xmlns:S="urn:s" e:y="2" S:x="1"></b></a>
xml-crypto 1.0 <a ID="3" Zone="1" area="2"></a>
xml-crypto exclusive <a ID="3" Zone="1" area="2"></a>
END
