"""The kit itself: which release, its jars from Maven Central, its configuration, its report."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import NamedTuple

from faifo.node.exchange.transferring import PULL
from faifo.node.http.public.wellknown import DSP_PATH
from tck.node.caller import KIT
from tck.node.hooks import NEGOTIATIONS, TRANSFERS
from tck.node.scripts import Group, Script
from tck.node.seeds import offer_id

HERE = Path(__file__).parent
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath"
JAVA = 17
WAIT_SECONDS = 15
TRANSFERRING = {Group.PROVIDER_TRANSFER, Group.CONSUMER_TRANSFER}
VERDICT = re.compile(r"(SUCCESSFUL|FAILED): ([A-Z_]+:\d\d-\d\d)")


class MissingError(Exception):
    """Something that the kit needs is not on this machine; the sentence says what to install."""


class Release(NamedTuple):
    """What dsp.toml or dcp.toml says."""

    group: str
    version: str
    modules: list[str]
    main: str
    extra: list[str]
    enabled: int


class Addresses(NamedTuple):
    """Where everything listens, on localhost."""

    node: int
    hooks: int
    kit: int


def read_release(file: str = "dsp.toml") -> Release:
    return Release(**tomllib.loads((HERE / file).read_text(encoding="utf-8")))


def check_tools(release: Release) -> None:
    """Raise MissingError with one sentence unless Java 17 or newer and Maven can be run."""
    if not shutil.which("java"):
        raise MissingError(_install("Java 17 is not installed", "default-jdk-headless"))
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)', told.stderr + told.stdout)
    if not found or int(found[1]) < JAVA:
        what = f"java is version {found[1] if found else 'unknown'}, not 17 or newer"
        raise MissingError(_install(what, "default-jdk-headless"))
    if release.main.endswith(".java") and not shutil.which("javac"):
        raise MissingError(_install("java is there without javac", "default-jdk-headless"))
    if not shutil.which("mvn"):
        raise MissingError(_install("Maven is not installed", "maven"))


def _install(what: str, package: str) -> str:
    return f"make tck: {what}; on Debian: apt-get install {package}"


def class_path(release: Release, folder: Path) -> str:
    """Return the kit's class path; Maven is asked once for each release."""
    known, pom = folder / "classpath.txt", folder / "pom.xml"
    wanted = _pom(release)
    if known.exists() and pom.exists() and pom.read_text(encoding="utf-8") == wanted:
        path = known.read_text(encoding="utf-8")
        if all(Path(jar).exists() for jar in path.split(":")):
            return path
    folder.mkdir(parents=True, exist_ok=True)
    known.unlink(missing_ok=True)
    pom.write_text(wanted, encoding="utf-8")
    command = ["mvn", "-B", "-q", "-f", str(pom), PLUGIN]
    command += ["-Dmdep.includeScope=runtime", f"-Dmdep.outputFile={known}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise MissingError(f"make tck: Maven cannot get the kit:\n{done.stdout[-3000:]}")
    return known.read_text(encoding="utf-8")


def _pom(release: Release) -> str:
    wanted = [f"{release.group}:{module}:{release.version}" for module in release.modules]
    dependencies = "".join(
        "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version>"
        "</dependency>".format(*one.split(":"))
        for one in (*wanted, *release.extra)
    )
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>faifo</groupId><artifactId>tck</artifactId><version>1</version>"
        f"<dependencies>{dependencies}</dependencies></project>\n"
    )


def command(release: Release, path: str, configuration: Path) -> list[str]:
    """Return the command that runs the kit."""
    main = str(HERE / release.main) if release.main.endswith(".java") else release.main
    return ["java", "-cp", path, main, "-config", str(configuration)]


def properties(scripts: tuple[Script, ...], at: Addresses) -> str:
    """Return the kit's configuration: where we are, and the ids of every test."""
    root, hooks = f"http://localhost:{at.node}", f"http://localhost:{at.hooks}"
    connector = "dataspacetck.dsp.connector"
    lines = {
        "dataspacetck.debug": "true",
        "dataspacetck.ansi": "false",
        "dataspacetck.callback.address": f"http://localhost:{at.kit}",
        "dataspacetck.host": "127.0.0.1",
        "dataspacetck.port": str(at.kit),
        "dataspacetck.dsp.local.connector": "false",
        "dataspacetck.dsp.default.wait": str(WAIT_SECONDS),
        f"{connector}.agent.id": f"did:web:localhost%3A{at.node}",
        f"{connector}.http.url": root + DSP_PATH,
        f"{connector}.http.base.url": root,
        f"{connector}.http.headers.authorization": f"any token of {KIT}",
        f"{connector}.negotiation.initiate.url": hooks + NEGOTIATIONS,
        f"{connector}.transfer.initiate.url": hooks + TRANSFERS,
    }
    for script in scripts:
        if script.group in TRANSFERRING:
            lines[f"{script.parameter}_AGREEMENTID"] = script.subject
            lines[f"{script.parameter}_FORMAT"] = PULL
        elif script.subject:
            lines[f"{script.parameter}_DATASETID"] = script.subject
        if script.group is Group.PROVIDER_NEGOTIATION:
            lines[f"{script.parameter}_OFFERID"] = offer_id(script.subject)
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def verdicts(report: str) -> dict[str, bool]:
    """Return which tests ran, and whether each passed; a test that failed once has failed."""
    found: dict[str, bool] = {}
    for word, test in VERDICT.findall(report):
        found[test] = found.get(test, True) and word == "SUCCESSFUL"
    return found
