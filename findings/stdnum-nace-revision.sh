#!/usr/bin/env bash
# python-stdnum: the same call with the same NACE code names another activity after an update.
# Standard: Regulation (EC) 1893/2006 (NACE Rev. 2) and Delegated Regulation (EU) 2023/137 (NACE Rev. 2.1): the same
# digits can name different classes, and statistics of both revisions are in circulation.
# For a node: a labour table coded in Rev. 2 is refused in part (62.01) and renamed in part without a word (47.91 was
# retail by mail order or Internet). A code travels with its revision, which is named in every look-up.
. "$(dirname "$0")/_room.sh"
guess "get_label(code) keeps meaning Rev. 2; Rev. 2.1 has to be asked for"
found "from 2.x on Rev. 2.1 is meant where none is named; 47.91 is valid in both with different meanings"
for version in 1.20 2.2; do
  python_with python-stdnum==$version
  python_sees $version <<'PY'
import sys
from stdnum.eu import nace
for code in ("62.01", "47.91"):
    print(sys.argv[1], code, nace.get_label(code) if nace.is_valid(code) else "invalid")
PY
done
unchanged <<'END'
1.20 62.01 Computer programming activities
1.20 47.91 Retail sale via mail order houses or via Internet
2.2 62.01 invalid
2.2 47.91 Intermediation service activities for non-specialised retail sale
END
