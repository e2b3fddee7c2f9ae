"""S3Proxy of Maven Central: an object store that really stores, gone when its work is done."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POM = Path(__file__).with_name("s3proxy.xml")
BUILD = Path(__file__).parents[1] / "build" / "s3proxy"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
NAME, SECRET, BUCKET = "reader-of-tests", "canary-secret-51c8e0", "shelf"


def jars() -> Path:
    """Return where its jars are; Maven is asked once.

    Raises:
        RuntimeError: Java, Maven or the jars cannot be had.
    """
    if not shutil.which("java") or not shutil.which("mvn"):
        raise RuntimeError("Java and Maven are needed (default-jdk-headless, maven)")
    kept, found = BUILD / "pom.xml", BUILD / "jars"
    if not kept.exists() or kept.read_bytes() != POM.read_bytes():
        shutil.rmtree(found, ignore_errors=True)
        command = ["mvn", "-B", "-q", "-f", str(POM), COPY, f"-DoutputDirectory={found}"]
        command += ["-DincludeScope=runtime"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)  # noqa: S603
        if done.returncode != 0:
            raise RuntimeError(f"Maven cannot get S3Proxy:\n{done.stdout[-2000:]}")
        shutil.copyfile(POM, kept)
    return found


def options(port: int) -> dict[str, str]:
    """Return what a client of the store at `port` needs."""
    return {
        "access_key_id": NAME,
        "secret_access_key": SECRET,
        "endpoint": f"http://127.0.0.1:{port}",
        "region": "us-east-1",
    }


@contextmanager
def serving(folder: Path, port: int) -> Iterator[None]:
    """Serve a store with one bucket from `folder`, on this machine alone.

    Raises:
        RuntimeError: it cannot be had, or does not start.
    """
    found = jars()
    (folder / "objects" / BUCKET).mkdir(parents=True)
    lines = {
        "s3proxy.endpoint": f"http://127.0.0.1:{port}",
        "s3proxy.authorization": "aws-v2-or-v4",
        "s3proxy.identity": NAME,
        "s3proxy.credential": SECRET,
        "jclouds.provider": "filesystem-nio2",
        "jclouds.filesystem.basedir": str(folder / "objects"),
    }
    conf = folder / "s3proxy.conf"
    conf.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    command = ["java", "-Xmx256m", "-cp", f"{found}/*", "org.gaul.s3proxy.Main"]
    process = subprocess.Popen(  # noqa: S603
        [*command, "--properties", str(conf)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    up = threading.Event()
    reader = threading.Thread(target=_drained, args=(process, up), daemon=True)
    reader.start()
    try:
        if not up.wait(90):
            raise RuntimeError("S3Proxy did not start")
        yield
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
