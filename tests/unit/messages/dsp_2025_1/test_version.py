from __future__ import annotations

import pytest

from faifo.errors import MalformedMessageError
from faifo.messages.dsp_2025_1 import VERSION, read, write
from faifo.messages.dsp_2025_1.version import AuthScheme, ProtocolVersion, ProtocolVersions

DOCUMENT = ProtocolVersions(
    protocol_versions=(
        ProtocolVersion(
            version=VERSION,
            path="/dsp/2025-1",
            binding="HTTPS",
            identifier_type="did:web",
            auth=AuthScheme(protocol="DCP", version="1.0", profile=("vc11-sl2021/jwt",)),
        ),
        ProtocolVersion(version="2031-2", path="", binding="HTTPS"),
    )
)


def test_it_has_neither_context_nor_type_and_may_name_versions_that_we_do_not_know() -> None:
    body = write(DOCUMENT)
    assert body.startswith(b'{"protocolVersions":[{"version":"2025-1","path":"/dsp/2025-1"')
    assert b"@" not in body
    assert read(ProtocolVersions, body).message == DOCUMENT


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            b'{"protocolVersions":[]}',
            (
                "the wrong length in a ProtocolVersions at $.protocolVersions; "
                "expected at least 1 items"
            ),
        ),
        (
            b'{"protocolVersions":[{"version":"2025-1","path":"/","binding":"GRPC"}]}',
            (
                "an unknown value in a ProtocolVersions at $.protocolVersions[0].binding; "
                "expected one that the specification lists"
            ),
        ),
    ],
    ids=["no version", "another binding"],
)
def test_refused(body: bytes, sentence: str) -> None:
    with pytest.raises(MalformedMessageError) as refusal:
        read(ProtocolVersions, body)
    assert str(refusal.value) == sentence
