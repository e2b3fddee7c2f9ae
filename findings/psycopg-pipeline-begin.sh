#!/usr/bin/env bash
# PostgreSQL over psycopg's pipeline mode: BEGIN takes in what autocommit had already answered.
# Standard: PostgreSQL's documentation, 55.2.4 (pipelining): until a Sync all statements are one implicit transaction,
# which a BEGIN turns into an explicit one, with what came before it.
# For a node: a row whose RETURNING was read in autocommit, and perhaps acknowledged, is undone by the ROLLBACK of a
# transaction that began after it; and a snapshot of REPEATABLE READ cannot be begun at all. End every round trip
# with sync(), and look at the transaction's status only then.
. "$(dirname "$0")/_room.sh"
guess "in autocommit a row that was returned is kept, BEGIN begins after it, and an isolation level can be given"
found "the ROLLBACK takes the row that came before BEGIN, with no error; the isolation level is refused (25001)"
python_with psycopg==3.3.9 psycopg-binary==3.3.9
programs=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
as=()
if [ "$(id -u)" = 0 ]; then
  as=(runuser -u nobody --)
  chown nobody "$room"
fi
data=$(mktemp -d)
[ "$(id -u)" != 0 ] || chown nobody "$data"
trap '(cd / && "${as[@]}" "$programs/pg_ctl" -D "$data/d" -m immediate stop >/dev/null 2>&1); rm -rf "$room" "$data"' EXIT
(
  cd /
  "${as[@]}" "$programs/initdb" -D "$data/d" -U f -A trust -E UTF8 --locale=C
  "${as[@]}" "$programs/pg_ctl" -D "$data/d" -w -l "$data/log" -o "-k $data -c listen_addresses=''" start
) >/dev/null 2>&1
python_sees "$data" <<'PY'
import sys

import psycopg

print("PostgreSQL", psycopg.connect(host=sys.argv[1], user="f", dbname="postgres").info.server_version // 10000 >= 13)
for synced in (False, True):
    with psycopg.connect(host=sys.argv[1], user="f", dbname="postgres", autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS t")
        connection.execute("CREATE TABLE t (x int)")
        with connection.pipeline() as pipeline:
            returned = connection.execute("INSERT INTO t VALUES (1) RETURNING x").fetchone()
            if synced:
                pipeline.sync()
            connection.execute("BEGIN")
            connection.execute("INSERT INTO t VALUES (2)")
            connection.execute("ROLLBACK")
        kept = connection.execute("SELECT x FROM t").fetchall()
        print("synced" if synced else "not synced", "returned", returned, "kept", kept)
        try:
            with connection.pipeline() as pipeline:
                connection.execute("SELECT 1").fetchone()
                if synced:
                    pipeline.sync()
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
                connection.execute("ROLLBACK")
            print("isolation level given")
        except psycopg.Error as error:
            print("isolation level refused", error.sqlstate)
PY
unchanged <<'END'
PostgreSQL True
not synced returned (1,) kept []
isolation level refused 25001
synced returned (1,) kept [(1,)]
isolation level given
END
