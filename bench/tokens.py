"""Self-issued tokens against cryptography's bare ES256."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from bench.figures import Effort, Figure, Part, ratios
from faifo import clock, ids
from faifo.trust import self_issued
from faifo.trust.did import read_did_document, write_did_document
from faifo.trust.keys import KeyPurpose, SigningKey, key_id

SENDER, AUDIENCE = "did:web:sender.example", "did:web:receiver.example"


async def run(effort: Effort, folder: Path) -> Part:  # noqa: ARG001
    part = Part(name="tokens", title="Self-issued tokens, one core")
    now = clock.now()
    key = SigningKey(
        id=key_id(SENDER, "token-1"),
        purpose=KeyPurpose.TOKEN,
        created=now,
        retired=None,
        private_key=ec.generate_private_key(ec.SECP256R1()),
    )
    document = read_did_document(write_did_document(SENDER, [key], []), did=SENDER)
    jti = ids.new_urn(now)

    def issue() -> str:
        return self_issued.issue(key=key, did=SENDER, audience=AUDIENCE, jti=jti, now=now)

    token = issue()
    taken = self_issued.read(token)
    signature = encode_dss_signature(
        int.from_bytes(taken.signature[:32]), int.from_bytes(taken.signature[32:])
    )
    public, scheme = key.private_key.public_key(), ec.ECDSA(SHA256())

    def verify() -> None:
        self_issued.verify(self_issued.read(token), document, audience=AUDIENCE, now=now)

    jobs: dict[str, Callable[[], object]] = {
        "token read and verified": verify,
        "cryptography's verify": lambda: public.verify(signature, taken.signed_part, scheme),
        "token issued": issue,
        "cryptography's sign": lambda: key.private_key.sign(taken.signed_part, scheme),
    }
    micros: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(effort.rounds):
        for name, job in jobs.items():
            micros[name].append(_micros(job, effort.token_seconds))
    part.figures = [Figure(name=name, unit="µs", values=values) for name, values in micros.items()]
    for ours, its in (list(jobs)[:2], list(jobs)[2:]):
        values = ratios(micros[ours], micros[its])
        part.figures.append(Figure(name=f"{ours} ÷ {its}", unit="×", values=values))
    return part


def _micros(job: Callable[[], object], seconds: float) -> float:
    count = 0
    begin = time.process_time()
    while time.process_time() - begin < seconds:
        for _ in range(20):
            job()
        count += 20
    return (time.process_time() - begin) / count * 1e6
