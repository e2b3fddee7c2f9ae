#!/usr/bin/env bash
# pycanon: the same table has another l-diversity when it is sorted, and whoever has no age is not counted for k.
# Standard: l-diversity (Machanavajjhala et al., 2007) and k-anonymity (Samarati and Sweeney, 1998) are properties of a
# set of records: the least number of values, or of records, in any group of equal quasi-identifiers, whatever the order.
# For a node: a table is released as "3-anonymous, 2-diverse" in which each person of one age has the same illness, or
# one person is alone with an empty field; a filtered table is an IndexError. Call reset_index(drop=True) and fill empty
# fields with a value of their own before measuring, and count the groups by hand as below.
. "$(dirname "$0")/_room.sh"
guess "three orders of one table have the l and t that counting by hand gives, and an empty field is a group of its own: k 1"
found "l is 1 and t 0.5 as entered, 2 and 0.33 sorted; with an empty age k is 2; a table with a row left out is an IndexError"
python_with pycanon==1.0.1.post2 pandas==3.1.1
python_sees <<'PY'
import pandas
from pycanon import anonymity
table = pandas.DataFrame({"age": ["30", "40"] * 3, "illness": ["a", "x", "b", "x", "c", "x"]})
for name, rows in (("as entered", table), ("sorted by age", table.sort_values("age")),
                   ("sorted, numbered anew", table.sort_values("age").reset_index(drop=True)),
                   ("without row 0", table.drop(index=0))):
    by_hand = rows.groupby("age", dropna=False).illness.nunique().min()
    try:
        told = [f(rows, ["age"], ["illness"]) for f in (anonymity.l_diversity, anonymity.t_closeness)]
        print(f"{name}: l {told[0]} t {told[1]:.2f}, l by hand {by_hand}")
    except IndexError as error:
        print(f"{name}: {type(error).__name__}, l by hand {by_hand}")
table = pandas.DataFrame({"age": ["30", "30", None, "40", "40"], "zip": ["1", "1", "9", "2", "2"]})
print("empty age: k", anonymity.k_anonymity(table, ["age", "zip"]), "by hand",
      table.groupby(["age", "zip"], dropna=False).size().min())
PY
unchanged <<'END'
as entered: l 1 t 0.50, l by hand 1
sorted by age: l 2 t 0.33, l by hand 1
sorted, numbered anew: l 1 t 0.50, l by hand 1
without row 0: IndexError, l by hand 1
empty age: k 2 by hand 1
END
