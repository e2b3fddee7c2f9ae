"""Real Eclipse EDC connectors: put together from Maven Central, started, driven and stopped."""

from __future__ import annotations

import asyncio
import functools
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import aiohttp
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "edc"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
MAIN = "org.eclipse.edc.boot.system.runtime.BaseRuntime"
EXTENSION = "META-INF/services/org.eclipse.edc.spi.system.ServiceExtension"
EXTENSIONS = {"0.15.1-dcp": "WalletExtension", "0.15.1-hub": "HubExtension"}
PROTOCOL = "dataspace-protocol-http:2025-1"
EDC = "https://w3id.org/edc/v0.0.1/ns/"
CONTEXT = {"@vocab": EDC, "odrl": "http://www.w3.org/ns/odrl/2/", "edc": EDC}
ODRL = "http://www.w3.org/ns/odrl.jsonld"
PATIENCE = 90.0
WAITS = (
    "edc.negotiation.state-machine.iteration-wait-millis",
    "edc.negotiation.consumer.state-machine.iteration-wait-millis",
    "edc.negotiation.provider.state-machine.iteration-wait-millis",
    "edc.transfer.state-machine.iteration-wait-millis",
    "edc.dataplane.state-machine.iteration-wait-millis",
)
FACES = ("", "management", "protocol", "control", "public", "version")


LOST: list[str] = []
MOST = 5
P = ParamSpec("P")
T = TypeVar("T")


def begun_again(flow: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Begin a flow again that EDC has lost its way in, `MOST` times in a run; each is told of.

    EDC keeps its processes in a store "for testing purposes only". While one is written there it
    may be handed out to be worked on as it was before: EDC then says an old message anew, or lets
    its newest step be forgotten. Faifo takes what can be taken (`said_again`, `said_anew`); now and
    then on a loaded machine EDC ends the process all the same, or waits in it for ever.
    """

    @functools.wraps(flow)
    async def patient(*args: P.args, **more: P.kwargs) -> T:
        while True:
            try:
                return await flow(*args, **more)
            except AssertionError as error:
                LOST.append(str(error)[:500])
                if len(LOST) > MOST:
                    raise

    return patient


class MissingError(Exception):
    """Java, its compiler or Maven is not on this machine; the sentence says what to install."""


def assemble(version: str) -> str:
    """Return the class path of a connector; jars are fetched and sources compiled once.

    Raises:
        MissingError: a tool is not there, or Maven cannot get a jar.
    """
    for tool, package in (("java", "default-jdk-headless"), ("mvn", "maven")):
        if not shutil.which(tool) or not shutil.which("javac"):
            raise MissingError(
                f"{tool} or javac is not installed (Debian: apt-get install {package})"
            )
    folder = BUILD / version
    folder.mkdir(parents=True, exist_ok=True)
    pom = HERE / "poms" / f"{version}.xml"
    jars, kept = folder / "jars", folder / "pom.xml"
    if not jars.exists() or not kept.exists() or kept.read_bytes() != pom.read_bytes():
        shutil.rmtree(jars, ignore_errors=True)
        _run("mvn", "-B", "-q", "-f", str(pom), COPY, f"-DoutputDirectory={jars}")
        shutil.copyfile(pom, kept)
    classes = folder / "classes"
    sources = [*HERE.glob("java/common/faifo/*.java"), *HERE.glob(f"java/{version}/faifo/*.java")]
    text = "".join(source.read_text() for source in sorted(sources))
    marker = folder / "sources.txt"
    if not marker.exists() or marker.read_text() != text:
        shutil.rmtree(classes, ignore_errors=True)
        _run("javac", "-d", str(classes), "-cp", f"{jars}/*", *map(str, sources))
        service = classes / EXTENSION
        service.parent.mkdir(parents=True)
        service.write_text(f"faifo.{EXTENSIONS.get(version, 'SelfIssuedExtension')}\n")
        marker.write_text(text)
    return f"{classes}:{jars}/*"


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise MissingError(f"{command[0]} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


class Connector:
    """One EDC with its control and data plane in one process."""

    def __init__(
        self, version: str, folder: Path, ports: list[int], *, wait_ms: int = 10, **more: str
    ) -> None:
        self.version = version
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._said = threading.Event()
        self._ports = dict(zip((*FACES, "did"), ports, strict=True))
        self.did = f"did:web:localhost%3A{self._ports['did']}"
        self.base = f"http://localhost:{self._ports['protocol']}/protocol/2025-1"
        lines = {**self._settings(), **dict.fromkeys(WAITS, str(wait_ms)), **more}
        text = "".join(f"{name}={_escaped(value)}\n" for name, value in lines.items())
        (folder / "edc.properties").write_text(text)

    def _settings(self) -> dict[str, str]:
        at = self._ports
        settings = {
            "edc.participant.id": self.did,
            "edc.dsp.callback.address": f"http://localhost:{at['protocol']}/protocol",
            "edc.dataplane.api.public.baseurl": f"http://localhost:{at['public']}/public",
            "edc.transfer.proxy.token.signer.privatekey.alias": "signer",
            "edc.transfer.proxy.token.verifier.publickey.alias": "k1",
            "edc.policy.validation.enabled": "false",
            "faifo.metadata": f"http://localhost:{at['protocol']}/protocol/.well-known/dspace-version",
            "faifo.did.port": str(at["did"]),
        }
        for face in FACES:
            name = f"web.http.{face}".rstrip(".")
            settings[f"{name}.port"] = str(at[face])
            settings[f"{name}.path"] = f"/{face or 'api'}"
        key = ec.generate_private_key(ec.SECP256R1())
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (self._folder / "public.pem").write_bytes(public)
        settings["signer"] = private.decode().strip()
        settings["edc.iam.publickeys.k1.id"] = "k1"
        settings["edc.iam.publickeys.k1.path"] = str(self._folder / "public.pem")
        return settings

    def start(self) -> None:
        """Start it and wait until it says that it is ready.

        Raises:
            MissingError: see `assemble`.
            EOFError: it ended first, or said nothing in time.
        """
        command = ["java", "-Xmx256m", "-XX:+UseSerialGC"]
        command += [f"-Dedc.fs.config={self._folder / 'edc.properties'}"]
        self._process = subprocess.Popen(
            [*command, "-cp", assemble(self.version), MAIN],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._said.wait(2 * PATIENCE) or self._process.poll() is not None:
            self.stop()
            raise EOFError(f"EDC does not start: {self.log_tail()}")

    def _read(self) -> None:
        assert self._process
        assert self._process.stdout
        with (self._folder / "edc.log").open("wb", buffering=0) as log:
            for line in self._process.stdout:
                log.write(line)
                if re.search(rb"Runtime .* ready", line):
                    self._said.set()
        self._said.set()

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        assert self._process.stdout
        self._process.stdout.close()

    def port(self, face: str) -> int:
        """Return where a face listens."""
        return self._ports[face]

    @property
    def pid(self) -> int:
        """The process that runs."""
        assert self._process
        return self._process.pid

    def log_tail(self) -> str:
        log = self._folder / "edc.log"
        return log.read_text(errors="replace")[-4000:] if log.exists() else ""

    # ── the management API, version 3 ────────────────────────────────────────────────────────

    async def raw(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int, str]:
        url = f"http://localhost:{self._ports['management']}/management/v3{path}"
        sent = None if body is None else {"@context": CONTEXT, **body}
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session,
            session.request(method, url, json=sent) as response,
        ):
            return response.status, await response.text()

    async def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON of a good answer; another one fails the test with what EDC said."""
        status, content = await self.raw(method, path, body)
        assert status < 300, (path, status, content)
        return json.loads(content) if content else None

    async def until(self, path: str, *states: str) -> dict[str, Any]:
        """Return what is at `path` in one of `states`; EDC has nothing to wait on."""
        seen: dict[str, Any] = {}
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    seen = await self.call("GET", path)
                    if seen["state"] in states:
                        return seen
                    assert seen["state"] != "TERMINATED", seen.get("errorDetail", seen)
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{path} stayed {seen}; {self.log_tail()}") from None

    # ── as provider ──────────────────────────────────────────────────────────────────────────

    async def offer(
        self,
        asset: str,
        address: Mapping[str, str],
        policy: Mapping[str, Any] | None = None,
        *,
        access: Mapping[str, Any] | None = None,
        **properties: Any,
    ) -> None:
        """Offer `asset`, whose data is at `address`, under an ODRL `policy` (default: use)."""
        use = {"permission": [{"action": {"@id": "odrl:use"}}]}
        data = {"@type": "DataAddress", **address}
        body = {"@id": asset, "properties": properties, "dataAddress": data}
        await self.call("POST", "/assets", body)
        contract = f"{asset}-terms"
        for name, terms in ((contract, policy or use), (f"{asset}-access", access or use)):
            odrl = {"@context": ODRL, "@type": "Set", **terms}
            await self.call("POST", "/policydefinitions", {"@id": name, "policy": odrl})
        await self.call(
            "POST",
            "/contractdefinitions",
            {
                "@id": f"{asset}-contract",
                "accessPolicyId": f"{asset}-access",
                "contractPolicyId": contract,
                "assetsSelector": [_is(f"{EDC}id", asset)],
            },
        )

    # ── as consumer ──────────────────────────────────────────────────────────────────────────

    async def catalog(self, did: str, base: str, query: Mapping[str, Any] | None = None) -> Any:
        body = {"counterPartyAddress": base, "counterPartyId": did, "protocol": PROTOCOL}
        if query is not None:
            body["querySpec"] = {"@type": "QuerySpec", **query}
        return await self.call("POST", "/catalog/request", body)

    async def negotiate(self, did: str, base: str, offer: Mapping[str, Any], asset: str) -> str:
        """Return the id that a new negotiation has here."""
        policy = {"@context": ODRL, **offer, "assigner": did, "target": asset}
        body = {"counterPartyAddress": base, "protocol": PROTOCOL, "policy": policy}
        return str((await self.call("POST", "/contractnegotiations", body))["@id"])

    async def transfer(
        self, base: str, agreement: str, *, kind: str = "HttpData-PULL", **destination: str
    ) -> str:
        """Return the id that a new transfer has here."""
        body: dict[str, Any] = {
            "counterPartyAddress": base,
            "contractId": agreement,
            "protocol": PROTOCOL,
            "transferType": kind,
        }
        if destination:
            body["dataDestination"] = {"@type": "DataAddress", **destination}
        return str((await self.call("POST", "/transferprocesses", body))["@id"])

    async def address(self, transfer: str) -> dict[str, Any]:
        """Return the endpoint and the token of a started pull, as EDC's users get them.

        EDC writes them down some time after it says STARTED.
        """
        path = f"/edrs/{transfer}/dataaddress"
        async with asyncio.timeout(PATIENCE):
            while (await self.raw("GET", path))[0] == 404:
                await asyncio.sleep(0.02)
        address = await self.call("GET", path)
        return {name.removeprefix(EDC): value for name, value in address.items()}


def _is(left: str, right: str) -> dict[str, str]:
    return {"@type": "Criterion", "operandLeft": left, "operator": "=", "operandRight": right}


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n")


def several(value: Any) -> list[Any]:
    """Return what EDC writes as one object where it stands alone."""
    return value if isinstance(value, list) else [] if value is None else [value]


def named(entries: Any, name: str, member: Callable[[Any], Any] = lambda one: one["@id"]) -> Any:
    """Return the entry of that name."""
    found = [entry for entry in several(entries) if member(entry) == name]
    assert found, (name, [member(entry) for entry in several(entries)])
    return found[0]


class IdentityHub(Connector):
    """An IdentityHub with one participant, whose DID is `did`: a wallet and a token service."""

    def _settings(self) -> dict[str, str]:
        at = self._ports
        # The faces of a connector lend their ports to those of a hub.
        faces = {
            "": "/api",
            "management": "/identity",
            "protocol": "/credentials",
            "control": "/sts",
            "version": "/version",
            "did": "/",
        }
        names = {"management": "identity", "protocol": "credentials", "control": "sts"}
        settings = {
            "edc.participant.id": self.did,
            "edc.iam.issuer.id": self.did,
            "edc.iam.did.web.use.https": "false",
            "faifo.did": self.did,
            # The participant is named `member`, in base64.
            "faifo.wallet": f"http://localhost:{at['protocol']}/credentials/v1/participants/bWVtYmVy",
            "faifo.metadata": f"http://localhost:{at['public']}/.well-known/dspace-version",
            "faifo.port": str(at["public"]),
        }
        for face, path in faces.items():
            name = f"web.http.{names.get(face, face)}".rstrip(".")
            settings[f"{name}.port"] = str(at[face])
            settings[f"{name}.path"] = path
        return settings

    async def ask(self, what: str, **given: str) -> str:
        """Return what the extension answers; see HubExtension.java."""
        url = f"http://localhost:{self._ports['public']}/{what}"
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session,
            session.post(url, json=given) as response,
        ):
            content = await response.text()
            assert response.status == 200, (what, content, self.log_tail())
            return content
