#!/usr/bin/env bash
# XML by its schema: read and written again, the price of one kind stands behind another, and the document is valid.
# Standard: XML Schema 1, 3.8 (a sequence or choice with maxOccurs repeats as a whole; the order of the children is part
# of the element, and which optional child belongs to which repetition shows in that order alone).
# For a node: "adult 10, child (free), group 3 each" comes back as "child 3", a route has its ferry at the end; no check by
# the schema finds it. For such schemas generate classes with --compound-fields, or keep the XML as it came.
. "$(dirname "$0")/_room.sh"
guess "xsdata (classes by xsdata generate) and xmlschema (decode, encode) give the tree back, or refuse such a schema"
found "both write child 3 and group without a price, and both roads before the ferry; all of it is valid"
python_with 'xsdata[cli,lxml]==26.10' xmlschema==4.3.2
cat >"$room/a.xsd" <<'XML'
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:a" targetNamespace="urn:a" elementFormDefault="qualified">
  <xs:element name="fees"><xs:complexType><xs:sequence maxOccurs="unbounded">
    <xs:element name="kind" type="xs:string"/><xs:element name="price" type="xs:decimal" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="route"><xs:complexType><xs:choice maxOccurs="unbounded">
    <xs:element name="road" type="xs:string"/><xs:element name="ferry" type="xs:string"/>
  </xs:choice></xs:complexType></xs:element>
</xs:schema>
XML
(cd "$room" && PATH="$room/venv/bin:$PATH" xsdata generate a.xsd --package made >/dev/null 2>&1)
python_sees <<'PY'
import made
import xmlschema
from xml.etree import ElementTree
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.serializers import XmlSerializer
schema = xmlschema.XMLSchema("a.xsd")


def children(tree):
    return " ".join(f"{child.tag[7:]} {child.text}" for child in tree)


for name, inner in (("fees", "<kind>adult</kind><price>10</price><kind>child</kind><kind>group</kind><price>3</price>"),
                    ("route", "<road>A1</road><ferry>to Cat Ba</ferry><road>B2</road>")):
    text = f'<{name} xmlns="urn:a">{inner}</{name}>'
    print("given", children(ElementTree.fromstring(text)))
    tree = ElementTree.fromstring(XmlSerializer().render(XmlParser().from_string(text, getattr(made, name.title()))))
    print("xsdata", children(tree), "| valid:", schema.is_valid(tree))
    tree = schema.encode(schema.decode(text), path="{urn:a}" + name)
    print("xmlschema", children(tree), "| valid:", schema.is_valid(tree))
PY
unchanged <<'END'
given kind adult price 10 kind child kind group price 3
xsdata kind adult price 10 kind child price 3 kind group | valid: True
xmlschema kind adult price 10 kind child price 3 kind group | valid: True
given road A1 ferry to Cat Ba road B2
xsdata road A1 road B2 ferry to Cat Ba | valid: True
xmlschema road A1 road B2 ferry to Cat Ba | valid: True
END
