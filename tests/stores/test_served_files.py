"""Files on a real SFTP server as datasets: OpenSSH's serves them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Pair, Refused

from stores.test_objects import read

pytest.importorskip("sshfs", reason="needs faifo[sftp]")

LARGE = bytes(range(256)) * 8192  # 2 MiB


class Shelf:
    """A folder and the server that shows it."""

    def __init__(self, folder: Path, program: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.files = folder / "files"
        self.files.mkdir()
        self.key = folder / "reader"
        for path in (self.key, folder / "host"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
        self.host_key = " ".join((folder / "host.pub").read_text().split()[:2])
        (folder / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1:{self.port}\nHostKey {folder}/host\nPidFile none\n"
            f"AuthorizedKeysFile {folder}/reader.pub\nStrictModes no\nPermitRootLogin yes\n"
            "PasswordAuthentication no\nUsePAM no\nSubsystem sftp internal-sftp -R\n"
        )
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        self.process = subprocess.Popen([program, "-D", "-e", "-f", folder / "sshd_config"],
                                        stderr=subprocess.DEVNULL)  # fmt: skip
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError("sshd does not listen")

    def lines(self, **other: str) -> str:
        user = {"user": os.environ.get("USER") or "root", "key_file": str(self.key)}
        options = user | {"host_key": self.host_key} | other
        return "".join(f"{name}: {value}\n" for name, value in options.items() if value)

    def url(self, name: str) -> str:
        return f"sftp://127.0.0.1:{self.port}{self.files / name}"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    program = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        reason = "sshd is not installed (Debian: apt-get install openssh-server)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    found = Shelf(tmp_path_factory.mktemp("sftp"), program)
    yield found
    found.process.terminate()
    found.process.wait()


async def published(pair: Pair, shelf: Shelf, name: str, **other: str) -> str:
    (pair.provider.path / "shelf.options").write_text(shelf.lines(**other))
    body = {"location": shelf.url(name), "credentials": "shelf.options"}
    return str((await pair.provider.call("POST", "/datasets", body))["id"])


async def test_read_where_it_lies_whole_and_in_part(pair: Pair, shelf: Shelf) -> None:
    (shelf.files / "large.bin").write_bytes(LARGE)
    dataset = await published(pair, shelf, "large.bin")
    status, _, body = await read(pair, dataset)
    assert (status, body == LARGE) == (200, True)
    status, fields, body = await read(pair, dataset, Range="bytes=1000000-1500000")
    assert (status, body == LARGE[1_000_000:1_500_001]) == (206, True)
    assert fields["Content-Range"].endswith(f"/{len(LARGE)}")


async def test_another_content_under_the_same_name_is_refused(pair: Pair, shelf: Shelf) -> None:
    path = shelf.files / "changed.csv"
    path.write_bytes(b"a,1\n")
    dataset = await published(pair, shelf, "changed.csv")
    path.write_bytes(b"a,99\n")
    assert (await read(pair, dataset))[0] == 409
    path.unlink()
    assert (await read(pair, dataset))[0] == 410


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"host_key": "ssh-ed25519 " + "A" * 68}, "cannot be published"),
        ({"host_key": ""}, "cannot be opened with these options"),
        ({"host_key": "any"}, "cannot be opened with these options"),
        ({"known_hosts": "/dev/null"}, "cannot be opened with these options"),
        ({"user": "nobody-of-that-name"}, "cannot be published"),
    ],
    ids=["another key", "no key", "no such key", "an option of the library", "another user"],
)
async def test_only_the_server_that_was_named(
    pair: Pair, shelf: Shelf, other: dict[str, str], why: str
) -> None:
    (shelf.files / "here.csv").write_bytes(b"a,1\n")
    with pytest.raises(Refused) as refused:
        await published(pair, shelf, "here.csv", **other)
    assert why in str(refused.value)
    assert str(shelf.key) not in str(refused.value)


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("sftp://ann:hunter2@127.0.0.1/prices.csv", "names no object in a store"),
        ("ftp://127.0.0.1/prices.csv", "there is no file"),
        ("smb://127.0.0.1/share/prices.csv", "there is no file"),
        ("sftp://127.0.0.1/home/ann/node/manage.key", "key"),
    ],
)
async def test_other_places_are_refused(pair: Pair, shelf: Shelf, location: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        await pair.provider.call("POST", "/datasets", {"location": location})
    assert why in str(refused.value)
