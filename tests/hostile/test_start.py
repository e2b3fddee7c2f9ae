"""Starting where something is in the way, and a disk that fills while the node serves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import CONTEXT, Answer, free_port, peer, write_node
from yarl import URL

from faifo.store.sqlite.migrate import prepare

SERVE = [sys.executable, "-m", "faifo", "serve"]
CATALOG = {"@context": [CONTEXT], "@type": "CatalogRequestMessage"}


# Somebody else may not be allowed to run this very interpreter, nor to read its modules.
AS_NOBODY = [
    sys.executable,
    "-c",
    "import os, sys\n"
    # What is loaded late is loaded before: nobody may not read an interpreter in /root.
    "import encodings.utf_8_sig\n"
    "import faifo.cli, faifo.cli.verbs.serve, faifo.node.watching.logs, faifo.node.wiring\n"
    "from faifo.phrases.catalogue import catalogue; catalogue('en')\n"
    "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
    "sys.argv = ['faifo', 'serve', *sys.argv[1:]]\n"
    "faifo.cli.main()",
]


def _fails(folder: Path, code: int, *, command: list[str] = SERVE) -> str:
    """Serve a node that cannot start; return its one line."""
    # What the tests are told in variables of this prefix is no setting of a node.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("FAIFO_")}
    done = subprocess.run(
        [*command, "--dir", str(folder)],
        capture_output=True,
        text=True,
        timeout=20,
        env={**plain, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


@contextlib.contextmanager
def _serving(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    # The process writes when it is ready; waiting for that needs no look at the clock.
    log = (folder / "stderr").open("wb")
    process = subprocess.Popen([*SERVE, "--dir", str(folder)], stdout=subprocess.PIPE, stderr=log)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        running = json.loads((folder / "running.json").read_bytes())
        yield process, running["manage_url"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        log.close()


@pytest.fixture
def node(tmp_path: Path) -> Path:
    return write_node(tmp_path / "node", port=free_port(), trusted={})


def test_a_node_that_serves_keeps_its_port_its_directory_and_its_key(
    node: Path, tmp_path: Path
) -> None:
    """One process is started; what stands in another's way is named; nothing disturbs the first."""
    port = free_port()
    write_node(node, port=port, trusted={})
    (node / "manage.key").write_text("\n")
    with _serving(node) as (process, manage):
        other = write_node(tmp_path / "other", port=port, trusted={})
        line = _fails(other, 2)
        assert f"cannot listen on 127.0.0.1:{port} (Address already in use)" in line
        line = _fails(node, 7)
        assert f"is served already, by process {process.pid}" in line
        for header in ("", "Bearer ", "Bearer"):
            request = urllib.request.Request(f"{manage}/manage/v1/node")
            request.add_header("Authorization", header)
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request, timeout=10)
            assert refused.value.code == 401, "an empty key is no key"
            refused.value.close()
        assert process.poll() is None


def test_a_directory_that_cannot_be_written_is_named(node: Path) -> None:
    if os.getuid() != 0:
        node.chmod(0o500)
        line = _fails(node, 2)
    else:
        # Root may write everywhere; somebody else may only read here.
        for folder in (node, *node.parents):
            if folder.stat().st_uid == 0 and str(folder).startswith("/tmp/"):
                folder.chmod(0o755)
        for path in node.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        line = _fails(node, 2, command=AS_NOBODY)
    assert f"{node}/lock cannot be written: Permission denied" in line


DAMAGE: list[Any] = [
    pytest.param(b"not a database, but of some length" * 100, 8, "cannot be read", id="garbage"),
    pytest.param(b"", 8, "holds no schema of Faifo", id="empty file"),
]


@pytest.mark.parametrize(("content", "code", "why"), DAMAGE)
def test_a_damaged_database_stops_the_start_and_is_left_as_it_is(
    node: Path, content: bytes, code: int, why: str
) -> None:
    (node / "faifo.db").write_bytes(content)
    assert why in _fails(node, code)
    assert (node / "faifo.db").read_bytes() == content


def test_the_database_of_a_newer_faifo_is_refused(node: Path) -> None:
    prepare(node / "faifo.db")
    database = sqlite3.connect(node / "faifo.db")
    with contextlib.closing(database):
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    line = _fails(node, 8)
    assert "has schema 9999, this Faifo knows up to" in line
    assert "start it with the newer Faifo" in line


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "node is not set"),
        ("[node", "Expected ']'"),
        ('[node]\npublic_url = "ftp://x"', "expected an http or https URL"),
        ('[node]\npublic_url = "http://127.0.0.1:1"', "did:web forbids IP addresses"),
        ('[node]\npublic_url = "http://localhost:1"', "is plain http"),
        ('[node]\npublic_url = "https://x"\ncolour = 1', "colour"),
        ('[node]\npublic_url = "https://x"\n[egress]\nca_file = "/nothing"', "egress.ca_file"),
        ('[node]\npublic_url = "https://x"\n[listen]\ntls_key = "k"', "expected both or none"),
    ],
    ids=lambda value: repr(value)[-40:],
)
def test_settings_that_cannot_be_are_named(node: Path, text: str, why: str) -> None:
    (node / "faifo.toml").write_text(text)
    assert why in _fails(node, 2)


async def test_a_full_disk_is_503_loses_nothing_and_mends_itself(tmp_path: Path) -> None:
    async with peer() as friend:
        port = free_port()
        node = write_node(tmp_path / "node", port=port, trusted={"friend": friend.did})
        did = f"did:web:localhost%3A{port}"

        async def ask(token: str) -> Answer:
            url = URL(f"http://localhost:{port}/dsp/2025-1/catalog/request")
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            async with friend.client.post(url, json=CATALOG, headers=headers) as answer:
                return Answer(answer.status, answer.headers, await answer.read())

        server = _serving(node)
        process, _ = await asyncio.to_thread(server.__enter__)
        try:
            first = friend.token(did)
            assert (await ask(first)).status == 200
            # From outside: no file of that process may grow any more.
            _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (4096, hard))
            second = friend.token(did)
            for _ in range(3):
                refused = await ask(second)
                assert refused.status == 503
                assert refused.json["@type"] == "CatalogError"
                assert refused.json["code"] == "storage"
                assert "nothing was acknowledged" in refused.reason
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))
            # What was refused was not used up; what was acknowledged was not lost.
            assert (await ask(second)).status == 200
            assert (await ask(first)).status == 401
            assert process.poll() is None
        finally:
            await asyncio.to_thread(server.__exit__, None, None, None)
        assert b"Traceback" not in (node / "stderr").read_bytes()
