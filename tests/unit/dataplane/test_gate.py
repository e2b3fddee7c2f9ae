from __future__ import annotations

import pytest

from faifo.dataplane.gate import AccessDenied, AccessRequest, Grant, HttpApi
from faifo.errors import FaifoError, SettingsError

SECRET = "canary-5d1f"


def test_no_repr_shows_a_token_or_a_credential():
    api = HttpApi(base_url="http://b/", headers={"Authorization": SECRET})
    grant = Grant(source=api, transfer_id="t", agreement_id="a", consumer="did:web:c")
    request = AccessRequest(transfer_id="t", token=SECRET, method="GET", path="", query="")
    for thing in (api, grant, request):
        assert SECRET not in repr(thing)
        assert SECRET not in str(thing)


@pytest.mark.parametrize(
    "url", ["ftp://b/", "b/c", "http://", "http://u:p@b/", "http://b/?k=1", "http://b/#f"]
)
def test_a_base_address_that_is_not_plain_is_a_settings_error(url: str):
    with pytest.raises(SettingsError) as caught:
        HttpApi(base_url=url)
    assert str(caught.value) == (
        "the backend's base address is not usable; "
        "expected http:// or https://, a host, no user name, no query, no fragment"
    )


def test_a_denial_is_one_of_our_errors_and_says_why():
    denied = AccessDenied(status=410, code="withdrawn", reasons=("the agreement ended",))
    assert isinstance(denied, FaifoError)
    assert str(denied) == "access denied (withdrawn): the agreement ended"
