from __future__ import annotations

import pytest

from tck.node.caller import KIT, UnsafeAnyCaller


@pytest.mark.parametrize("header", [None, "", "Bearer x", '{"region": "eu"}'])
async def test_everybody_is_the_kit(header: str | None) -> None:
    participant = await UnsafeAnyCaller().authenticate(header)
    assert participant.did == participant.proof.did == KIT
    assert participant.use is None
    assert participant.proof.evidence == {"kind": "none: conformance mode"}
