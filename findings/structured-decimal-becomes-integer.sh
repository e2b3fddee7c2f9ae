#!/usr/bin/env bash
# HTTP structured fields: the decimal 1.0 is read and written again as the integer 1 in JavaScript, as 1.0 in Python.
# Standard: RFC 9651, 3.3.2 and 4.1.5: integers and decimals are two types, and a decimal is written with a fraction.
# For a node: a signature over the strict form of such a field (RFC 9421, 2.1.1, "sf") does not verify at the other, for
# a weight or price of 1.0 but not of 1.5; and its type changes with its value. Sign the field's bytes as they came.
. "$(dirname "$0")/_room.sh"
guess "a decimal stays a decimal: 1.0 and 2.50 are written as 1.0 and 2.5 by both"
found "JavaScript has one number, and the library keeps no type beside it: 1.0 becomes the integer 1"
python_with http-sf==1.5.0
node_with structured-headers@2.1.0
python_sees <<'PY'
import http_sf
for text in (b"1.5", b"2.50", b"1.0", b"2.00;q=1.0"):
    print("python", text.decode(), "->", http_sf.ser(http_sf.parse(text, tltype="item")))
PY
node_sees <<'JS'
import { parseItem, serializeItem } from 'structured-headers'
for (const text of ['1.5', '2.50', '1.0', '2.00;q=1.0']) console.log('javascript', text, '->', serializeItem(parseItem(text)))
JS
unchanged <<'END'
python 1.5 -> 1.5
python 2.50 -> 2.5
python 1.0 -> 1.0
python 2.00;q=1.0 -> 2.0;q=1.0
javascript 1.5 -> 1.5
javascript 2.50 -> 2.5
javascript 1.0 -> 1
javascript 2.00;q=1.0 -> 2;q=1
END
