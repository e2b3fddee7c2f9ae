"""Each planted fault is named, with what to do about it; a node without faults is told so.

The other node is a real server that says what a test wants; its DID document and its answers are
made by the product's own code.
"""

from __future__ import annotations

import json
import os
import sqlite3
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from faifo.errors import NotProvenError
from faifo.node.custody.directory import Directory
from faifo.node.custody.keyring import read_keyring
from faifo.node.custody.trust_file import TrustedParticipant, write_trust
from faifo.node.examining import books, files, interpreter
from faifo.node.http.public.wellknown import did_services, version_document
from faifo.node.membership.authentication import discreet
from faifo.node.outward.strangers import not_had
from faifo.node.settings.model import read_settings
from faifo.phrases.catalogue import catalogue
from faifo.trust.did import write_did_document
from faifo.trust.keys import KeyPurpose, SigningKey, key_id

CATALOG = {
    "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"],
    "@id": "urn:catalog",
    "@type": "Catalog",
    "participantId": "did:web:x",
    "dataset": [],
}


class Server:
    """Answers by path; `ahead` shifts the clock that its Date header tells."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.ahead = timedelta(0)
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = self.path.partition("?")[0]
                status, content = server.answers.get(path, (404, b"{}"))
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET  # noqa: N815

            def date_time_string(self, _: float | None = None) -> str:
                now = datetime.now(UTC) + server.ahead
                return super().date_time_string(now.timestamp())

            def log_message(self, *_: Any) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.http.server_port
        self.did = f"did:web:localhost%3A{self.port}"
        self.root = f"http://localhost:{self.port}"

    def start(self, tls: ssl.SSLContext | None = None) -> None:
        if tls is not None:
            self.http.socket = tls.wrap_socket(self.http.socket, server_side=True)
            self.root = self.root.replace("http:", "https:")
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def be_a_node(self, *, did: str = "", keys: list[SigningKey] | None = None) -> None:
        did = did or self.did
        keys = [new_key(did)] if keys is None else keys
        document = write_did_document(did, keys, did_services(did, self.root))
        self.answers |= {
            "/.well-known/did.json": (200, document),
            "/.well-known/dspace-version": (200, version_document()),
            "/dsp/2025-1/catalog/request": (200, json.dumps(CATALOG).encode()),
        }

    def refuse(self, status: int, reason: str) -> None:
        body = {"@type": "CatalogError", "code": str(status), "reason": [reason]}
        self.answers["/dsp/2025-1/catalog/request"] = (status, json.dumps(body).encode())


@pytest.fixture(autouse=True)
def fast_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Python the tests run on is told elsewhere (test_interpreter.py)."""
    monkeypatch.setattr(interpreter, "build", lambda _told: ("pgo",))


def new_key(did: str) -> SigningKey:
    return SigningKey(
        id=key_id(did, "token-1"),
        purpose=KeyPurpose.TOKEN,
        created=datetime.now(UTC),
        private_key=ec.generate_private_key(ec.SECP256R1()),
    )


@pytest.fixture
def server() -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def start(*, tls: ssl.SSLContext | None = None) -> Server:
        one = Server()
        made.append(one)
        one.start(tls)
        return one

    yield start
    for one in made:
        one.http.shutdown()
        one.http.server_close()


class Patient:
    """A node's directory, and what the doctor says of it."""

    def __init__(self, faifo: Any, path: Path, port: int) -> None:
        self.path, self.faifo = path, faifo
        self.root = path.parent / "data"
        self.root.mkdir()
        ran = faifo("init", path, "--port", port, "--root", self.root)
        assert ran.code == 0, ran.err
        self.directory = Directory(path)
        self.did = f"did:web:localhost%3A{port}"
        self.port = port

    def trust(self, *dids: str) -> None:
        entries = tuple(TrustedParticipant(did=did, name="them") for did in dids)
        write_trust(self.directory.trust, entries)

    def settings(self, old: str, new: str) -> None:
        text = self.directory.settings.read_text()
        assert old in text
        self.directory.settings.write_text(text.replace(old, new))

    def findings(self, *arguments: str) -> dict[str, dict[str, Any]]:
        ran = self.faifo("doctor", *arguments, "--json", "--dir", self.path)
        found = json.loads(ran.out)
        faults = [one for one in found if one["state"] == "fault"]
        assert ran.code == (1 if faults else 0)
        return {one["check"]: one for one in found}

    def faults(self, *arguments: str) -> list[str]:
        found = self.findings(*arguments).values()
        return [one["check"] for one in found if one["state"] == "fault"]

    def publish(self, name: str = "a.csv") -> Path:
        file = self.root / name
        file.write_text("a,b\n")
        assert self.faifo("publish", file, "--id", name, "--dir", self.path).code == 0
        return file


@pytest.fixture
def patient(faifo: Any, tmp_path: Path, free: Callable[[], int]) -> Patient:
    return Patient(faifo, tmp_path / "n", free())


@pytest.fixture
def free() -> Callable[[], int]:
    def port() -> int:
        import socket

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    return port


def test_a_healthy_node(patient: Patient, server: Any):
    peer = server()
    peer.be_a_node()
    patient.trust(peer.did)
    patient.publish()
    found = patient.findings("them")
    assert [one["check"] for one in found.values() if one["state"] != "good"] == ["not-running"]
    assert list(found)[-1] == "trusted-there"
    ran = patient.faifo("doctor", "them", "--dir", patient.path)
    assert ran.code == 0
    assert f"  ok   {peer.did} knows this node and shows its catalog\n" in ran.out
    assert ran.err == "No fault was found.\n"


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def wrong_setting(patient: Patient) -> None:
    patient.settings("port = ", "prot = ")


def open_key(patient: Patient) -> None:
    (patient.directory.keys / "token-1.json").chmod(0o644)


def open_secret(patient: Patient) -> None:
    patient.directory.webhook_secret.write_text("secret")
    patient.directory.webhook_secret.chmod(0o640)


def open_key_of_a_role(patient: Patient) -> None:
    key = patient.directory.manage_keys / "viewer" / "ha.key"
    key.parent.mkdir(parents=True)
    key.write_text("key")
    key.chmod(0o604)


def open_password(patient: Patient) -> None:
    patient.settings("[egress]\n", '[store]\npassword_file = "db.secret"\n[egress]\n')
    (patient.path / "db.secret").write_text("password")
    (patient.path / "db.secret").chmod(0o644)


def broken_key(patient: Patient) -> None:
    (patient.directory.keys / "token-1.json").write_text("{}")


def broken_trust_file(patient: Patient) -> None:
    patient.directory.trust.write_text("[[participant]]\nname = 'no did'\n")


def missing_root(patient: Patient) -> None:
    patient.root.rmdir()


def no_ca_file(patient: Patient) -> None:
    patient.settings("[egress]\n", '[egress]\nca_file = "ca.pem"\n')


def no_certificate(patient: Patient) -> None:
    patient.settings("[listen]\n", '[listen]\ntls_certificate = "c.pem"\ntls_key = "k.pem"\n')


def no_witness(patient: Patient) -> None:
    patient.settings("[egress]\n", '[receipts]\nwitnesses = ["key"]\n[egress]\n')


def no_pack(patient: Patient) -> None:
    pair = '[[publish.pairs]]\neconomies = ["VN", "JP"]\npack = "none"\n'
    patient.settings("[egress]\n", f"{pair}[egress]\n")
    patient.settings('economy = ""', 'economy = "VN"')


def no_authority(patient: Patient) -> None:
    patient.settings("[egress]\n", "[credentials]\nissuer = true\n[egress]\n")


def no_log_file(patient: Patient) -> None:
    patient.settings("[egress]\n", '[log]\nfile = "none/node.log"\n[egress]\n')


def half_a_maintenance(patient: Patient) -> None:
    (patient.path / "maintenance.json").write_text("{")


def damaged_database(patient: Patient) -> None:
    with patient.directory.database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)


def no_database(patient: Patient) -> None:
    patient.directory.database.unlink()


def newer_database(patient: Patient) -> None:
    with closing(sqlite3.connect(patient.directory.database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


def changed_file(patient: Patient) -> None:
    patient.publish().write_text("other\n")


def changed_file_of_the_same_size(patient: Patient) -> None:
    patient.publish().write_text("a;b\n")


def gone_file(patient: Patient) -> None:
    patient.publish().unlink()


@pytest.mark.parametrize(
    ("plant", "check", "sentence", "advice"),
    [
        (wrong_setting, "settings", "the settings are wrong: ", "mend faifo.toml; then: "),
        (open_key, "permissions", "has the mode 644: others on this machine", "chmod go-rwx "),
        (open_secret, "permissions", "webhooks.secret has the mode 640", "chmod go-rwx "),
        (open_key_of_a_role, "permissions", "ha.key has the mode 604", "chmod go-rwx "),
        (open_password, "permissions", "db.secret has the mode 644", "chmod go-rwx "),
        (broken_key, "keys", "token-1.json cannot be read", "restore keys/ and manage.key from"),
        (broken_trust_file, "trust-file", "nobody is trusted, because", "mend trust.toml, or"),
        (missing_root, "root-missing", "of publish.roots is not there", "make it, mount it, or"),
        (no_ca_file, "ca-file", "cannot be used: No such file", "name a file with PEM"),
        (no_certificate, "tls-files", "cannot be used for TLS: No such", "name a PEM certificate"),
        (no_witness, "no-start", "receipts.witnesses holds “key”", "mend what it names"),
        (no_pack, "no-start", "no policy pack (", "mend what it names"),
        (no_authority, "no-start", "authority.toml cannot be read", "mend what it names"),
        (no_log_file, "log-file", "none/node.log cannot be written", "change log.file in"),
        (half_a_maintenance, "no-start", "maintenance.json cannot be", "mend what it names"),
        (damaged_database, "database-damaged", "is damaged: ", "stop the node, keep the file"),
        (no_database, "database-missing", "there is no database ", "restore it from a backup"),
        (newer_database, "database-newer", "has schema 9999, this", "use the newer Faifo"),
        (changed_file, "file-changed", "has changed, so it is not", "faifo unpublish 'a.csv'"),
        (changed_file_of_the_same_size, "file-changed", "(a.csv) has changed", "publish it again"),
        (gone_file, "file-missing", "cannot be read any more", "bring it back, or: faifo unpub"),
    ],
    ids=lambda value: value.__name__.replace("_", " ") if callable(value) else "",
)
def test_a_fault_in_the_files(
    patient: Patient, plant: Callable[[Patient], None], check: str, sentence: str, advice: str
):
    patient.trust("did:web:node.example.org")
    assert patient.faults() == []
    plant(patient)
    assert patient.faults() == [check]
    found = patient.findings()[check]
    assert sentence in found["text"]
    assert advice in found["advice"]


def test_a_file_that_was_touched_only_is_no_fault(patient: Patient):
    os.utime(patient.publish())
    assert patient.faults() == []


def test_a_root_that_may_not_be_read(patient: Patient, monkeypatch: pytest.MonkeyPatch):
    # Root may read everything, so what the system says is what is planted.
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != patient.root)
    assert patient.faults() == ["root-unreadable"]


def test_a_directory_that_takes_no_writes(patient: Patient, monkeypatch: pytest.MonkeyPatch):
    place = (patient.path, os.W_OK)
    monkeypatch.setattr(os, "access", lambda path, mode: (Path(path), mode) != place)
    assert patient.faults() == ["unwritable"]


def test_a_disk_that_is_nearly_full(patient: Patient):
    (finding,) = files.disk(patient.directory, least=10**18)
    assert (finding.check, finding.state) == ("disk", "fault")
    assert finding.facts["least"] == 10**18


def test_nobody_trusted_and_not_running_are_notes(patient: Patient):
    found = patient.findings()
    notes = [one["check"] for one in found.values() if one["state"] == "warning"]
    assert notes == ["nobody-trusted", "not-running"]


def test_an_event_that_there_is_not_is_named(patient: Patient):
    hooks = '[webhooks]\nurls = ["http://127.0.0.1:9/"]\nevents = ["access-*", "acces-*"]\n'
    patient.settings("[egress]\n", f"{hooks}[egress]\n")
    found = patient.findings()["webhook-event"]
    assert (found["state"], "webhooks.events has acces-*," in found["text"]) == ("warning", True)


def test_looking_changes_nothing(patient: Patient):
    before = {path: path.read_bytes() for path in patient.path.rglob("*") if path.is_file()}
    patient.findings()
    list(books.books(patient.directory, read_settings(patient.directory.settings)))
    after = {path: path.read_bytes() for path in patient.path.rglob("*") if path.is_file()}
    assert after == before


# ── our own face ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def running(faifo: Any, tmp_path: Path, server: Any) -> Iterator[tuple[Patient, Server]]:
    """A directory that is held, and a server in place of the node at its public URL."""
    face = server()
    patient = Patient(faifo, tmp_path / "n", face.port)
    patient.trust("did:web:node.example.org")
    face.be_a_node(keys=list(read_keyring(patient.directory.keys, did=patient.did)))
    node = {"did": patient.did, "version": "0.1.0", "lacking": []}
    node |= dict.fromkeys(("name", "economy", "public_url"), "")
    face.answers["/manage/v1/node"] = (200, json.dumps(node).encode())
    face.answers["/manage/v1/credentials"] = (200, b'{"items": []}')
    patient.directory.hold()
    patient.directory.tell(face.root)
    yield patient, face
    patient.directory.release()


def test_a_node_that_answers_as_itself(running: tuple[Patient, Server]):
    patient, _ = running
    assert [one["state"] for one in patient.findings().values()] == ["good"] * 9


def test_a_public_url_with_a_wrong_port(running: tuple[Patient, Server], free: Any):
    patient, face = running
    wrong = free()
    patient.settings(f"localhost:{face.port}", f"localhost:{wrong}")
    found = patient.findings()["own-unreachable"]
    assert found["text"] == (
        f"nobody answers at this node's own public_url http://localhost:{wrong}: Connection "
        f"refused; the node listens on 127.0.0.1:{face.port}"
    )
    assert found["advice"].startswith("make node.public_url, listen.port and the proxy")


@pytest.mark.parametrize("status", [404, 200])
def test_somebody_else_at_the_public_url(running: tuple[Patient, Server], status: int):
    patient, face = running
    other = write_did_document("did:web:other.example", [], [])
    face.answers["/.well-known/did.json"] = (status, other)
    assert patient.faults() == ["own-other"]


def test_a_document_with_another_key(running: tuple[Patient, Server]):
    patient, face = running
    face.be_a_node(did=patient.did)
    assert patient.faults() == ["own-keys"]
    assert patient.faifo("node", "keys", "rotate", "--dir", patient.path).code == 0
    text = patient.findings()["own-keys"]
    assert "restart the node" in text["advice"]


def test_another_management_key(running: tuple[Patient, Server]):
    patient, face = running
    problem = {"type": "urn:faifo:problem:not-proven", "code": "not-proven", "detail": "no"}
    face.answers["/manage/v1/node"] = (401, json.dumps(problem).encode())
    assert patient.faults() == ["manage-key"]


def test_a_port_that_somebody_else_has(faifo: Any, tmp_path: Path, server: Any):
    patient = Patient(faifo, tmp_path / "n", server().port)
    found = patient.findings()["port-taken"]
    assert found["text"].endswith(f"another process listens on 127.0.0.1 port {patient.port}")


# ── the way to another node ──────────────────────────────────────────────────────────────────────


def unreachable(patient: Patient, peer: Server) -> None:
    peer.http.shutdown()
    peer.http.server_close()


def no_document(patient: Patient, peer: Server) -> None:
    del peer.answers["/.well-known/did.json"]


def document_of_another(patient: Patient, peer: Server) -> None:
    peer.be_a_node(did="did:web:other.example")


def not_trusted_here(patient: Patient, peer: Server) -> None:
    patient.trust()


def not_trusted_there(patient: Patient, peer: Server) -> None:
    peer.refuse(401, str(discreet(NotProvenError(step="trust", reason="not named"))))


def they_cannot_reach_us(patient: Patient, peer: Server) -> None:
    peer.refuse(401, f"DID resolution: {patient.did} cannot be reached: no answer in time")


def they_have_not_met_us_and_cannot_reach_us(patient: Patient, peer: Server) -> None:
    peer.refuse(504, str(not_had()))


def they_cannot_reach_an_authority(patient: Patient, peer: Server) -> None:
    peer.refuse(504, "the status list https://a.example/1 of did:web:a.example cannot be reached")


def their_clock_is_ahead(patient: Patient, peer: Server) -> None:
    peer.ahead = timedelta(minutes=5)


def their_clock_is_behind(patient: Patient, peer: Server) -> None:
    peer.ahead = timedelta(minutes=-5)


def egress_forbids(patient: Patient, peer: Server) -> None:
    patient.settings('allow = ["127.0.0.0/8", "::1/128"]', "allow = []")


def another_version(patient: Patient, peer: Server) -> None:
    versions = {"protocolVersions": [{"version": "2024-1", "path": "/old", "binding": "HTTPS"}]}
    peer.answers["/.well-known/dspace-version"] = (200, json.dumps(versions).encode())


@pytest.mark.parametrize(
    ("plant", "check", "sentence", "advice"),
    [
        (unreachable, "peer-unreachable", "Connection refused", "ask your partner whether"),
        (no_document, "peer-document", "did.json answered 404", "must make its public_url lead"),
        (document_of_another, "peer-document", "has the id 'did:web:other.", "your partner must"),
        (not_trusted_here, "peer-not-trusted", "is not in this node's trust", "faifo trust add "),
        (not_trusted_there, "not-trusted-there", "does not let this node in: DCP 1.0", "trust add"),
        (they_cannot_reach_us, "cannot-reach-us", "cannot fetch this node's DID", "firewall"),
        (
            they_have_not_met_us_and_cannot_reach_us,
            "cannot-reach-us",
            "cannot fetch this node's DID",
            "firewall",
        ),
        (
            they_cannot_reach_an_authority,
            "peer-refuses",
            "list https://a.example/1",
            "ask your partner",
        ),
        (their_clock_is_ahead, "clock-behind", "s behind the one of", "by NTP"),
        (their_clock_is_behind, "clock-ahead", "s ahead of the one of", "by NTP"),
        (egress_forbids, "egress", "this node may not call", "egress.allow in faifo.toml"),
        (another_version, "peer-version", "it speaks 2024-1; this node speaks 2025-1", "up to"),
    ],
    ids=lambda value: value.__name__.replace("_", " ") if callable(value) else "",
)
def test_a_fault_on_the_way(
    patient: Patient,
    server: Any,
    plant: Callable[[Patient, Server], None],
    check: str,
    sentence: str,
    advice: str,
):
    peer = server()
    peer.be_a_node()
    patient.trust(peer.did)
    assert patient.faults(peer.did) == []
    plant(patient, peer)
    assert patient.faults(peer.did) == [check]
    found = patient.findings(peer.did)[check]
    assert sentence in found["text"]
    assert advice in found["advice"]


def test_a_partner_without_a_probe(running: tuple[Patient, Server], server: Any):
    patient, _ = running
    peer = server()
    peer.be_a_node()
    patient.trust(peer.did)
    found = patient.findings(peer.did)
    assert list(found)[-1] == "no-probe"
    assert found["no-probe"]["state"] == "good"
    assert found["no-probe"]["text"].startswith(f"{peer.did} offers no probe, so")


def report(did: str, **more: Any) -> bytes:
    at = datetime.now(UTC).isoformat()
    return json.dumps({"participant": did, "at": at, "checks": [], **more}).encode()


@pytest.mark.parametrize(
    ("code", "check", "advice"),
    [
        ("document-unreachable", "seen-unreachable", "lead to this node from outside too"),
        ("document-slow", "seen-slow", "look for a firewall or proxy"),
        ("version-tls", "seen-tls", "send the whole chain"),
        ("document-refused", "seen-refused", "add it to egress.allow"),
        ("document-other", "seen-other", "make node.public_url lead to this node"),
        ("document-key", "seen-key", "restart the node, so that it publishes its keys"),
        ("endpoint-elsewhere", "seen-endpoint", "its document follows node.public_url"),
        ("version-none", "seen-version", "pass /.well-known/dspace-version"),
        ("callback-status", "seen-callback", "pass all paths below"),
        ("clock-apart", "seen-clock", "set the clocks by NTP"),
        ("a-later-code", "seen-fault", "ask your partner with the time"),
    ],
)
def test_what_a_partner_sees_is_told_with_advice(
    running: tuple[Patient, Server], server: Any, code: str, check: str, advice: str
):
    patient, _ = running
    peer = server()
    peer.be_a_node()
    patient.trust(peer.did)
    seen = {"check": "document", "good": False, "code": code, "text": "so it\x1b[31m is\nthere"}
    peer.answers["/faifo/v1/probe"] = (200, report(patient.did, checks=[seen]))
    assert patient.faults(peer.did) == [check]
    found = patient.findings(peer.did)[check]
    assert f"{peer.did}" in found["text"]
    assert advice in found["advice"]
    ran = patient.faifo("doctor", peer.did, "--dir", patient.path)
    assert "\x1b" not in ran.out


def test_a_certificate_that_ends_soon_as_the_partner_sees_it(
    running: tuple[Patient, Server], server: Any
):
    patient, _ = running
    peer = server()
    peer.be_a_node()
    patient.trust(peer.did)
    until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    peer.answers["/faifo/v1/probe"] = (200, report(patient.did, certificate_until=until))
    found = patient.findings(peer.did)
    assert found["seen-certificate-ends"]["state"] == "warning"
    assert list(found)[-2] == "seen-from-there"


def test_a_probe_that_fails(running: tuple[Patient, Server], server: Any):
    patient, _ = running
    peer = server()
    peer.be_a_node()
    patient.trust(peer.did)
    peer.answers["/faifo/v1/probe"] = (500, b"<html>")
    assert patient.faults(peer.did) == ["probe-failed"]


def test_a_name_that_nobody_has(patient: Patient):
    assert patient.faults("osaka") == ["peer-unknown"]
    assert patient.faults("did:web:nowhere.invalid") == ["peer-not-trusted", "peer-name"]


# ── TLS ──────────────────────────────────────────────────────────────────────────────────────────


def certificate(folder: Path, *, host: str = "localhost", days: int = 30) -> Path:
    """Write a certificate that signs itself, with its key, and return the file."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM) + private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / f"{host}{days}.pem"
    path.write_bytes(pem)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    ("host", "days", "known", "check"),
    [
        ("localhost", 30, False, "peer-certificate-unknown"),
        ("localhost", -1, True, "peer-certificate-ended"),
        ("other.example", 30, True, "peer-certificate-host"),
        ("localhost", 30, True, None),
    ],
    ids=["unknown authority", "ended", "another name", "good"],
)
def test_the_certificate_of_another_node(
    patient: Patient, server: Any, host: str, days: int, known: bool, check: str | None
):
    pem = certificate(patient.root, host=host, days=days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    peer = server(tls=context)
    peer.be_a_node()
    patient.trust(peer.did)
    patient.settings("http://localhost", "https://localhost")
    patient.settings("did_web_http = true", "did_web_http = false")
    if known:
        patient.settings("[egress]\n", f'[egress]\nca_file = "{pem}"\n')
    assert patient.faults(peer.did) == ([check] if check else [])


@pytest.mark.parametrize(
    ("days", "check", "state"),
    [
        (-1, "certificate-ended", "fault"),
        (3, "certificate-ends", "warning"),
        (30, "certificate", "good"),
    ],
)
def test_our_own_certificate(patient: Patient, days: int, check: str, state: str):
    pem = certificate(patient.path, days=days)
    names = f'tls_certificate = "{pem.name}"\ntls_key = "{pem.name}"\n'
    patient.settings("[listen]\n", f"[listen]\n{names}")
    assert patient.findings()[check]["state"] == state


# ── words ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_every_fault_has_words_and_advice(lang: str):
    keys = [key for key in catalogue(lang) if key.startswith("cli.doctor.")]
    named = {key.split(".")[2] for key in keys} - {"good", "summary", "summary-good"}
    assert len(named) >= 35
    for name in named:
        assert f"cli.doctor.{name}.what" in keys
        assert f"cli.doctor.{name}.do" in keys


def test_the_doctor_speaks_vietnamese(patient: Patient):
    ran = patient.faifo("doctor", "--lang", "vi", "--dir", patient.path)
    assert "nút không chạy" in ran.out
