"""A PostgreSQL server of Debian's package that is gone when what it was started for is done.

As a program: run a command with `FAIFO_STORE_URL` leading to an empty database of such a server.
It listens on a socket in a temporary folder only. As root it runs as the user `postgres` or, where
there is none, as `nobody`: PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PORT = 5432
VARIABLE = "FAIFO_STORE_URL"


def binaries() -> Path | None:
    """Return the folder of the newest server that is installed."""
    found = sorted(
        (one.parent for one in Path("/usr/lib/postgresql").glob("*/bin/initdb")),
        key=lambda one: int(one.parent.name),
    )
    if found:
        return found[-1]
    program = shutil.which("initdb")
    return Path(program).resolve().parent if program else None


class Server:
    """A server in a folder; `url` leads to one of its databases."""

    def __init__(self, folder: Path, programs: Path, *, durable: bool) -> None:
        self.folder = folder
        self._programs = programs
        self._user = _other_user()
        if self._user:
            shutil.chown(folder, *self._user)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "port": str(PORT),
            "max_connections": "300",
            "shared_buffers": "128MB",
            "max_wal_size": "4GB",
        }
        if not durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "on"}
        self._options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._run("initdb", "-D", str(folder / "data"), "-U", "faifo", "-A", "trust", "-E", "UTF8",
                  "--locale=C", "-N")  # fmt: skip

    def start(self) -> None:
        self._control("-w", "-l", str(self.folder / "log"), "-o", self._options, "start")

    def stop(self, how: str = "fast") -> None:
        """Stop it; `immediate` is as if it had crashed."""
        self._control("-m", how, "-w", "stop")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://faifo@/{database}?host={self.folder}&port={PORT}"

    def make(self, database: str) -> str:
        """Make an empty database and return its URL."""
        self._run("createdb", "-h", str(self.folder), "-p", str(PORT), "-U", "faifo", database)
        return self.url(database)

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        user, group = self._user or (None, None)
        done = subprocess.run(  # noqa: S603
            [self._programs / program, *arguments], cwd=self.folder, user=user, group=group,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if program != "pg_ctl" else
            subprocess.DEVNULL, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout or (self.folder / 'log').read_text()}")


@contextmanager
def server(*, durable: bool = True) -> Iterator[Server]:
    """Start a server. `durable=False`: what it keeps need not survive the machine."""
    programs = binaries()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as name:
        found = Server(Path(name), programs, durable=durable)
        found.start()
        try:
            yield found
        finally:
            if (found.folder / "data" / "postmaster.pid").exists():
                found.stop("immediate")


def _other_user() -> tuple[int, int] | None:
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise RuntimeError("there is no user that PostgreSQL could run as")


def main(command: Sequence[str]) -> int:
    with server() as found:
        return subprocess.run(  # noqa: S603
            command, env={**os.environ, VARIABLE: found.url()}, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
