#!/usr/bin/env bash
# Schematron in JavaScript: an invoice of 0.10 and 0.20 does not add up to 0.30, and 1.15 is not 115 cents.
# Standard: XPath and XQuery functions 3.1, 4.2 (xs:decimal is exact in addition, subtraction and multiplication) and
# XML Schema 2, 3.2.3 (at least 18 digits); business rules of EN 16931 and Peppol compare sums of xs:decimal.
# For a node: a correct invoice or customs declaration is refused by one partner's check and taken by the other's, by the
# same rules, with the rule's own text as the reason; a wrong sum of many digits passes. Run such rules on an engine that
# counts decimals exactly, and name it beside the verdict.
. "$(dirname "$0")/_room.sh"
guess "node-schematron (on fontoxpath) fails what elementpath finds false: the rule 'large', whose total is wrong, alone"
found "node-schematron fails the three rules that hold (sum, cents, tax) and passes the one that does not"
python_with elementpath==5.1.4
node_with node-schematron@2.1.0
cat >"$room/rules.sch" <<'XML'
<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2">
  <ns prefix="xs" uri="http://www.w3.org/2001/XMLSchema"/>
  <pattern><rule context="/invoice">
    <assert id="sum" test="sum(line/xs:decimal(.)) = xs:decimal(total)">the lines add up to the total</assert>
    <assert id="cents" test="xs:decimal(price) * 100 = xs:decimal(cents)">the price is so many cents</assert>
    <assert id="tax" test="round(xs:decimal(base) * 10 * 10) div 100 = xs:decimal(rounded)">the tax is rounded up</assert>
    <assert id="large" test="xs:decimal(part) + xs:decimal(part) = xs:decimal(whole)">twice the part is the whole</assert>
  </rule></pattern>
</schema>
XML
cat >"$room/invoice.xml" <<'XML'
<invoice><line>0.10</line><line>0.20</line><total>0.30</total><price>1.15</price><cents>115</cents>
<base>1.005</base><rounded>1.01</rounded><part>45000000000000.005</part><whole>90000000000000.02</whole></invoice>
XML
python_sees <<'PY'
from xml.etree import ElementTree
import elementpath
invoice = ElementTree.parse("invoice.xml")
for rule in ElementTree.parse("rules.sch").iterfind(".//{*}assert"):
    holds = elementpath.select(invoice, f"boolean(/invoice[{rule.get('test')}])")
    print("elementpath", rule.get("id"), "holds" if holds else "fails")
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { Schema } from 'node-schematron'
const schema = Schema.fromString(readFileSync('rules.sch', 'utf8'))
const failed = schema.validateString(readFileSync('invoice.xml', 'utf8')).map((result) => result.assertId)
for (const id of ['sum', 'cents', 'tax', 'large']) console.log('node-schematron', id, failed.includes(id) ? 'fails' : 'holds')
JS
unchanged <<'END'
elementpath sum holds
elementpath cents holds
elementpath tax holds
elementpath large fails
node-schematron sum fails
node-schematron cents fails
node-schematron tax fails
node-schematron large holds
END
