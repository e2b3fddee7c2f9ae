from __future__ import annotations

import base64
import hashlib

import pytest

from faifo.client.digests import promised, read_sha256

DIGEST = hashlib.sha256(b"x").digest()
TEXT = base64.b64encode(DIGEST).decode()


@pytest.mark.parametrize(
    ("field", "digest"),
    [
        (f"sha-256=:{TEXT}:", DIGEST),
        (f"sha-512=:AAAA:, sha-256=:{TEXT}:", DIGEST),
        ("sha-512=:AAAA:", None),
        (f"xsha-256=:{TEXT}:", None),
        ("sha-256=:AAAA:", None),
        (f"sha-256={TEXT}", None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_whole_sha_256_counts(field: str | None, digest: bytes | None):
    assert read_sha256(field) == digest


def test_the_content_digest_of_a_part_is_not_that_of_the_whole():
    headers = {"Content-Digest": f"sha-256=:{TEXT}:"}
    assert promised(headers, whole=True) == DIGEST
    assert promised(headers, whole=False) is None
