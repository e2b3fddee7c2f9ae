#!/usr/bin/env bash
# DICOM: the text "120\80 mmHg" is two texts in JavaScript, and a 64-bit number is a heap of bytes.
# Standard: DICOM PS3.5, 6.2 (ST, LT and UT have one value each, in which a backslash is a character; SV and UV are 64-bit
# integers) and PS3.18, F.2.5 (in DICOM JSON an empty one among several values is null).
# For a node: a study made JSON by one partner's gateway has other values than by the other's: a blood pressure is cut in
# two, a counter is lost, an empty value is a text. Compare the JSON of both sides once, with such values, before relying
# on a digest of it.
. "$(dirname "$0")/_room.sh"
guess "pydicom and dcmjs give one text each, the numbers, and null in the middle of ORIGINAL\\\\AXIAL, as DICOM JSON has it"
found "dcmjs cuts ST and UT (not LT), and knows no SV; both have an empty text for null"
python_with pydicom==3.0.2
node_with dcmjs@0.51.1
python_sees <<'PY'
import json
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
study = Dataset()
study.SOPClassUID, study.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "2.25.1"
study.add_new("ImageType", "CS", ["ORIGINAL", "", "AXIAL"])
study.add_new("InstitutionAddress", "ST", "ward 3\\bed 4")
study.add_new("PatientComments", "LT", "120\\80 mmHg")
study.add_new("TextValue", "UT", "120\\80 mmHg")
study.add_new("SelectorSVValue", "SV", -5)
study.add_new("SelectorUVValue", "UV", 5)
study.file_meta = FileMetaDataset()
study.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
study.save_as("study.dcm", enforce_file_format=True)
read = pydicom.dcmread("study.dcm")
for tag, element in read.to_json_dict().items():
    if element["vr"] != "UI":
        print("pydicom", tag, element["vr"], json.dumps(element["Value"]))
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import dcmjs from 'dcmjs'
const bytes = readFileSync('study.dcm')
const { dict } = dcmjs.data.DicomMessage.readFile(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
for (const [tag, { vr, Value }] of Object.entries(dict)) {
  const told = Value.map((value) => value instanceof ArrayBuffer ? 'bytes' : typeof value === 'bigint' ? Number(value) : value)
  if (vr !== 'UI') console.log('dcmjs', tag, vr, JSON.stringify(told))
}
JS
unchanged <<'END'
pydicom 00080008 CS ["ORIGINAL", "", "AXIAL"]
pydicom 00080081 ST ["ward 3\\bed 4"]
pydicom 00104000 LT ["120\\80 mmHg"]
pydicom 0040A160 UT ["120\\80 mmHg"]
pydicom 00720082 SV [-5]
pydicom 00720083 UV [5]
dcmjs 00080008 CS ["ORIGINAL","","AXIAL"]
dcmjs 00080081 ST ["ward 3","bed 4"]
dcmjs 00104000 LT ["120\\80 mmHg"]
dcmjs 0040A160 UT ["120","80 mmHg"]
dcmjs 00720082 UN ["bytes"]
dcmjs 00720083 UV [5]
END
