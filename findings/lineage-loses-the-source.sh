#!/usr/bin/env bash
# Lineage of SQL: a table that is read through a WITH of its own name is in no lineage, nor is a source in a subquery.
# Standard: ISO/IEC 9075-2, query expression (without RECURSIVE a WITH name is not in scope in its own query, and a
# name with a schema is never it); UPDATE, DELETE: conditions and new values may hold subqueries.
# For a node: "which sources went into this data set" is answered from such events (OpenLineage), and a source with an
# obligation, or a withdrawn consent, is not among them: nothing says that the list is short. Take lineage from the
# plan of the engine that ran it, or refuse a lineage that has an output and no input.
. "$(dirname "$0")/_room.sh"
guess "openlineage-sql and sqllineage name the same tables, those which PostgreSQL reads and writes"
found "openlineage-sql loses a table named like a WITH; sqllineage too without a schema, and subqueries of four kinds"
python_with openlineage-sql==1.54.0 sqllineage==1.5.9
python_sees 2>/dev/null <<'PY'
from openlineage_sql import parse
from sqllineage.runner import LineageRunner
for sql in """CREATE TABLE t AS WITH o AS (SELECT * FROM x) SELECT * FROM o
CREATE TABLE t AS WITH x AS (SELECT * FROM raw.x) SELECT * FROM x
CREATE TABLE t AS WITH x AS (SELECT * FROM x) SELECT * FROM x
CREATE TABLE t AS WITH a AS (SELECT * FROM x), b AS (SELECT * FROM b) SELECT * FROM a, b
WITH d AS (DELETE FROM x RETURNING *) INSERT INTO t SELECT * FROM d
UPDATE t SET a = (SELECT max(b) FROM y) WHERE id IN (SELECT id FROM z)
DELETE FROM t WHERE id IN (SELECT id FROM z)
CREATE TABLE t AS SELECT a FROM x GROUP BY a HAVING count(*) > (SELECT n FROM y)
CREATE TABLE t AS SELECT a FROM x WHERE a > ALL (SELECT a FROM y)
CREATE TABLE t AS TABLE x""".splitlines():
    read = parse([sql], dialect="postgres")
    assert not read.errors
    tables = [" ".join(sorted(table.qualified_name for table in side)) or "-" for side in (read.in_tables, read.out_tables)]
    other = LineageRunner(sql, dialect="postgres")
    names = [" ".join(sorted(str(table).removeprefix("<default>.") for table in side)) or "-"
             for side in (other.source_tables, other.target_tables)]
    print(f"{sql}\n  openlineage-sql {tables[0]} -> {tables[1]}; sqllineage {names[0]} -> {names[1]}")
PY
unchanged <<'END'
CREATE TABLE t AS WITH o AS (SELECT * FROM x) SELECT * FROM o
  openlineage-sql x -> t; sqllineage x -> t
CREATE TABLE t AS WITH x AS (SELECT * FROM raw.x) SELECT * FROM x
  openlineage-sql - -> t; sqllineage raw.x -> t
CREATE TABLE t AS WITH x AS (SELECT * FROM x) SELECT * FROM x
  openlineage-sql - -> t; sqllineage - -> t
CREATE TABLE t AS WITH a AS (SELECT * FROM x), b AS (SELECT * FROM b) SELECT * FROM a, b
  openlineage-sql x -> t; sqllineage x -> t
WITH d AS (DELETE FROM x RETURNING *) INSERT INTO t SELECT * FROM d
  openlineage-sql - -> t x; sqllineage - -> t
UPDATE t SET a = (SELECT max(b) FROM y) WHERE id IN (SELECT id FROM z)
  openlineage-sql y z -> t; sqllineage - -> t
DELETE FROM t WHERE id IN (SELECT id FROM z)
  openlineage-sql z -> t; sqllineage - -> -
CREATE TABLE t AS SELECT a FROM x GROUP BY a HAVING count(*) > (SELECT n FROM y)
  openlineage-sql x y -> t; sqllineage x -> t
CREATE TABLE t AS SELECT a FROM x WHERE a > ALL (SELECT a FROM y)
  openlineage-sql x y -> t; sqllineage x -> t
CREATE TABLE t AS TABLE x
  openlineage-sql x -> t; sqllineage - -> t x
END
