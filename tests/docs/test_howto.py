"""The how-tos, followed with real nodes, a real nginx and a real service."""

from __future__ import annotations

import http.server
import json
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from portable import free_port, needs
from terminal import Terminal, merge_settings

DOCS = Path(__file__).parents[2] / "docs"
HOWTO = DOCS / "howto"


@pytest.fixture
def tutorial(terminal: Terminal) -> Terminal:
    """The tutorial's two nodes, up, after the first `get`."""
    terminal.other_ports(8081, 8082, 9000)
    terminal.follow(DOCS / "tutorial" / "two-organisations.md", before="Other terms than those")
    return terminal


class Forecast(http.server.BaseHTTPRequestHandler):
    """A service that wants its key, and tells what it was asked."""

    def do_GET(self) -> None:
        self._answer({"asked": self.path, "yield": 5.2})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer({"asked": self.path, "got": json.loads(body)})

    def _answer(self, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode() + b"\n"
        self.send_response(200 if self.headers["X-Api-Key"] == "s3cret" else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def forecast(tutorial: Terminal) -> Iterator[None]:
    port = int(tutorial.real("9000"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Forecast)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.usefixtures("forecast")
def test_publish_a_service(tutorial: Terminal) -> None:
    assert tutorial.follow(HOWTO / "publish-a-service.md") == 4
    consumer = tutorial.folder / "faifo-tutorial" / "puerto-claro"
    kept = b"".join(file.read_bytes() for file in consumer.rglob("*") if file.is_file())
    assert b"forecast" in kept
    assert b"s3cret" not in kept


@pytest.mark.usefixtures("forecast")
def test_own_systems(tutorial: Terminal) -> None:
    assert tutorial.follow(HOWTO / "own-systems.md") == 4
    folder = tutorial.folder / "faifo-tutorial"
    assert (folder / "pushed.csv").read_bytes() == (folder / "rice.csv").read_bytes()
    # With the webhooks of the page the node starts again and makes their secret.
    tutorial.run("kill %1; wait %1", fails=False)
    tutorial.run("faifo serve --dir thu-bon > up 2>> thu-bon.log &", fails=False)
    tutorial.run("until grep -q 'is at' up; do sleep 0.05; done", fails=False)
    assert (folder / "thu-bon" / "webhooks.secret").read_text().startswith("whsec_")


def test_back_up_and_restore(tutorial: Terminal) -> None:
    assert tutorial.follow(HOWTO / "back-up-and-upgrade.md") == 6
    folder = tutorial.folder / "faifo-tutorial"
    assert (folder / "again.csv").read_bytes() == (folder / "rice.csv").read_bytes()
    backup = folder / "backup-1"
    assert {file.name for file in backup.iterdir()} == {
        "faifo.toml",
        "faifo.db",
        "keys",
        "manage.key",
        "trust.toml",
        "shared.toml",
    }
    open_to_others = [file for file in (backup, *backup.rglob("*")) if file.stat().st_mode & 0o077]
    # Settings hold no secret; nobody gets past the folder anyway.
    assert open_to_others in ([], [backup / "faifo.toml"])
    (again,) = tutorial.run("faifo backup backup-1 --dir thu-bon", fails=True)
    assert "backup-1" in again


def test_host_many_firms(terminal: Terminal) -> None:
    terminal.other_ports(8081)
    assert terminal.follow(HOWTO / "host-many-firms.md") == 13
    folder = terminal.folder
    assert (folder / "got.csv").read_bytes() == (folder / "prices.csv").read_bytes()
    assert (folder / "assoc" / "participants" / "tay-do" / "faifo.db").exists()


def test_when_it_stands_still(tutorial: Terminal) -> None:
    assert tutorial.follow(HOWTO / "when-it-stands-still.md") == 7


def test_what_is_said_of_faults_is_what_the_tables_say(terminal: Terminal) -> None:
    needs("openssl")
    ours, theirs = free_port(), free_port()
    _tls_node(terminal, "here", ours, theirs)
    _tls_node(terminal, "there", theirs, ours)
    terminal.run("faifo serve --dir there > there.up 2> there.log &", fails=False)
    terminal.run("until grep -q 'is at' there.up; do sleep 0.05; done", fails=False)
    (private,) = _catalog(terminal, "here")
    merge_settings(terminal.folder / "here/faifo.toml", '[egress]\nallow = ["127.0.0.0/8"]\n')
    (uncertain,) = _catalog(terminal, "here")
    terminal.run("mv here/tls.key here/away", fails=False)
    (no_files,) = _errors(terminal.run("faifo serve --dir here", fails=True))
    assert private.endswith(
        ", a loopback address, and "
        "only public addresses are allowed; egress.allow in faifo.toml may name others"
    )
    assert uncertain.endswith(" cannot be reached: the TLS certificate was not accepted")
    page = (HOWTO / "tls.md").read_text(encoding="utf-8")
    for said in re.findall(r"^\| `(?:… )?([^`]+)` \|", page, re.M):
        assert any(said in line for line in (private, uncertain, no_files)), said


def _tls_node(terminal: Terminal, name: str, port: int, other: int) -> None:
    init = f"faifo init {name} --public-url https://localhost:{port} --port {port}"
    terminal.run(init, fails=False)
    terminal.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        f"-subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout {name}/tls.key "
        f"-out {name}/tls.pem",
        fails=False,
    )
    merge_settings(
        terminal.folder / name / "faifo.toml",
        '[listen]\ntls_certificate = "tls.pem"\ntls_key = "tls.key"\n',
    )
    terminal.run(f"faifo trust add https://localhost:{other} --dir {name}", fails=False)


def _catalog(terminal: Terminal, name: str) -> list[str]:
    """Serve, ask for the other's catalog, stop; return what the refusal says."""
    terminal.run(f"rm -f up; faifo serve --dir {name} > up 2> {name}.log & running=$!", fails=False)
    terminal.run("until grep -q 'is at' up; do sleep 0.05; done", fails=False)
    said = terminal.run(
        f"faifo catalog $(grep -o 'did:web[^\"]*' {name}/trust.toml) --dir {name}", fails=True
    )
    terminal.run("kill $running; wait $running", fails=False)
    return _errors(said)


def _errors(said: list[str]) -> list[str]:
    """Return the lines that say what is wrong; the log may have its own before them."""
    return [line for line in said if line.startswith("faifo: ")]


def test_a_newer_database_is_left_as_it_is(terminal: Terminal) -> None:
    terminal.run("faifo init node", fails=False)
    with closing(sqlite3.connect(terminal.folder / "node" / "faifo.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    (said,) = _errors(terminal.run("faifo serve --dir node", fails=True))
    assert "has schema 9999, this Faifo knows up to " in said
    assert terminal.run("faifo serve --dir node 2> log || echo $?", fails=False) == ["8"]
    with closing(sqlite3.connect(terminal.folder / "node" / "faifo.db")) as database:
        found = database.execute("SELECT version_num FROM alembic_version").fetchall()
    assert found == [("9999",)]


@pytest.mark.parametrize("name", ["console.md", "console.vi.md", "console.ko.md"])
def test_the_way_into_the_console(tutorial: Terminal, name: str) -> None:
    assert tutorial.follow(DOCS / "tutorial" / name) == 3
