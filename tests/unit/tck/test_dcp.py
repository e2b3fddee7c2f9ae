"""The DCP kit's node: in all roles, and loose only because it says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from faifo.node.custody.trust_file import read_trust_file
from faifo.node.membership.authority import read_programme
from faifo.node.settings.model import Settings, read_settings
from faifo.node.wiring import open_node
from faifo.trust import self_issued
from faifo.trust.dcp.presentation import Rules
from tck.node.dcp import CLIENT, STS, TRIGGER, UNSAFE_RULES, kit_app, make_authority, parts

KIT = "did:web:localhost%3A8083:issuer"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_authority(tmp_path / "node", port=18_095, kit=KIT)


def test_the_directory_is_of_a_node_in_all_roles(folder: Path):
    settings = read_settings(folder / "faifo.toml", {})
    assert settings.trust.mode == "credentials"
    assert settings.credentials.issuer
    assert settings.credentials.holder
    assert settings.credentials.scope_action == "read"
    assert settings.trust.failure_cache_seconds == 0
    trusted = read_trust_file(folder / "trust.toml")
    assert [(one.did, one.recognises) for one in trusted.issuer] == [(KIT, False)]
    assert len(read_programme(folder).objects) == 2


def test_the_product_is_not_loose():
    product = Rules()
    assert (product.unlisted_keys, product.loose, product.status.signed) == (False, False, True)
    assert (UNSAFE_RULES.unlisted_keys, UNSAFE_RULES.loose) == (True, True)
    fresh = Settings.__struct_fields__
    assert "conformance" not in fresh
    assert parts().credentials.rules is UNSAFE_RULES


async def test_the_hooks_give_tokens_to_their_client_only_and_believe_nobody(
    folder: Path, served: object, client: object
):
    async with open_node(folder, parts()) as node, served(kit_app(node)) as hooks:  # type: ignore[operator]
        post = client.post  # type: ignore[attr-defined]
        form = {"client_id": CLIENT[0], "client_secret": "wrong", "audience": "did:web:x"}
        async with post(f"{hooks}{STS}/token", data=form) as answer:
            assert answer.status == 401
        scope = "org.eclipse.dspace.dcp.vc.type:MembershipCredential:read"
        form |= {"client_secret": CLIENT[1], "bearer_access_scope": scope}
        async with post(f"{hooks}{STS}/token", data=form) as answer:
            made = (await answer.json())["access_token"]
        token = self_issued.read(made)
        assert token.claims["aud"] == "did:web:x"
        (granted,) = node.trusting.access.granted(token.claims["token"], verifier="did:web:x")
        assert str(granted) == "org.eclipse.dspace.dcp.vc.type:MembershipCredential"
        async with post(f"{hooks}{TRIGGER}", data=b"{}") as answer:
            assert answer.status == 401
            assert "there is no Authorization: Bearer token" in await answer.text()
