#!/usr/bin/env bash
# pyaxis: a table of a statistical office comes without its codes, and "-" comes as text with its quotes.
# Standard: PX file format (AXIS-VERSION 2013): CODES name the values beside VALUES; "-" stands for nil, "." to "......"
# for other reasons why a figure is missing.
# For a node: occupations can only be joined by their labels, in the language of the file; one nil makes a column of
# numbers a column of text, and a missing figure has two forms that tell no reason. Read CODES from the metadata by hand.
. "$(dirname "$0")/_room.sh"
guess "columns by code (or code and label); - is 0 or missing; the reasons can be told apart"
found "labels only; - is three characters with the quotes, .. is nan, . is an empty text"
source_packages=pyaxis python_with pyaxis==0.4.3 pandas==2.3.3 numpy==2.0.2 requests==2.34.2
python_sees <<'PY'
from pyaxis import pyaxis
with open("a.px", "w", encoding="utf-8") as file:
    file.write('AXIS-VERSION="2013";\nCODEPAGE="utf-8";\nMATRIX="a";\nDECIMALS=1;\nSTUB="occupation";\nHEADING="year";\n'
               'VALUES("occupation")="Armed forces","Managers";\nCODES("occupation")="0110","1110";\n'
               'VALUES("year")="2025","2026";\nDATA=\n1.5 ".."\n"-" ".";\n')
table = pyaxis.parse("a.px", encoding="utf-8")["DATA"]
print(list(table.columns))
for row in table.to_dict("records"):
    print(row["occupation"], row["year"], row["DATA"])
PY
unchanged <<'END'
['occupation', 'year', 'DATA']
Armed forces 2025 1.5
Armed forces 2026 nan
Managers 2025 "-"
Managers 2026 
END
