#!/usr/bin/env bash
# Inline XBRL: a figure that a company says it has not is 0 for two readers, and page numbers get into its texts.
# Standard: Inline XBRL 1.1, ix:nonFraction with xsi:nil (no value, in the fact that is made as well), ix:exclude (its
# text is no part of the value), escape="true" (the markup is), ix:fraction; XBRL 2.1, 4.6 (items, numbers of any length).
# For a node: "not reported" and "none" are one in an annual or sustainability report: means sink, and a duty to report
# looks fulfilled. Ask for xsi:nil in the document itself, and check sums before a figure goes into a data set.
. "$(dirname "$0")/_room.sh"
guess "ixbrlparse and ixbrl-parse give no value for nil, 'We plant trees.' without the page, all 19 digits, and one third"
found "both give 0 for nil, 'page 7' in the text, a float for the digits, and nothing at all for the fraction"
export source_packages=word2number
python_with ixbrlparse==0.12.0 ixbrl-parse==0.11.0 rdflib==7.6.0 requests==2.32.5
cat >"$room/report.html" <<'XML'
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:ix="http://www.xbrl.org/2013/inlineXBRL" xmlns:e="https://a.example/"
 xmlns:ixt="http://www.xbrl.org/inlineXBRL/transformation/2020-02-12" xmlns:xbrli="http://www.xbrl.org/2003/instance"
 xmlns:iso4217="http://www.xbrl.org/2003/iso4217" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:link="http://www.xbrl.org/2003/linkbase" xmlns:xlink="http://www.w3.org/1999/xlink"><head><title>a</title></head>
<body>
<div style="display:none"><ix:header><ix:references><link:schemaRef xlink:type="simple" xlink:href="a.xsd"/></ix:references>
<ix:resources><xbrli:context id="c"><xbrli:entity><xbrli:identifier scheme="http://standards.iso.org/iso/17442"
>529900T8BM49AURSDO55</xbrli:identifier></xbrli:entity><xbrli:period><xbrli:instant>2025-12-31</xbrli:instant></xbrli:period>
</xbrli:context><xbrli:unit id="u"><xbrli:measure>iso4217:VND</xbrli:measure></xbrli:unit></ix:resources></ix:header></div>
<p><ix:nonFraction name="e:Waste" contextRef="c" unitRef="u" xsi:nil="true"/>
<ix:nonFraction name="e:Zero" contextRef="c" unitRef="u" decimals="0" format="ixt:fixed-zero">-</ix:nonFraction>
<ix:nonFraction name="e:Large" contextRef="c" unitRef="u" decimals="2">12345678901234567.89</ix:nonFraction>
<ix:fraction name="e:Third" contextRef="c" unitRef="u"><ix:numerator>1</ix:numerator> of
<ix:denominator>3</ix:denominator></ix:fraction>
<ix:nonNumeric name="e:Policy" contextRef="c" continuedAt="k">We plant</ix:nonNumeric>
<ix:continuation id="k"> trees<ix:exclude> page 7 </ix:exclude>.</ix:continuation>
<ix:nonNumeric name="e:Note" contextRef="c" escape="true">H<sub>2</sub>O</ix:nonNumeric></p></body></html>
XML
python_sees <<'PY'
import logging
from lxml import etree
from ixbrl_parse.ixbrl import parse
from ixbrlparse import IXBRL
logging.disable()
report = IXBRL(open("report.html"), raise_on_error=False)
for fact in report.numeric + report.nonnumeric:
    print("ixbrlparse", fact.name.split(":")[-1], repr(fact.value))
print("ixbrlparse errors", len(report.errors))
for fact in parse(etree.parse("report.html")).values.values():
    print("ixbrl-parse", fact.name.localname, repr(fact.to_value().get_value()))
PY
unchanged <<'END'
ixbrlparse Waste 0
ixbrlparse Zero 0
ixbrlparse Large 1.2345678901234568e+16
ixbrlparse Policy 'We plant trees page 7 .'
ixbrlparse Note 'H2O'
ixbrlparse errors 0
ixbrl-parse Policy 'We plant trees page 7 .'
ixbrl-parse Note 'H2O'
ixbrl-parse Waste 0.0
ixbrl-parse Zero 0
ixbrl-parse Large 1.2345678901234568e+16
END
