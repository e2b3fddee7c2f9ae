"""S3Proxy, which stores what it is given, as the object store of somebody else."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from obstore.store import S3Store
from tests.conftest import free_port

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "s3proxy"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
NAME, SECRET = "reader-of-tests", "canary-secret-51c8e0"


class Store:
    """A running store with one bucket; `options` is what a client needs, as the lines of a file."""

    def __init__(self, port: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self.options = {
            "access_key_id": NAME,
            "secret_access_key": SECRET,
            "endpoint": self.endpoint,
            "region": "us-east-1",
        }
        client: Any = {"allow_http": True}
        config: Any = {**self.options, "disable_bulk_delete": "true"}  # S3Proxy answers 501
        self.client = S3Store("shelf", config=config, client_options=client)

    def lines(self) -> str:
        return "".join(f"{name}: {value}\n" for name, value in self.options.items())


@pytest.fixture(scope="session")
def jars() -> Path:
    """Return where S3Proxy's jars are; Maven is asked once."""
    if not shutil.which("java") or not shutil.which("mvn"):
        _missing("Java and Maven are needed (Debian: apt-get install default-jdk-headless maven)")
    pom, kept, found = HERE / "s3proxy.xml", BUILD / "pom.xml", BUILD / "jars"
    if not kept.exists() or kept.read_bytes() != pom.read_bytes():
        shutil.rmtree(found, ignore_errors=True)
        command = ["mvn", "-B", "-q", "-f", str(pom), COPY, f"-DoutputDirectory={found}"]
        command += ["-DincludeScope=runtime"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode != 0:
            _missing(f"Maven cannot get S3Proxy:\n{done.stdout[-2000:]}")
        shutil.copyfile(pom, kept)
    return found


def _missing(why: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def store(jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("s3proxy")
    (folder / "objects" / "shelf").mkdir(parents=True)
    made = Store(free_port())
    lines = {
        "s3proxy.endpoint": made.endpoint,
        "s3proxy.authorization": "aws-v2-or-v4",
        "s3proxy.identity": NAME,
        "s3proxy.credential": SECRET,
        "jclouds.provider": "filesystem-nio2",
        "jclouds.filesystem.basedir": str(folder / "objects"),
    }
    conf = folder / "s3proxy.conf"
    conf.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    command = ["java", "-Xmx256m", "-cp", f"{jars}/*", "org.gaul.s3proxy.Main"]
    process = subprocess.Popen(
        [*command, "--properties", str(conf)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    up = threading.Event()
    reader = threading.Thread(target=_drained, args=(process, up), daemon=True)
    reader.start()
    try:
        assert up.wait(90), "S3Proxy did not start"
        yield made
    finally:
        process.kill()
        process.wait()
        reader.join()
        assert process.stdout
        process.stdout.close()


def _drained(process: subprocess.Popen[bytes], up: threading.Event) -> None:
    """Read all that it says, so that it never waits for a reader."""
    assert process.stdout
    for line in process.stdout:
        if b"Server -- Started " in line:
            up.set()
