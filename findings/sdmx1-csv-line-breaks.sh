#!/usr/bin/env bash
# sdmx1: a line break within a quoted field of SDMX-CSV is gone, and the words on both sides are one word.
# Standard: SDMX-CSV 2.0 follows RFC 4180, whose §2.6 lets a quoted field hold line breaks, which are then part of it.
# U+2028 and U+0085 are no line breaks of CSV at all.
# For a node: a note on a count ("revised" / "see table 2") comes back as another text, so its digest, a comparison with
# what was published, or a search for a word fails; pysdmx has the same text as the file. Notes are for people only.
. "$(dirname "$0")/_room.sh"
guess "both readers of SDMX give the comment as it stands in the file"
found "sdmx1 cuts the file into lines before it reads fields, and glues them without what was between"
python_with sdmx1==2.28.0 'pysdmx[data]==1.21.0' pandas==2.3.3 numpy==2.0.2
python_sees <<'PY'
import io
from pathlib import Path

import sdmx
from pysdmx.io import read_sdmx
from sdmx.model import common, v30

csv = "STRUCTURE,STRUCTURE_ID,ACTION,GEO,TIME_PERIOD,OBS_VALUE,COMMENT\n" + "".join(
    f'dataflow,A:LAB(1.0),I,{geo},2026,5,"{text}"\n'
    for geo, text in (("VN", "revised\nsee table 2"), ("KR", "two\u2028lines"), ("TH", "next\u0085line"))
)
Path("lab.csv").write_text(csv, encoding="utf-8", newline="")
told = {"id": "LAB", "version": "1.0", "maintainer": common.Agency(id="A")}
structure = v30.DataStructureDefinition(**told)
structure.dimensions.extend(common.Dimension(id=name) for name in ("GEO", "TIME_PERIOD"))
structure.attributes.append(common.DataAttribute(id="COMMENT"))
structure.measures.append(v30.Measure(id="OBS_VALUE"))
(ours,) = sdmx.read_sdmx("lab.csv", structure=v30.Dataflow(**told, structure=structure)).data
for one in ours.obs:
    print("sdmx1 ", ascii(one.attached_attribute["COMMENT"].value))
(theirs,) = read_sdmx(io.BytesIO(csv.encode()), validate=False).data
for row in theirs.data.to_dict("records"):
    print("pysdmx", ascii(row["COMMENT"]))
PY
unchanged <<'END'
sdmx1  'revisedsee table 2'
sdmx1  'twolines'
sdmx1  'nextline'
pysdmx 'revised\nsee table 2'
pysdmx 'two\u2028lines'
pysdmx 'next\x85line'
END
