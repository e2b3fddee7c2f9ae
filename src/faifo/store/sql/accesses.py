"""How often and how much was read, by day, peer, dataset, agreement and purposes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from faifo.store.records import AccessCount, JournalEntry
from faifo.store.sql.dialect import Connection, Dialect

_DAY: Final = 86_400
_EPOCH: Final = date(1970, 1, 1)
_READER: Final = ("agreement", "peer", "dataset", "purpose")
_GROUPS: Final = ("day", "peer", "dataset", "agreement", "purpose")
_FOUND: Final = " AND ".join(f"{name} = ?" for name in _READER)
_COUNT: Final = f"""INSERT INTO access_count
    SELECT id, ?, ?, ?, ?, ?, ? FROM access_reader WHERE {_FOUND}
    ON CONFLICT (reader, day) DO UPDATE SET served = access_count.served + excluded.served,
        refused = access_count.refused + excluded.refused,
        bytes = access_count.bytes + excluded.bytes,
        first = CASE WHEN excluded.first < access_count.first
            THEN excluded.first ELSE access_count.first END,
        last = CASE WHEN excluded.last > access_count.last
            THEN excluded.last ELSE access_count.last END"""  # noqa: S608
# For each reader its days are looked up, so that what lies outside of them is not read.
_SUMMED: Final = """SELECT {id} AS id, {day} AS day, sum(served) AS served, sum(refused) AS refused,
        sum(bytes) AS bytes, min(first) AS first, max(last) AS last
    FROM access_reader {fixed} access_count ON reader = id AND day BETWEEN ? AND ?
    WHERE {tests} GROUP BY {groups}"""


class SqlAccesses:
    """Two tables: who read what under which agreement, and what of it on which day."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._execute = connection.execute
        self._fixed = dialect.fixed
        self._short, self._full = dialect.short, dialect.full

    async def count(self, entries: Iterable[JournalEntry]) -> None:
        """Count accesses and refusals whose partner is known; leave anything else aside."""
        summed: dict[tuple[int, tuple[str, ...]], list[int]] = {}
        for one in entries:
            served = one.event == "access-served"
            if not served and one.event != "access-refused":
                continue
            if one.peer is None or one.dataset is None:
                continue
            purpose = "; ".join(one.detail.get("purposes", ()))
            at = int(one.at.timestamp())
            group = at // _DAY, (one.agreement or "", one.peer, one.dataset, purpose)
            figures = summed.setdefault(group, [0, 0, 0, at, at])
            if served:
                figures[0] += 1
                figures[2] += int(one.detail.get("bytes", 0))
            else:
                figures[1] += 1
            if at < figures[3]:
                figures[3] = at
            elif at > figures[4]:
                figures[4] = at
        for (day, names_of), figures in summed.items():
            reader = tuple(map(self._short, names_of))
            values = (day, *figures, *reader)
            if not self._execute(_COUNT, values).rowcount:
                names = ", ".join(_READER)
                self._execute(f"INSERT INTO access_reader ({names}) VALUES (?, ?, ?, ?)", reader)  # noqa: S608
                self._execute(_COUNT, values)

    async def sums(
        self,
        by: Sequence[str],
        *,
        since: date,
        until: date,
        limit: int,
        **narrowed: str | None,
    ) -> tuple[list[AccessCount], AccessCount]:
        """Return the sums of each group from `since` to `until`, who read most first; and of all.

        Grouped by at least one of day, peer, dataset, agreement and purpose.
        """
        given = {name: self._short(value) for name, value in narrowed.items() if value is not None}
        for name in (*by, *given):
            if name not in _GROUPS:
                raise KeyError(f"accesses are not counted by {name!r}")
        daily, alone = "day" in by, set(by) == {"day"}
        summed = _SUMMED.format(
            id="0" if alone else "id",
            day="day" if daily else "0",
            fixed=self._fixed,
            tests=" AND ".join(f"{name} = ?" for name in given) or "true",
            groups="day" if alone else "id, day" if daily else "id",
        )
        reader = "" if alone else f" {self._fixed} access_reader USING (id)"
        columns = ", ".join(name if name in by else "''" for name in _GROUPS)
        figures = ("sum(served)", "sum(refused)", "sum(bytes)", "min(first)", "max(last)")
        whole = (f"{one[:3]}({one}) OVER ()" for one in figures)
        statement = (
            f"SELECT {columns}, {', '.join(figures)}, {', '.join(whole)}"  # noqa: S608
            f" FROM ({summed}) AS summed{reader}"
            f" GROUP BY {', '.join(by)}"
            # Days in their order, everything else by how much was read.
            f" ORDER BY {'1, ' if daily else ''}6 DESC, 8 DESC, 2, 3, 4, 5 LIMIT ?"
        )
        days = ((since - _EPOCH).days, (until - _EPOCH).days)
        rows = self._execute(statement, (*days, *given.values(), limit)).fetchall()
        total = rows[0][10:] if rows else (0, 0, 0, 0, 0)
        return [self._counted(row[:5], row[5:10]) for row in rows], self._counted(("",) * 5, total)

    async def forget(self, day: date, agreement: str) -> None:
        """Forget what was counted of an agreement on a day."""
        self._execute(
            "DELETE FROM access_count WHERE day = ?"
            " AND reader IN (SELECT id FROM access_reader WHERE agreement = ?)",
            ((day - _EPOCH).days, self._short(agreement)),
        )
        self._execute(
            "DELETE FROM access_reader WHERE agreement = ?"
            " AND id NOT IN (SELECT reader FROM access_count)",
            (self._short(agreement),),
        )

    def _counted(self, groups: Sequence[Any], figures: Sequence[int]) -> AccessCount:
        day, peer, dataset, agreement, purpose = (str(self._full(one)) for one in groups)
        served, refused, size, first, last = figures
        return AccessCount(
            day=str(_EPOCH + timedelta(days=int(day))) if day else "",
            peer=peer,
            dataset=dataset,
            agreement=agreement,
            purpose=purpose,
            served=served,
            refused=refused,
            bytes=size,
            first=datetime.fromtimestamp(first, UTC),
            last=datetime.fromtimestamp(last, UTC),
        )
