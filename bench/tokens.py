"""Self-issued tokens and presentations of credentials against cryptography's bare ES256."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from bench import presented
from bench.figures import Effort, Figure, Part, ratios
from faifo import clock, ids
from faifo.trust import self_issued
from faifo.trust.dcp.presentation import read_presentation, verify
from faifo.trust.did import read_did_document, write_did_document
from faifo.trust.keys import KeyPurpose

SENDER, AUDIENCE = "did:web:sender.example", "did:web:receiver.example"
TOKEN, PRESENTATION = "token read and verified", "presentation read and verified"
VERIFY, ISSUE, SIGN = "cryptography's verify", "token issued", "cryptography's sign"
TOKEN_SHARE, PRESENTATION_SHARE = 0.5, 0.4


async def run(effort: Effort, folder: Path) -> Part:  # noqa: ARG001
    part = Part(name="tokens", title="Tokens and presentations, one core")
    jobs = _token_jobs()
    scene = presented.scene(clock.now())
    jobs[PRESENTATION] = lambda: verify(scene.attempt(read_presentation(scene.text)))
    micros: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(effort.rounds):
        for name, job in jobs.items():
            micros[name].append(_micros(job, effort.token_seconds))
    part.figures = [
        *(Figure(name=name, unit="µs", values=values) for name, values in micros.items()),
        _share("tokens verified ÷ bare verifies, per second", micros[TOKEN], micros[VERIFY], 1),
        _share(
            "presentations × signatures ÷ bare verifies, per second",
            micros[PRESENTATION],
            micros[VERIFY],
            scene.signatures,
        ),
        Figure(
            name=f"{ISSUE} ÷ {SIGN}, time", unit="×", values=ratios(micros[ISSUE], micros[SIGN])
        ),
    ]
    part.notes.append(
        f"The presentation holds one membership, and {scene.signatures} signatures are verified:"
        " of the presentation, the credential and its two status lists. All"
        " steps of DCP 1.0 §5.4.3 are run, from the text on; documents, list and schema are at"
        " hand. The token's one use is the store's to check, and is not in here."
    )
    return part


def _token_jobs() -> dict[str, Callable[[], object]]:
    now = clock.now()
    key = presented.make_key(SENDER, KeyPurpose.TOKEN)
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
    return {
        TOKEN: lambda: self_issued.verify(
            self_issued.read(token), document, audience=AUDIENCE, now=now
        ),
        VERIFY: lambda: public.verify(signature, taken.signed_part, scheme),
        ISSUE: issue,
        SIGN: lambda: key.private_key.sign(taken.signed_part, scheme),
    }


def _share(name: str, micros: list[float], reference: list[float], signatures: int) -> Figure:
    """Return how much of the reference's rate ours has, per signature."""
    target = TOKEN_SHARE if signatures == 1 else PRESENTATION_SHARE
    values = [one * signatures for one in ratios(reference, micros)]
    return Figure(name=name, unit="×", values=values, target=target, better="more")


def _micros(job: Callable[[], object], seconds: float) -> float:
    count = 0
    begin = time.process_time()
    while time.process_time() - begin < seconds:
        for _ in range(20):
            job()
        count += 20
    return (time.process_time() - begin) / count * 1e6
