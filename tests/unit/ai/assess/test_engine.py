"""Rows that an engine holds: what it counts is what a file of the same rows gives, to the last."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("polars", reason="needs faifo[ai]")

import numpy as np
import polars as pl
import psycopg

import postgresql_server
from faifo.ai.assess.engine import Engine
from faifo.ai.assess.request import Request
from faifo.ai.assess.run import assess
from faifo.cli.main import run
from faifo.errors import SettingsError
from late import Late

duckdb: Any = Late("duckdb")
pytestmark = pytest.mark.skipif(find_spec("ibis") is None, reason="needs faifo[ibis]")

KINDS = {"y": "bigint", "d": "smallint", "p": "double precision", "sex": "text", "town": "varchar",
         "born": "date", "moved": "boolean", "w": "real"}  # fmt: skip


def table(rows: int = 4_000) -> pl.DataFrame:
    """Return rows with everything on which readers differ: codes, gaps, spaces, NFC and NFD."""
    draw = np.random.default_rng(5)
    score = draw.integers(0, 41, rows) / 40
    days = pl.Series(draw.integers(0, 3, rows)).cast(pl.Int32).cast(pl.Date)
    towns = ["01", "1", "1.0", " 1", "Huế", "Huế", "HUẾ", "", None, "true", "True"]
    return pl.DataFrame(
        {
            "y": (draw.random(rows) < score).astype(np.int64),
            "d": (score > 0.45).astype(np.int16),
            "p": score,
            "sex": draw.choice(["f", "m"], rows),
            "town": [towns[place] for place in draw.integers(0, len(towns), rows)],
            "born": days,
            "moved": draw.random(rows) < 0.3,
            "w": (draw.integers(1, 30, rows) / 7).astype(np.float32),
        }
    )


def made(collation: str) -> str:
    """Return the statement that makes the table, with texts of which some are taken for equal."""
    columns = ", ".join(f"{name} {kind}" for name, kind in KINDS.items())
    return f"CREATE TABLE answers ({columns})".replace("varchar", f"varchar COLLATE {collation}")


ASKED: dict[str, dict[str, Any]] = {
    "scores of two classes": {"label": "y", "score": "p", "groups": ("sex", "town")},
    "scores and decisions": {"label": "y", "score": "p", "prediction": "d", "groups": ("moved",)},
    "decisions alone": {"prediction": "d", "groups": ("town", "born")},
    "weights": {"label": "y", "prediction": "d", "groups": ("sex",), "weight": "w"},
    "several classes": {"label": "town", "prediction": "named", "score": "p", "groups": ("sex",),
                        "task": "multiclass"},
    "amounts": {"label": "w", "prediction": "p", "groups": ("born",), "task": "regression"},
    "crowds": {"label": "y", "score": "p", "quasi": ("born", "town", "sex"), "missing": ("01",)},
}  # fmt: skip
SQL = "SELECT *, LOWER(town) AS named FROM answers WHERE {} -- the last line\n;"
WHOLE = {"several classes": "town IS NOT NULL AND TRIM(town) <> ''"}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("lake") / "rows.duckdb"
    frame = table()
    with duckdb.connect(str(path)) as book:
        book.execute(made("NOCASE"))
        book.register("frame", frame.to_arrow())
        book.execute("INSERT INTO answers SELECT * FROM frame")
    return f"duckdb://{path}"


@pytest.fixture(scope="module")
def postgresql() -> str:
    url = postgresql_server.running().make("answers")
    with psycopg.connect(url, autocommit=True) as book:
        book.execute("CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', "
                     "deterministic = false)")  # fmt: skip
        book.execute(made("loose"))
        with book.cursor().copy("COPY answers FROM STDIN") as copy:
            for row in table().rows():
                copy.write_row(row)
    return url


@pytest.fixture(params=["duckdb", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue({"duckdb": "lake"}.get(request.param, request.param)))


def told(asked: Request) -> list[Any]:
    """Return all that evidence counts and says, without what names the rows."""
    return [
        (e.method.id, e.n, e.counts, e.figures, e.suppressed, e.parameters | {"assumptions": ()})
        for e in assess(asked).found.evidence
    ]


@pytest.mark.parametrize("named", ASKED)
def test_an_engine_counts_what_a_file_gives(named: str, engine: str, tmp_path: Path) -> None:
    where = WHOLE.get(named, "true")
    frame = pl.SQLContext(answers=table()).execute(SQL.format(where).rstrip(";")).collect()
    path = tmp_path / "answers.parquet"
    frame.write_parquet(path)
    there = Request(query=SQL.format(where), connect=engine, minimum=2, **ASKED[named])
    assert told(there) == told(Request(data=path, minimum=2, **ASKED[named]))


def test_the_engine_is_named_and_nothing_of_the_address(engine: str) -> None:
    found = assess(Request(query=SQL.format("true"), connect=engine, **ASKED["weights"]))
    [said] = [one for one in found.said if "counted where they lie" in one]
    assert f"by {engine.partition(':')[0]} " in said
    assert engine.partition("://")[2] not in str(found)


def test_rows_beyond_count_are_counted_in_the_engine() -> None:
    query = "SELECT i % 2 AS y, i % 3 = 0 AS d, i % 5 AS town FROM range(20000000) AS r(i)"
    asked = Request(query=query, connect="duckdb://", label="y", prediction="d", groups=("town",))
    assert assess(asked).found.evidence[0].n == 20_000_000


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("SELECT 1 AS y, 0.5 AS d", r"the query gives (decimal\(2, 1\)|numeric) in the column 'd'"),
        ("SELECT 1 AS y, now() AS d", r"the query gives timestamp.* in the column 'd'"),
        ("SELECT 1 AS y", "query has no column 'd'"),
        ("SELECT 1 AS y, 1 AS d WHERE 1 = 0", "query has no rows"),
        ("SELECT 'secret' + 1 AS y, 1 AS d", "refuses: "),
        ("SELECT y, CASE WHEN y = 1 THEN NULL ELSE 1 END AS d FROM answers WHERE y = 1",
         "have no prediction in the column 'd'"),
        ("DELETE FROM answers", "refuses: "),
        ("CREATE TABLE more AS SELECT 1 AS y, 1 AS d", "refuses: "),
        ("SELECT 1 AS y, 9223372036854775807 AS d", "sit at the limit"),
    ],
    ids=["decimal", "moment", "column", "rows", "types", "gaps", "delete", "create", "limit"],
)  # fmt: skip
def test_refusals_name_no_value(query: str, what: str, engine: str) -> None:
    with pytest.raises(SettingsError) as refused:
        assess(Request(query=query, connect=engine, label="y", prediction="d"))
    assert re.search(what, str(refused.value))
    assert "secret" not in str(refused.value)


def test_how_many_rows_are_wrong_is_the_number_of_rows(engine: str) -> None:
    query = "SELECT 1 AS y, d, p FROM (SELECT d, p - 0.5 AS p FROM answers) AS r"
    wrong = int((table()["p"] < 0.5).sum())
    with pytest.raises(SettingsError, match=rf"{wrong} of 4000 rows have a score outside"):
        assess(Request(query=query.replace("1 AS y", "d AS y"), connect=engine, label="y",
                       score="p"))  # fmt: skip


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:hunter2@127.0.0.1:1/books",
        "mysql://ann:hunter2@127.0.0.1/books",
        "duckdb:///tmp/hunter2/is/not/there.duckdb",
        "hunter2",
    ],
)
def test_an_address_is_never_said(
    url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("FAIFO_CONNECT", url)
    assert run(["ai", "assess", "--query", "SELECT 1 AS y", "--prediction", "y", "-v"]) != 0
    told = "".join(capfd.readouterr())
    assert "refuses" in told or "--connect" in told
    assert "hunter2" not in told + caplog.text


def test_rows_that_change_meanwhile_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    true: Callable[..., Any] = Engine.counted
    looks = iter(range(9))

    def grows(self: Engine, columns: list[str]) -> Any:
        self._query = f"SELECT 1 AS y FROM range({10 + next(looks)})"
        return true(self, columns)

    monkeypatch.setattr(Engine, "counted", grows)
    with pytest.raises(SettingsError, match="changed while they were counted: 11, then 12"):
        assess(Request(query="SELECT 1 AS y", connect="duckdb://", prediction="y"))


@pytest.mark.parametrize(
    ("chosen", "what"),
    [
        ({"data": Path("x.csv"), "query": "SELECT 1", "connect": "duckdb://"}, "not one table"),
        ({"query": "SELECT 1"}, "not one table"),
        ({}, "not one table"),
        ({"query": "SELECT 1", "connect": "duckdb://"}, "a query without answers"),
    ],
)
def test_a_table_is_a_file_or_a_query(chosen: dict[str, Any], what: str) -> None:
    with pytest.raises(SettingsError, match=what):
        assess(Request(label="y", **chosen))


SPARK = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[2], sys.argv[2] + "/../scripts"]
from pyspark.sql import SparkSession
made = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
spark = made.config("spark.sql.shuffle.partitions", "1").getOrCreate()
spark.read.parquet(sys.argv[3]).createOrReplaceTempView("answers")
from unit.ai.assess.test_engine import ASKED, SQL, WHOLE, Request, told
from pathlib import Path
for named, asked in ASKED.items():
    where = WHOLE.get(named, "true")
    there = Request(query=SQL.format(where), connect="pyspark://", minimum=2, **asked)
    if not WHOLE.get(named):
        assert told(there) == told(Request(data=Path(sys.argv[3]), minimum=2, **asked)), named
print("as a file gives it")
"""


@pytest.mark.timeout(400)
def test_spark_counts_the_same(tmp_path: Path) -> None:
    spark = Path(os.environ.get("FAIFO_SPARK", "build/spark")).absolute()
    if not spark.exists():  # 400 MB: `make test-spark` fetches it
        pytest.skip(f"no pyspark in {spark}")
    table(400).write_parquet(tmp_path / "answers.parquet")
    tests = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", SPARK, str(spark), str(tests), str(tmp_path / "answers.parquet")],
        capture_output=True, text=True, timeout=380, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert "as a file gives it" in done.stdout, done.stderr[-2000:]
