"""A connection to PostgreSQL, in the thread that uses it, over libpq's pipeline mode.

Statements are those of `store.sql`. Values go as texts of no type, so that PostgreSQL takes each
for what its column is, as SQLite does. What needs no answer is only sent (`later`): it goes with
the next statement that does, in one round trip. If it fails, the whole transaction has.
"""

from __future__ import annotations

import re
import select
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import psycopg
from psycopg import pq

ANSWER_SECONDS: Final = 30.0
"""How long an answer of the server is waited for."""
KEPT_STATEMENTS: Final = 1000
SENT_AHEAD: Final = 64
"""How many statements are on the way without an answer; more could fill both sides' buffers."""

_PLACE: Final = re.compile(r"\?")
_STATUS: Final = pq.ExecStatus
_OPEN: Final = {
    pq.TransactionStatus.ACTIVE,
    pq.TransactionStatus.INTRANS,
    pq.TransactionStatus.INERROR,
}
_BAD: Final = {_STATUS.FATAL_ERROR, _STATUS.NONFATAL_ERROR, _STATUS.BAD_RESPONSE}
# Texts of PostgreSQL hold no NUL. What takes its place keeps texts apart and in their order.
_SAFE: Final = str.maketrans({"\x00": "\x01\x01", "\x01": "\x01\x02"})
_KEPT_SAFE: Final = re.compile("\x01(.)", re.DOTALL)
# The server goes, or is not there yet; the connection is of no use.
_GOING: Final = {"57P01", "57P02", "57P03", "57P05"}


class DatabaseError(Exception):
    """What the server said, with its code (SQLSTATE); "" where it said nothing."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code


class TakenError(DatabaseError):
    """A unique column has this value already."""


class LostError(DatabaseError):
    """The connection is gone; what was not committed is not kept."""


class Answer(list[tuple[Any, ...]]):
    """The rows that a statement gave, or how many it changed."""

    rowcount = 0

    def fetchone(self) -> Any:
        return self[0] if self else None

    def fetchall(self) -> list[Any]:
        return self


class PostgresConnection:
    """One connection. `numbers`: the last number of each log, for who holds the writer's row.

    `careful`: each change says whether it changed something, which takes a round trip each.
    """

    def __init__(self, parameters: dict[str, Any]) -> None:
        try:
            self._psycopg = psycopg.connect(**parameters, autocommit=True)
        except psycopg.Error as error:
            raise LostError(_line(str(error))) from None
        self._libpq = self._psycopg.pgconn
        self._libpq.enter_pipeline_mode()
        self._readable, self._either = select.poll(), select.poll()
        self._readable.register(self._libpq.socket, select.POLLIN)
        self._either.register(self._libpq.socket, select.POLLIN | select.POLLOUT)
        self._names: dict[str, bytes] = {}
        self._prepared = 0
        # What was sent and not answered: the statement that is to be prepared, or None.
        self._under_way: deque[str | None] = deque()
        self.numbers: dict[str, int] = {}
        self.ruined = False
        self.careful = False

    @property
    def in_transaction(self) -> bool:
        return self._libpq.transaction_status in _OPEN

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Answer:
        """Send a statement and return its answer.

        Raises:
            TakenError, LostError, DatabaseError: of this statement. Of one that was sent before,
                the connection is `ruined` until its transaction is rolled back.
        """
        self._send(statement, values)
        return _read(self._drain())

    def later(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Send a statement with the next one that needs an answer; its own says nothing."""
        if len(self._under_way) >= SENT_AHEAD:
            self._drain(asked=False)
        self._send(statement, values)

    def settle(self) -> None:
        """Wait for what is under way.

        Raises:
            LostError, DatabaseError: something of it failed; the connection is `ruined`.
        """
        self._drain(asked=False)

    def soon(self, statement: str) -> None:
        """Send a statement at once, and take its answer with the next one."""
        self._send(statement, ())
        self._flush()

    def executemany(self, statement: str, values: Iterable[Sequence[Any]]) -> None:
        for one in values:
            self.later(statement, one)

    def script(self, text: str) -> None:
        """Run statements that take no values."""
        self._drain(asked=False)
        while self._result() is not None:
            pass
        self._libpq.exit_pipeline_mode()
        result = self._libpq.exec_(text.encode())
        self._libpq.enter_pipeline_mode()
        if result.status in _BAD:
            raise self._error(result)

    def told(self, seconds: float) -> list[str]:
        """Return what NOTIFY told of, after waiting for it for so long at most.

        Raises:
            LostError: as `execute`.
        """
        libpq = self._libpq
        found: list[str] = []
        try:
            if self._readable.poll(max(seconds, 0) * 1000):
                libpq.consume_input()
            while (one := libpq.notifies()) is not None:
                found.append(one.extra.decode())
        except psycopg.Error as error:
            raise self._gone(str(error)) from None
        return found

    def close(self) -> None:
        self._psycopg.close()

    # ── below ────────────────────────────────────────────────────────────────────────────────

    def _send(self, statement: str, values: Sequence[Any]) -> None:
        libpq = self._libpq
        given = [_text(value) for value in values]
        forms: list[Any] | None = None
        if any(type(value) is bytes for value in values):
            forms = [int(type(value) is bytes) for value in values]
        try:
            name = self._names.get(statement)
            if name is None and len(self._names) >= KEPT_STATEMENTS:
                libpq.send_query_params(_numbered(statement), given, None, forms)
            else:
                if name is None:
                    self._prepared += 1
                    name = self._names[statement] = b"f%d" % self._prepared
                    libpq.send_prepare(name, _numbered(statement))
                    self._under_way.append(statement)
                libpq.send_query_prepared(name, given, forms)
        except psycopg.Error as error:
            raise self._gone(str(error)) from None
        self._under_way.append(None)

    def _drain(self, *, asked: bool = True) -> Any:
        """Take every answer that is under way; return the last, which is `asked` for or not."""
        self._flush()
        last: Any = None
        failed: DatabaseError | None = None
        while self._under_way:
            result = self._result()
            if result is None:
                continue
            prepared = self._under_way.popleft()
            if result.status == _STATUS.PIPELINE_SYNC:
                continue
            if result.status in _BAD and failed is None:
                # Behind it are its own statement, if it was to be prepared, and the end.
                self.ruined = not asked or len(self._under_way) > (2 if prepared else 1)
                failed = self._error(result)
                if self.ruined and isinstance(failed, TakenError):
                    failed = DatabaseError(str(failed), failed.code)  # none of who asks now
            if failed and prepared:
                self._names.pop(prepared, None)
            last = result
        if failed:
            raise failed
        return last

    def _flush(self) -> None:
        """Send what is to be sent, and its end: there the server says how the transaction is."""
        libpq = self._libpq
        try:
            libpq.pipeline_sync()
            self._under_way.append(None)
            while libpq.flush():
                self._wait(self._either)
                libpq.consume_input()
        except psycopg.Error as error:
            raise self._gone(str(error)) from None

    def _result(self) -> Any:
        """Return the next result, waiting without Python's lock, or None between two."""
        libpq = self._libpq
        try:
            while libpq.is_busy():
                self._wait(self._readable)
                libpq.consume_input()
            return libpq.get_result()
        except psycopg.Error as error:
            raise self._gone(str(error)) from None

    def _wait(self, ready: Any) -> None:
        if not ready.poll(ANSWER_SECONDS * 1000):
            raise self._gone(f"no answer for {ANSWER_SECONDS:.0f} s")

    def _gone(self, text: str) -> LostError:
        self._psycopg.close()
        self._under_way.clear()
        return LostError(_line(text))

    def _error(self, result: Any) -> DatabaseError:
        code = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
        text = (result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"").decode(
            errors="replace"
        )
        if self._libpq.status != pq.ConnStatus.OK or code[:2] == "08" or code in _GOING:
            return self._gone(text or result.get_error_message())
        return (TakenError if code == "23505" else DatabaseError)(_line(text), code)


def _text(value: Any) -> bytes | None:
    """Return a value as PostgreSQL reads it; bytes stay, and go in binary."""
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, str):
        if "\x00" in value or "\x01" in value:
            value = value.translate(_SAFE)
        return str.encode(value)
    return str(int(value)).encode()


def _read(result: Any) -> Answer:
    answer = Answer()
    if result.status != _STATUS.TUPLES_OK:
        answer.rowcount = result.command_tuples or 0
        return answer
    readers = [_KINDS.get(result.ftype(place), _string) for place in range(result.nfields)]
    value = result.get_value
    for number in range(result.ntuples):
        row = [value(number, place) for place in range(len(readers))]
        answer.append(
            tuple(
                None if one is None else read(one) for read, one in zip(readers, row, strict=True)
            )
        )
    answer.rowcount = len(answer)
    return answer


def _string(value: bytes) -> str:
    text = value.decode()
    if "\x01" in text:
        text = _KEPT_SAFE.sub(lambda found: "\x00" if found[1] == "\x01" else "\x01", text)
    return text


def _unhexed(value: bytes) -> bytes:
    return bytes.fromhex(value[2:].decode())


# By the number of the type: bytea; bool; bigint, smallint, integer and numeric, of which sums are.
_KINDS: Final[dict[int, Callable[[bytes], Any]]] = {
    16: lambda value: value == b"t",
    17: _unhexed,
    20: int,
    21: int,
    23: int,
    1700: int,
}


def _numbered(statement: str) -> bytes:
    """Return a statement with PostgreSQL's `$1` where ours has `?`."""
    places = iter(range(1, statement.count("?") + 1))
    return _PLACE.sub(lambda _: f"${next(places)}", statement).encode()


def _line(text: str) -> str:
    return " ".join(text.split())
