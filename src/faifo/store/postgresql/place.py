"""Which database a node's store is in, and how it is reached."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from faifo.errors import SettingsError, StorageError
from faifo.phrases import Phrase
from faifo.store.postgresql.connection import DatabaseError, LostError, PostgresConnection

OLDEST: Final = 130000
"""PostgreSQL 13: what became of a transaction can be asked for."""

_LOCK: Final = 0x6661_6966

# A peer that is gone is noticed; what the URL says prevails.
_USUAL: Final[dict[str, Any]] = {
    "application_name": "faifo",
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "target_session_attrs": "read-write",
}
_PATIENCE: Final = "SET lock_timeout TO '30s'"
_LOCKED: Final = "55P03"
_FORBIDDEN: Final = "42501"
# Also what a role or a database may be set to otherwise, and the statements count on.
_SETTINGS: Final = (
    "SET search_path TO {schema}; SET client_encoding TO 'UTF8'; SET jit TO off;"
    " SET bytea_output TO 'hex'; SET default_transaction_isolation TO 'read committed';"
    f" {_PATIENCE}; SET statement_timeout TO '60s';"
    " SET idle_in_transaction_session_timeout TO '{idle_s}s'"
)
ENDING_S: Final = 2
READING_S: Final = 60
TURN_S: Final = 2
"""How long who has the writer's row may say nothing before the server lets others go on."""


class Place(msgspec.Struct, frozen=True):
    """A schema in a database. The password is kept apart from the URL, which may be shown.

    Its file is read at every connection: the password may be changed while the node runs.
    """

    url: str
    schema: str
    password_file: Path | None = None

    def connect(self, *, idle_s: int = READING_S) -> PostgresConnection:
        """Connect; `idle_s`: how long a transaction may lie there before the server ends it.

        Raises:
            SettingsError: the URL is none that libpq understands.
            LostError: nobody answers, it is none to write on, or the password cannot be read.
            StorageError: the server is too old, or keeps texts in another encoding.
        """
        try:
            given = conninfo_to_dict(self.url)
        except psycopg.Error:
            raise SettingsError(
                what=Phrase("errors.told.store.url"), expected=Phrase("errors.told.store.url-like")
            ) from None
        if self.password_file:
            try:
                given["password"] = self.password_file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise LostError(str(error)) from None
        connection = PostgresConnection({**_USUAL, **given})
        try:
            self._check(connection, idle_s)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check(self, connection: PostgresConnection, idle_s: int) -> None:
        name = sql.Identifier(self.schema).as_string()
        connection.script(_SETTINGS.format(schema=name, idle_s=idle_s))
        ((version, encoding, commit),) = connection.execute(
            "SELECT current_setting('server_version_num')::bigint,"
            " current_setting('server_encoding'), current_setting('synchronous_commit')"
        )
        if version < OLDEST or encoding != "UTF8":
            found = f"PostgreSQL {version // 10_000}, {encoding}"
            raise StorageError(what=Phrase("errors.told.store.server", found=found))
        if commit == "off":  # nothing is acknowledged before it is durable
            connection.script("SET synchronous_commit TO on")

    @property
    def shown(self) -> str:
        """Host, database and schema, for people."""
        try:
            given = conninfo_to_dict(self.url)
        except psycopg.Error:
            return self.schema
        host = given.get("host") or given.get("hostaddr") or "localhost"
        return f"{host}/{given.get('dbname') or given.get('user') or ''} ({self.schema})"


def hold(connection: PostgresConnection, place: Place, *, alone: bool) -> None:
    """Take the place as one of those that serve it, or `alone`, while this connection lives.

    Raises:
        StorageError: another process has it.
    """
    shared = "" if alone else "_shared"
    # Who has just ended may have it for a moment more: the server notices that afterwards.
    connection.script(f"SET lock_timeout TO '{ENDING_S}s'")
    try:
        connection.execute(
            f"SELECT pg_advisory_lock{shared}(?::int, hashtext(?))", (_LOCK, place.schema)
        )
    except DatabaseError as error:
        if error.code != _LOCKED:
            raise
        raise StorageError(
            what=Phrase("errors.told.store.held", name=place.shown),
            advice=Phrase("errors.told.node.stop"),
        ) from None
    connection.script(_PATIENCE)


def failed(place: Place, error: Exception, *, serving: bool = False) -> StorageError:
    """Return what a database's error means for who asked; a node that is `serving` tries again."""
    code = getattr(error, "code", "")
    advice = "disk"
    if isinstance(error, LostError):
        advice = "away" if serving else "let-in"
    elif code == _FORBIDDEN:
        advice = "let-in"
    elif code == "53100":
        advice = "full"
    elif code == "25006":
        advice = "readonly"
    elif code in {_LOCKED, "57014"}:
        advice = "slow"
    return StorageError(
        what=Phrase("errors.told.store.failed", name=place.shown, why=str(error)),
        advice=Phrase(f"errors.told.store.{advice}"),
    )
