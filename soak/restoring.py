"""A copy of a node's books is taken, and put back while the node's process stands still."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from temporary_postgresql import binaries
from tests.conftest import ON_POSTGRESQL

import postgresql_server

_SUFFIXES = ("", "-wal", "-shm")


class FileCopy:
    """Of a database in the node's directory."""

    def __init__(self, path: Path) -> None:
        self._path, self._kept = path, path.with_name("kept.db")

    def take(self) -> None:
        _carry(self._path / "faifo.db", self._kept)

    def put(self, folder: Path) -> None:
        """Put it into a copy of the directory."""
        _carry(self._kept, folder / "faifo.db")


class SchemaCopy:
    """Of a schema in a PostgreSQL database."""

    def __init__(self, path: Path) -> None:
        self._place, self._kept = postgresql_server.place(path), path.with_name("kept.sql")

    def take(self) -> None:
        self._run("pg_dump", "--schema", self._place.schema, "--file", str(self._kept))

    def put(self, _: Path) -> None:
        cut(self._place.url)  # what stands still holds locks
        drop = f"DROP SCHEMA {self._place.schema} CASCADE"
        self._run("psql", "-qX", "-v", "ON_ERROR_STOP=1", "-c", drop, "-f", str(self._kept))

    def _run(self, program: str, *arguments: str) -> None:
        folder = binaries()
        assert folder
        command = [folder / program, *arguments, "--dbname", self._place.url]
        env = {**os.environ, "PGOPTIONS": "-c client_min_messages=warning"}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=env)


def copy_of(path: Path) -> FileCopy | SchemaCopy:
    """Return what copies the books of the node in a folder."""
    return SchemaCopy(path) if ON_POSTGRESQL else FileCopy(path)


def cut(url: str) -> None:
    """Cut all connections to a database, as a server does that is started again."""
    import psycopg

    ask = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"{ask} AND usename = current_user AND backend_type = 'client backend'")


def _carry(source: Path, target: Path) -> None:
    for suffix in _SUFFIXES:
        target.with_name(target.name + suffix).unlink(missing_ok=True)
        one = source.with_name(source.name + suffix)
        if one.exists():
            shutil.copy(one, target.with_name(target.name + suffix))
