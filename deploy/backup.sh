#!/bin/sh
# Copies a node, running or not: backup.sh NODE-DIRECTORY NEW-DIRECTORY
# The copy holds private keys: only its owner can read it, and it should be kept so.
set -eu
umask 077

if [ $# != 2 ] || [ ! -f "$1/faifo.toml" ]; then
    echo "usage: $0 NODE-DIRECTORY NEW-DIRECTORY (a node's directory has a faifo.toml)" >&2
    exit 2
fi
if [ -e "$2" ]; then
    echo "$0: $2 is there already; name a new directory" >&2
    exit 2
fi

partial="$2.partial"
rm -rf "$partial"
mkdir -p "$partial"

# The database first: what it names is then in the files that are copied after it. SQLite's own
# backup gives one moment of it, also while the node writes.
"${PYTHON:-python3}" - "$1/faifo.db" "$partial/faifo.db" <<'PYTHON'
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

source, target = (Path(name).absolute() for name in sys.argv[1:])
with closing(sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True, timeout=30)) as old:
    with closing(sqlite3.connect(target)) as new:
        old.backup(new)
        (said,) = new.execute("PRAGMA integrity_check").fetchone()
if said != "ok":
    sys.exit(f"the copy of {source} is damaged: {said}")
os.sync()
PYTHON

(cd "$1" && tar cf - --exclude='./faifo.db*' --exclude='./.faifo.db*' --exclude=./lock \
    --exclude=./running.json .) | (cd "$partial" && tar xf -)
mv "$partial" "$2"
echo "copied $1 to $2"
