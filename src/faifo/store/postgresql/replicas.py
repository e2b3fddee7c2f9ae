"""The processes over one schema: who is at work, and what they tell each other.

A process is a row of the table `replica`, under a name that it has for this start alone and with
the next number of `writer.fence`. One connection of it, in a thread of its own, listens to the
others, and renews the row's lease over the same connection: who can renew has heard all that was
rung before. Whose lease is over is removed by any other, and from then on writes nothing under
that name: the row is looked at, and kept, in every turn of the writer.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from faifo import clock
from faifo.errors import FaifoError
from faifo.store.contract import EVERYTHING
from faifo.store.postgresql.connection import DatabaseError, LostError, PostgresConnection
from faifo.store.postgresql.place import TURN_S, Place, hold

log = logging.getLogger("faifo.store")

LEASE_S: Final = 3.0  # as in `_LEASE`
BEAT_S: Final = 0.5
HEARD_S: Final = 1.0
"""For how long after an answer of the database what is remembered counts as what is there."""
PAUSE_S: Final = 0.25
TOGETHER_S: Final = 0.005
"""For how long after one word the next ones are gathered: with many turns, one look does."""
FARTHEST_S: Final = 30
"""How far the clock of a process may be from the database's: what a token's times allow."""
PAYLOAD_BYTES: Final = 7900  # PostgreSQL takes 7,999

_LEASE: Final = "clock_timestamp() + interval '3 s'"
_COUNTED: Final = "UPDATE writer SET replicas = (SELECT count(*) FROM replica)"
_JOIN: Final = (
    f"INSERT INTO replica (number, name, part, version, expires) VALUES (?, ?, ?, ?, {_LEASE})"  # noqa: S608
    " RETURNING extract(epoch FROM clock_timestamp())::text"
)
# Whose clock has gone wrong since is given up by the others, if there are any.
_BEAT: Final = (
    f"UPDATE replica SET expires = {_LEASE} WHERE name = ?"  # noqa: S608
    f" AND abs(extract(epoch FROM clock_timestamp()) - ?) <= {FARTHEST_S}"
    " RETURNING (SELECT count(*) FROM replica WHERE expires < clock_timestamp())"
)
# A turn that is under way keeps its row until the server has ended it.
_REAP: Final = (
    "DELETE FROM replica WHERE name IN (SELECT name FROM replica"
    " WHERE expires < clock_timestamp() FOR UPDATE SKIP LOCKED) RETURNING name"
)
_NOTIFY: Final = "SELECT pg_notify(current_schema(), ?)"


def join(connection: PostgresConnection, name: str, part: str, version: str) -> float:
    """Enter a process in a transaction; return the time of the database, in seconds."""
    (number,) = connection.execute("UPDATE writer SET fence = fence + 1 RETURNING fence").fetchone()
    ((now,),) = connection.execute(_JOIN, (number, name, part, version))
    connection.later("DELETE FROM turn WHERE at < now() - interval '1 day'")
    connection.later(_COUNTED)
    return float(now)


def leave(connection: PostgresConnection, name: str) -> None:
    """Take a process out; others go on with what it had."""
    connection.later("BEGIN")
    connection.later("SELECT 1 FROM writer FOR UPDATE")
    connection.later("DELETE FROM replica WHERE name = ?", (name,))
    connection.later(_COUNTED)
    ring(connection, name, (EVERYTHING,))
    connection.execute("COMMIT")


def ring(connection: PostgresConnection, name: str, subjects: Iterable[str]) -> None:
    """Have the others hear of these subjects when the transaction is committed."""
    text = _written(name, dict.fromkeys(subjects))
    if len(text.encode()) > PAYLOAD_BYTES:
        text = _written(name, (EVERYTHING,))
    connection.later(_NOTIFY, (text,))


def _written(name: str, subjects: Iterable[str]) -> str:
    return msgspec.json.encode([name, *subjects]).decode()


class Listening:
    """The thread that listens and renews. `heard` (of subjects) and `fenced` are called in it.

    `name` gives the process's name of the moment; `fenced` is called when that is no longer
    entered.
    """

    def __init__(
        self,
        place: Place,
        *,
        name: Callable[[], str],
        heard: Callable[..., None],
        fenced: Callable[[], None],
    ) -> None:
        self._place = place
        self._name, self._heard, self._fenced = name, heard, fenced
        self._closed = threading.Event()
        self._answered = time.monotonic()
        self._connection = self._listen()
        self._thread = threading.Thread(target=self._run, name="faifo-listen", daemon=True)
        self._thread.start()

    @property
    def hears(self) -> bool:
        """Whether nothing that was rung until a moment ago can have been missed."""
        return time.monotonic() - self._answered < HEARD_S

    def stop(self) -> None:
        """Listen to nothing more, from the next word on."""
        self._closed.set()

    def close(self) -> None:
        """Stop; blocks for a beat at most."""
        self._closed.set()
        self._thread.join()
        self._connection.close()

    def _listen(self) -> PostgresConnection:
        connection = self._place.connect(idle_s=TURN_S)
        try:
            hold(connection, self._place, alone=False)
            # A lease need not outlive the server.
            connection.script("SET synchronous_commit TO off; SET lock_timeout TO '5s'")
            (channel,) = connection.execute("SELECT quote_ident(current_schema())").fetchone()
            connection.script(f"LISTEN {channel}")
        except BaseException:
            connection.close()
            raise
        self._since = time.monotonic()
        return connection

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._beat()
                until = time.monotonic() + BEAT_S
                while (left := until - time.monotonic()) > 0 and not self._closed.is_set():
                    self._tell(self._connection.told(left))
            except (DatabaseError, FaifoError) as error:
                if self._closed.is_set():
                    return
                log.error("the database tells nothing for now: %s", error)
                self._again(error)

    def _again(self, error: Exception) -> None:
        if not isinstance(error, LostError):  # a lock that was waited for
            self._closed.wait(PAUSE_S)
            self._connection.close()
        while not self._closed.is_set():
            try:
                self._connection = self._listen()
            except (DatabaseError, FaifoError):
                self._closed.wait(PAUSE_S)
            else:
                self._heard(EVERYTHING)  # what was rung meanwhile is not known
                return

    def _beat(self) -> None:
        name = self._name()
        began = time.monotonic()
        row = self._connection.execute(_BEAT, (name, str(clock.now().timestamp()))).fetchone()
        self._tell(self._connection.told(0))
        if row is None:
            if name == self._name():
                self._fenced()
            return
        self._answered = began
        # Where the database was away, the others come back as this process does.
        if row[0] and time.monotonic() - self._since > LEASE_S:
            self._reap()

    def _reap(self) -> None:
        connection: Any = self._connection
        connection.later("BEGIN")
        connection.later("SELECT 1 FROM writer FOR UPDATE")
        gone = connection.execute(_REAP).fetchall()
        connection.later(_COUNTED)
        ring(connection, "", (EVERYTHING,))  # ours, too: what they had is to be taken over
        connection.execute("COMMIT")
        for (name,) in gone:
            log.warning("a process over this store has gone without a word: %s", name)

    def _tell(self, payloads: list[str]) -> None:
        own = self._name()
        told: dict[str, None] = {}
        for payload in payloads:
            name, *subjects = msgspec.json.decode(payload, type=list[str])
            if name != own:
                told |= dict.fromkeys(subjects)
        if told:
            self._heard(*told)
        if payloads:
            self._closed.wait(TOGETHER_S)
