#!/usr/bin/env bash
# pysdmx: codes read from SDMX-CSV lose their zeros, and then look like text; from SDMX-ML they keep them.
# Standard: SDMX-CSV 2.0 field guide: the columns of dimensions hold the codes of their code lists ("0110" in ISCO-08, a
# province "01"); observation values keep their written form.
# For a node: the same labour table has occupation 110 by CSV and 0110 by XML; 0110 (armed forces) joins with nothing, or
# with another code, 1e5 is "100000.0", and 9007199254740993.10 is another number. Read SDMX-CSV with all columns as text.
. "$(dirname "$0")/_room.sh"
guess "every column is text as in the file, since the columns come out as text (and do so for SDMX-ML)"
found "types are guessed first and turned into text afterwards: 1, 110, 2.5"
python_with 'pysdmx[data,xml]==1.21.0' pandas==2.3.3 numpy==2.0.2
python_sees <<'PY'
import io
from pysdmx.io import read_sdmx

csv = """STRUCTURE,STRUCTURE_ID,ACTION,GEO,ISCO,TIME_PERIOD,OBS_VALUE
dataflow,A:LAB(1.0),I,01,0110,2026,9007199254740993.10
dataflow,A:LAB(1.0),I,02,0210,2026,2.50
"""
xml = """<?xml version="1.0"?><m:StructureSpecificData
 xmlns:m="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"
 xmlns:c="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common"
 xmlns:ss="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/structurespecific"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:ns1="urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=A:LAB(1.0):ObsLevelDim:AllDimensions"><m:Header>
 <m:ID>a</m:ID><m:Test>false</m:Test><m:Prepared>2026-01-01T00:00:00</m:Prepared><m:Sender id="A"/>
 <m:Structure structureID="LAB" namespace="urn:a" dimensionAtObservation="AllDimensions"><c:Structure>
 <Ref agencyID="A" id="LAB" version="1.0" class="DataStructure"/></c:Structure></m:Structure></m:Header>
 <m:DataSet ss:structureRef="LAB" xsi:type="ns1:DataSetType" ss:dataScope="DataStructure" ss:action="Replace">
 <Obs GEO="01" ISCO="0110" TIME_PERIOD="2026" OBS_VALUE="9007199254740993.10"/>
 <Obs GEO="02" ISCO="0210" TIME_PERIOD="2026" OBS_VALUE="2.50"/></m:DataSet></m:StructureSpecificData>"""
for name, text in (("csv", csv), ("xml", xml)):
    (dataset,) = read_sdmx(io.BytesIO(text.encode()), validate=False).data
    for row in dataset.data.to_dict("records"):
        print(name, row["GEO"], row["ISCO"], row["OBS_VALUE"])
print("as text:", all(isinstance(value, str) for value in dataset.data["OBS_VALUE"]))
PY
unchanged <<'END'
csv 1 110 9007199254740992.0
csv 2 210 2.5
xml 01 0110 9007199254740993.10
xml 02 0210 2.50
as text: True
END
