"""The go command takes our tree for its checksum database: tiles, notes, and no rewritten past.

For the test alone, leaves are lines of go.sum and the origin is the one that go knows. It keeps the
newest tree it has seen, and demands of each later one that it continues it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from faifo.ledger.checkpoint import written
from faifo.ledger.note import LOG, Key, public_bytes, sign
from faifo.ledger.tiles import HEIGHT, parse_path
from faifo.ledger.tree import root_of
from proofs import Log, private

NAME = "sum.faifo.invalid"
ORIGIN = "go.sum database tree"
MODULE = "faifo.invalid/m"


def _h1(files: dict[str, bytes]) -> str:
    lines = [f"{hashlib.sha256(files[one]).hexdigest()}  {one}\n" for one in sorted(files)]
    return "h1:" + base64.b64encode(hashlib.sha256("".join(lines).encode()).digest()).decode()


def _mod(version: str) -> bytes:
    return f"module {MODULE}\n\ngo 1.20 // {version}\n".encode()


def _files(version: str) -> dict[str, bytes]:
    folder = f"{MODULE}@{version}"
    return {f"{folder}/go.mod": _mod(version), f"{folder}/m.go": b"package m\n"}


def _record(version: str) -> bytes:
    whole, mod = _h1(_files(version)), _h1({"go.mod": _mod(version)})
    return f"{MODULE} {version} {whole}\n{MODULE} {version}/go.mod {mod}\n".encode()


def _version(number: int) -> str:
    return f"v1.0.{number}"


class Database:
    """A checksum database and module proxy over `log`, as it was at `size`."""

    def __init__(self, log: Log, size: int) -> None:
        self.log, self.size, self.spoil = log, size, ""

    def answer(self, path: str) -> bytes | None:
        if path == "/latest":
            return self._note()
        if path.startswith(f"/lookup/{MODULE}@"):
            number = int(path.rpartition(".")[2])
            record = self.log.leaves[number]
            if self.spoil == "record":
                record = record.replace(b"h1:", b"h1:A", 1)
            return f"{number}\n".encode() + record + b"\n" + self._note()
        if path.startswith(f"/tile/{HEIGHT}/"):
            return self._tile(path.replace(f"/tile/{HEIGHT}/", "tile/"))
        version = Path(path).stem
        if path.endswith(".info"):
            return f'{{"Version":"{version}"}}'.encode()
        if path.endswith(".mod"):
            return _mod(version)
        if path.endswith(".zip"):
            room = io.BytesIO()
            with zipfile.ZipFile(room, "w") as file:
                for name, content in _files(version).items():
                    file.writestr(name, content)
            return room.getvalue()
        return None

    def _note(self) -> bytes:
        text = written(ORIGIN, self.size, root_of(self.size, self.log.stored))
        signed = sign(text, NAME, private(9 if self.spoil == "key" else 1)).line
        if self.spoil == "note":
            text = text.replace(f"\n{self.size}\n", f"\n{self.size - 1}\n")
        return f"{text}\n{signed}".encode()

    def _tile(self, path: str) -> bytes:
        tile = parse_path(path)
        assert tile.exists(self.size), path
        first = tile.number << HEIGHT
        hashes = [self.log.stored(tile.level * HEIGHT, first + one) for one in range(tile.width)]
        if self.spoil == "tile":
            hashes[0] = bytes(32)
        cut = -1 if self.spoil == "short tile" else None
        return b"".join(hashes[:cut])


@pytest.fixture
def database() -> Iterator[Database]:
    served = Database(Log([_record(_version(one)) for one in range(900)], ORIGIN), 700)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = served.answer(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_address[1]}"  # type: ignore[attr-defined]
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def download(foreign: Any, database: Any, tmp_path: Path) -> Any:
    """Ask go for a version, and return what it complains of; the folder is what it remembers in."""
    go, vkey = foreign("bin/go"), Key(NAME, LOG, public_bytes(private(1))).vkey

    def ask(number: int, memory: str = "memory") -> str:
        room = tmp_path / memory
        kept = {"PATH": os.environ["PATH"], "HOME": str(room), "GOPATH": str(room / "go")}
        chosen = {
            "GOPROXY": database.url, "GOSUMDB": f"{vkey} {database.url}", "GOTOOLCHAIN": "local",
            "GOCACHE": str(room / "cache"), "GOFLAGS": "-modcacherw", "GONOPROXY": "none",
            "GONOSUMDB": "none", "GO111MODULE": "on", "no_proxy": "127.0.0.1",
        }  # fmt: skip
        room.mkdir(exist_ok=True)
        ran = subprocess.run(
            [go, "mod", "download", f"{MODULE}@{_version(number)}"], cwd=room, env=kept | chosen,
            check=False, timeout=100, capture_output=True, text=True,
        )  # fmt: skip
        return "" if ran.returncode == 0 else ran.stderr + ran.stdout or "it failed"

    return ask


def test_it_follows_a_log_that_grows_and_refuses_one_that_was_rewritten(
    download: Any, database: Any
):
    assert download(5) == ""
    database.size = 900
    assert download(650) == ""
    assert download(899) == ""
    # The same log but for one leaf in its past: signed by the same key.
    honest, leaves = database.log, [*database.log.leaves]
    leaves[3] = _record("v9.9.9")
    database.log = Log([*leaves, *map(_record, map(_version, range(900, 950)))], ORIGIN)
    database.size = 950
    assert "checking tree#900 against tree#950" in download(920)
    # What it holds to be true has stayed what it was.
    database.log, database.size = honest, 900
    assert download(700) == ""


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        ("record", "cannot authenticate record data"),
        ("key", "unverifiable signature|unknown key|no verifiable signatures|invalid signature"),
        ("note", "invalid signature"),
        ("tile", "inconsistent|invalid|downloaded"),
        ("short tile", "tile|length|bytes"),
    ],
)
def test_it_refuses_what_was_spoilt(download: Any, database: Any, spoil: str, cause: str):
    assert download(5, "genuine") == ""
    database.spoil = spoil
    said = download(6, "spoilt")
    assert said != ""
    assert any(one in said for one in cause.split("|")), said
