"""Recognitions that are files: of whom their signatures are, and until they are withdrawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from faifo.ai.decision.records import Recognition
from faifo.ai.passport import statement
from faifo.ai.passport.build import sign_record, withdraw
from faifo.cli.verbs.ai.decide import _recognitions
from faifo.trust.keys import KeyPurpose, PublicKey, SigningKey, public_key_from_jwk

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
ECONOMY, STRANGER = "did:web:economy.example", "did:web:stranger.example"
KEYS = {
    did: SigningKey(
        id=f"{did}#passport-1", purpose=KeyPurpose.PASSPORT, created=NOW,
        private_key=ec.generate_private_key(ec.SECP256R1()),
    )
    for did in (ECONOMY, STRANGER)
}  # fmt: skip


def find(key_id: str) -> PublicKey:
    return public_key_from_jwk(KEYS[key_id.partition("#")[0]].public_jwk(), id=key_id)


def test_what_a_stranger_withdraws_neither_ends_nor_revives_a_recognition(tmp_path: Path) -> None:
    record = Recognition(
        id="r", recogniser=ECONOMY, issuer="did:web:lab.example", methods=("group-fairness",),
        counts_as="second-party", valid_from=NOW, valid_until=NOW + timedelta(days=1),
    )  # fmt: skip
    body = sign_record(statement.RECOGNITION, record, "0" * 64, KEYS[ECONOMY])
    path, gone, strange = (tmp_path / name for name in ("recognition", "gone", "strange"))
    path.write_bytes(body)
    for file, did in ((gone, ECONOMY), (strange, STRANGER)):
        file.write_bytes(withdraw(body, issuer=did, reason="r", now=NOW, key=KEYS[did]))
    assert _recognitions([path], [strange], find) == [record]
    for withdrawals in ([gone], [gone, strange], [strange, gone]):
        assert _recognitions([path], withdrawals, find) == []
