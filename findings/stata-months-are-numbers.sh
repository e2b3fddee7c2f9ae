#!/usr/bin/env bash
# Stata: May 2026 is 796 for one reader and 1 May for another, and written to another format it stays 796.
# Standard: Stata's file format (dta 114 to 119) has a display format for each variable: %tm counts months, %tq quarters,
# %tw weeks and %th halves from the beginning of 1960, %ty is a year, %td a day.
# For a node: a monthly series of employment loses what its numbers count on the way from Stata through pyreadstat to
# SPSS, CSV or Parquet, while its days come out as dates; 265 is a quarter or a month. Ask original_variable_types before
# a column is handed on, and write periods as text (2026-05, 2026-Q2).
. "$(dirname "$0")/_room.sh"
guess "pandas and pyreadstat both give dates (or a text like 2026m5) for months, quarters, weeks and halves, as for days"
found "pandas gives the first day of each; pyreadstat dates for %td alone, 796.0 for the month, and writes it so to SPSS"
python_with pandas==3.1.1 pyreadstat==1.3.7
python_sees <<'PY'
import pandas
import pyreadstat
days = {"td": "2026-05-01", "tm": "2026-05-01", "tq": "2026-04-01", "th": "2026-01-01", "tw": "2026-01-08", "ty": "2026-01-01"}
table = pandas.DataFrame({name: pandas.to_datetime([day]) for name, day in days.items()})
table.to_stata("series.dta", convert_dates={name: name for name in days}, write_index=False)
by_pandas = pandas.read_stata("series.dta")
by_pyreadstat, meta = pyreadstat.read_dta("series.dta")
pyreadstat.write_sav(by_pyreadstat, "series.sav")
handed_on, meta_on = pyreadstat.read_sav("series.sav")
for name in days:
    print(meta.original_variable_types[name], "pandas", by_pandas[name][0].date(), "pyreadstat", by_pyreadstat[name][0],
          "through SPSS", handed_on[name][0], meta_on.original_variable_types[name])
PY
unchanged <<'END'
%td pandas 2026-05-01 pyreadstat 2026-05-01 through SPSS 2026-05-01 DATE11
%tm pandas 2026-05-01 pyreadstat 796.0 through SPSS 796.0 F8.2
%tq pandas 2026-04-01 pyreadstat 265.0 through SPSS 265.0 F8.2
%th pandas 2026-01-01 pyreadstat 132.0 through SPSS 132.0 F8.2
%tw pandas 2026-01-08 pyreadstat 3433.0 through SPSS 3433.0 F8.2
%ty pandas 2026-01-01 pyreadstat 2026.0 through SPSS 2026.0 F8.2
END
