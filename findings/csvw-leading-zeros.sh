#!/usr/bin/env bash
# CSVW: the library writes 42 as "0042" by the column's format 0000, and refuses "0042" by the same format.
# Standard: W3C Tabular Metadata, 6.4.2, with UTS 35 number patterns: 0 is a digit that is always there: 0042 fits 0000.
# For a node: a table with codes of a fixed width (occupation, customs chapter, region) fails its own description at this
# reader, though the publisher's tool is the same. Describe codes as strings with a regular expression.
. "$(dirname "$0")/_room.sh"
guess "what a format writes it reads: 0042 for 0000, 007.5 for 000.0, 07 for 00"
found "a leading zero is refused for every pattern of more than one zero; what the library itself has written is invalid"
python_with csvw==4.1.1
python_sees <<'PY'
from csvw.metadata import Datatype
for base, pattern, number in (("integer", "0000", 4242), ("integer", "0000", 42), ("integer", "00", 7), ("decimal", "000.0", 7.5)):
    column = Datatype.fromvalue({"base": base, "format": {"pattern": pattern}})
    text = column.formatted(number)
    try:
        print(pattern, "writes", number, "as", text, "and reads it as", column.read(text))
    except ValueError as error:
        print(pattern, "writes", number, "as", text, "and says:", error)
PY
unchanged <<'END'
0000 writes 4242 as 4242 and reads it as 4242
0000 writes 42 as 0042 and says: Invalid value "0042" for decimal with pattern "0000"
00 writes 7 as 07 and says: Invalid value "07" for decimal with pattern "00"
000.0 writes 7.5 as 007.5 and says: Invalid value "007.5" for decimal with pattern "000.0"
END
