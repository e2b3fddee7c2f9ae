"""Count rows in the engine that holds them: what comes out are different values, and how often.

An engine is asked for one thing only: the different combinations of values of some columns with
the number of rows that have them. Engines agree on that, and on little else (on casts, rounding,
different values, division they do not), so what values mean is said here, by the code that reads
files. Texts are compared by their bytes, whatever the column's collation.

What a combination counts for is added up bit by bit: tallies are sums of whole numbers, so that
the tally of a row that is there 13 times is that of the row, four times it and eight times it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from faifo.ai.assess.counting import Counted, check_groups, count_part, rows_in, scored_rows
from faifo.ai.assess.labels import Labels, known_labels
from faifo.ai.assess.libraries import library
from faifo.ai.assess.quality import Seen
from faifo.ai.assess.ranks import joined, ranks_of_histogram
from faifo.ai.assess.request import Request
from faifo.ai.assess.saying import said
from faifo.ai.assess.tables import ROWS, check_columns, usable
from faifo.ai.assess.tally import BinaryTally, Histogram, Tally, merged
from faifo.ai.evidence import canonical, digest
from faifo.errors import FaifoError, SettingsError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

T = TypeVar("T")

# How a text is compared by its bytes.
_BYTES: Final = {
    "duckdb": 'CAST({} AS TEXT) COLLATE "binary"',
    "postgresql": 'CAST({} AS TEXT) COLLATE "C"',
    "pyspark": "CAST({} AS STRING) COLLATE UTF8_BINARY",
}
# Types that every engine keeps alike, by Ibis' names.
_KINDS: Final = {"string", "boolean", "date", "float32", "float64"} | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}
_OF_POSTGRESQL: Final = {
    "int2": "int16", "int4": "int32", "int8": "int64", "float4": "float32", "float8": "float64",
    "bool": "boolean", "date": "date", "text": "string", "varchar": "string", "bpchar": "string",
    "name": "string",
}  # fmt: skip
# More different combinations than this are no counts any more.
MOST: Final = 5_000_000
# So many rows are laid out to say how many of them are wrong.
_LAID_OUT: Final = 1_000_000


class Engine:
    """The rows of one query, where they lie.

    Attributes:
        name: of the engine, with its version.
    """

    def __init__(self, url: str, query: str, missing: Sequence[str]) -> None:
        """Connect, and see what the query gives; nothing of `url` is ever said or logged.

        Raises:
            SettingsError: no such engine here, or it does not take the query.
        """
        scheme, mark, _ = url.partition("://")
        self._engine = "postgresql" if scheme == "postgres" else scheme
        if not mark or self._engine not in _BYTES:
            raise SettingsError(
                what=Phrase("errors.told.ai.engine.scheme"),
                expected=", ".join(f"{name}://" for name in _BYTES),
            )
        options: dict[str, Any] = {}
        if self._engine == "postgresql":
            options = {"options": "-c default_transaction_read_only=on"}
        elif self._engine == "duckdb" and url != "duckdb://":
            options = {"read_only": True}
        self._missing = tuple(missing)
        self._query = query.strip().rstrip(";")
        ibis = library("ibis")
        with self._judged():
            self._backend = ibis.connect(url, **options)
            self.name = f"{self._engine} {self._backend.version}"
            try:
                self._kinds = self._look()
            except BaseException:
                self.close()
                raise

    def _look(self) -> dict[str, str]:
        """Return the type of each of the query's columns.

        Each engine is asked in its own words where Ibis 12 cannot: it asks DuckDB 2.0 by functions
        that are gone there, and of PostgreSQL it makes a view, which sqlglot 30 writes wrongly.
        """
        empty = f"SELECT * FROM (\n{self._query}\n) AS asked LIMIT 0"  # noqa: S608 - the user's own
        if self._engine == "duckdb":
            table = self._backend.con.sql(empty).to_arrow_table()
            found = library("ibis").Schema.from_pyarrow(table.schema).items()
        elif self._engine == "postgresql":
            known = self._backend.con.adapters.types
            with self._backend.con.cursor() as cursor:
                told = cursor.execute(empty).description
            names = [(one.name, known.get(one.type_code)) for one in told]
            found = [
                (name, kind and _OF_POSTGRESQL.get(kind.name, kind.name)) for name, kind in names
            ]
        else:
            found = self._backend.sql(self._query).schema().items()
        return {name: str(kind).removeprefix("!") for name, kind in found}

    def close(self) -> None:
        """Let go of the engine; a session of Spark is the process's own and stays."""
        if self._engine != "pyspark":
            self._backend.disconnect()

    def of(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Yield each combination of values once, part by part; raises as `counted` does."""
        return (part for part, _ in self.counted(columns))

    def counted(self, columns: Sequence[str]) -> Iterator[tuple[pl.DataFrame, NDArray[np.int64]]]:
        """Yield combinations of values and how many rows have each, part by part.

        Raises:
            SettingsError: no such column, one of a type on which engines differ, too many
                combinations, or the engine refuses.
        """
        wanted = list(dict.fromkeys(columns))
        check_columns(list(self._kinds), wanted, "query")
        number = "rows"
        while number in wanted:
            number += "_"
        came = 0
        for part in self._groups(wanted, number):
            came += part.height
            if came > MOST:
                raise SettingsError(
                    what=Phrase("errors.told.ai.engine.many", most=MOST),
                    expected=Phrase("errors.told.ai.engine.few"),
                    advice=Phrase("errors.told.ai.engine.round"),
                )
            times = part[number].to_numpy().astype(np.int64)
            yield usable(part[wanted], self._missing, "query"), times

    def _groups(self, wanted: Sequence[str], number: str) -> Iterator[pl.DataFrame]:
        polars = library("polars")
        columns = ", ".join(self._written(name) for name in wanted)
        with self._judged():
            sql = f"SELECT {columns} FROM (\n{self._query}\n) AS asked"  # noqa: S608 - the user's
            rows = self._backend.sql(sql, schema={name: self._kinds[name] for name in wanted})
            groups = rows.group_by(list(wanted)).aggregate(**{number: rows.count()})
            groups = groups.limit(MOST + 1)
            if self._engine == "duckdb":  # as above
                # One piece: it comes in as many as threads had a hand in it.
                batches = groups.to_pyarrow().combine_chunks().to_batches(ROWS)
            else:
                batches = groups.to_pyarrow_batches(chunk_size=ROWS)
            for batch in batches:
                yield polars.from_arrow(batch)

    def _written(self, name: str) -> str:
        """Return a column as it is asked for.

        Raises:
            SettingsError: engines write its type in different ways, or keep it in different ways.
        """
        mark = "`" if self._engine == "pyspark" else '"'
        column = mark + name.replace(mark, 2 * mark) + mark
        kind = self._kinds[name]
        if kind not in _KINDS:
            raise SettingsError(
                what=Phrase("errors.told.ai.engine.kind", column=name, kind=kind),
                expected=Phrase("errors.told.ai.engine.kinds"),
                advice=Phrase("errors.told.ai.engine.cast"),
            )
        text = _BYTES[self._engine].format(column)
        return f"{text} AS {column}" if kind == "string" else column

    @contextmanager
    def _judged(self) -> Iterator[None]:
        """Raise what an engine raises by its kind: its words can quote rows and logins."""
        try:
            yield
        except FaifoError:
            raise
        except Exception as error:  # noqa: BLE001 - the drivers' errors share no base
            kind = type(error).__name__
            raise SettingsError(
                what=Phrase("errors.told.ai.engine.refused", engine=self._engine, kind=kind),
                expected=Phrase("errors.told.ai.engine.runs"),
                advice=Phrase("errors.told.ai.engine.try"),
            ) from None


def count_there(request: Request) -> tuple[Labels, Counted]:
    """Say what the label of a query's rows means, and count them.

    Raises:
        SettingsError: as for a file, and if the rows change while they are counted.
    """
    engine = Engine(request.connect or "", request.query or "", request.missing)
    with closing(engine):
        wanted = [name for name in (request.label, request.prediction) if name]
        labels = known_labels(engine.of(wanted), request)
        return labels, _counted(engine, request, labels)


def _counted(engine: Engine, request: Request, labels: Labels) -> Counted:
    answers = [request.label, request.prediction, request.score, request.weight, *request.groups]
    tally: Tally | None = None
    seen: Seen | None = None
    ranks: Histogram | None = None

    def count(rows: pl.DataFrame) -> Tally:
        return count_part(rows, request, labels, ranked=False)

    def look(rows: pl.DataFrame) -> Seen:
        return Seen.of(rows, request, labels)

    for part, times in engine.counted([name for name in answers if name]):
        more_rows = _times(part, times, count, merged)
        tally = more_rows if tally is None else merged(tally, more_rows)
        check_groups(tally)
        if isinstance(tally, BinaryTally) and tally.scored and request.label:
            more = _histogram(*scored_rows(part, request, labels), times)
            ranks = more if ranks is None else joined(ranks, more)
    told = [name for name in (request.label, *request.groups, *request.quasi) if name]
    for part, times in engine.counted(told or [request.prediction or ""]):
        more_seen = _times(part, times, look, _seen)
        seen = more_seen if seen is None else _seen(seen, more_seen)
    if tally is None or seen is None:
        raise SettingsError(
            what=Phrase("errors.told.ai.table.no-rows", name="query"),
            expected=Phrase("errors.told.ai.table.rows"),
        )
    if (rows := rows_in(tally)) != seen.rows:
        raise SettingsError(
            what=Phrase("errors.told.ai.engine.changed", first=rows, then=seen.rows),
            expected=Phrase("errors.told.ai.engine.same"),
            advice=Phrase("errors.told.ai.engine.snapshot"),
        )
    tally.notes |= {said("engine", engine=engine.name)}
    return Counted(tally, seen, None, None if ranks is None else ranks_of_histogram(ranks))


def named(request: Request, tally: Tally) -> str:
    """Return what stands for the digest of a query's rows: that of its text and their number.

    Nothing else of the counts is in it: few possibilities can be tried out.
    """
    return digest(canonical({"query": request.query, "rows": rows_in(tally)}))


def _times(
    part: pl.DataFrame,
    times: NDArray[np.int64],
    measure: Callable[[pl.DataFrame], T],
    add: Callable[[T, T], T],
) -> T:
    """Return what `measure` finds of rows that are there so many times each."""
    import polars as pl

    found: T | None = None
    try:
        for bit in reversed(range(int(times.max()).bit_length())):
            if found is not None:
                found = add(found, found)
            rows = part.filter(pl.Series((times >> bit) & 1 == 1))
            if rows.height:
                found = measure(rows) if found is None else add(found, measure(rows))
    except SettingsError:
        # It says how many rows are wrong; those of one bit are not all.
        if times.sum() <= _LAID_OUT:
            measure(part[np.repeat(np.arange(len(times)), times)])
        raise
    assert found is not None  # noqa: S101 - a group has a row
    return found


def _seen(one: Seen, other: Seen) -> Seen:
    one.add(other)
    return one


def _histogram(
    scores: NDArray[np.float64], labels: NDArray[Any], times: NDArray[np.int64]
) -> Histogram:
    values, place = np.unique(scores, return_inverse=True)
    counts = np.zeros((len(values), 2), dtype=np.int64)
    np.add.at(counts, (place, 1 - labels.astype(np.int64)), times)
    return values, counts
