#!/usr/bin/env bash
# EDIFACT: pydifact reads no interchange with groups, mixes up a repetition and a literal asterisk, and writes the
# date of syntax 4 in the form of syntax 3.
# Standard: ISO 9735-1:2002 (syntax version 4): UNG and UNE group messages; the repetition separator '*' and its
# escaped form '?*'; UNB composite S004 has eight digits of date (version 3 has six).
# For a node: a customs or shipping partner's interchange is refused as broken ("UNH was not closed"), or a text with
# an asterisk comes out as two values, and the rewritten one has another date; its digest no longer fits. Keep the
# bytes received, and test with groups and repetitions before a trade partner does.
. "$(dirname "$0")/_room.sh"
guess "the groups' messages are read; a?*b and a*b are two things; what is written is what was read"
found "EDISyntaxError; both are the text a*b and written so; 20261128 becomes 261128"
python_with pydifact==0.2.3
python_sees <<'PY'
from pydifact.segmentcollection import Interchange
from pydifact.exceptions import EDISyntaxError
head = "UNA:+.?*'UNB+UNOC:4+S:14+R:14+20261128:1200+1'"
message = "UNH+1+ORDERS:D:96A:UN'%sUNT+3+1'"
for name, text in (
    ("groups", head + "UNG+ORDERS+S+R+20261128:1200+G+UN+D:96A'" + message % "BGM+220'" + "UNE+1+G'UNZ+1+1'"),
    ("escaped", head + message % "FTX+a?*b'" + "UNZ+1+1'"),
    ("repeated", head + message % "FTX+a*b'" + "UNZ+1+1'"),
):
    interchange = Interchange.from_str(text)
    try:
        print(name, [segment.elements for part in interchange.get_messages() for segment in part.segments])
    except EDISyntaxError as error:
        print(name, type(error).__name__, error)
    print(name, interchange.serialize())
PY
unchanged <<'END'
groups EDISyntaxError EDIFACT Syntax Error: UNH segment was not closed with a UNT segment.
groups UNA:+.?*'UNB+UNOC:4+S:14+R:14+261128:1200+1'UNG+ORDERS+S+R+20261128:1200+G+UN+D:96A'UNH+1+ORDERS:D:96A:UN'BGM+220'UNT+3+1'UNE+1+G'UNZ+1+1'
escaped [['a*b']]
escaped UNA:+.?*'UNB+UNOC:4+S:14+R:14+261128:1200+1'UNH+1+ORDERS:D:96A:UN'FTX+a*b'UNT+3+1'UNZ+1+1'
repeated [['a*b']]
repeated UNA:+.?*'UNB+UNOC:4+S:14+R:14+261128:1200+1'UNH+1+ORDERS:D:96A:UN'FTX+a*b'UNT+3+1'UNZ+1+1'
END
