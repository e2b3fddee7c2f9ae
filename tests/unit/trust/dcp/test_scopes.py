from __future__ import annotations

import pytest

from faifo.errors import MalformedMessageError
from faifo.trust.dcp.scopes import ID_ALIAS, MAX_SCOPES, TYPE_ALIAS, Scope, read_scope, read_scopes

MEMBER = "MembershipCredential"


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        (f"{TYPE_ALIAS}:{MEMBER}", Scope(TYPE_ALIAS, MEMBER)),
        (f"{TYPE_ALIAS}:{MEMBER}:read", Scope(TYPE_ALIAS, MEMBER)),
        (f"{ID_ALIAS}:urn:uuid:1", Scope(ID_ALIAS, "urn:uuid:1")),
    ],
)
def test_scopes_are_read(text: str, scope: Scope):
    assert read_scope(text) == scope
    assert read_scope(str(scope)) == scope


@pytest.mark.parametrize("text", ["", MEMBER, f"{TYPE_ALIAS}:", f"{TYPE_ALIAS}:A:write", "x:y:z"])
def test_other_scopes_are_refused(text: str):
    with pytest.raises(MalformedMessageError) as caught:
        read_scope(text)
    assert str(caught.value) == (
        f"the scope {text!r} at $.scope; expected {TYPE_ALIAS}:TYPE or {ID_ALIAS}:ID"
    )


def test_scopes_are_bounded_and_each_counts_once():
    one = f"{TYPE_ALIAS}:{MEMBER}"
    assert read_scopes((one, f"{one}:read")) == (Scope(TYPE_ALIAS, MEMBER),)
    for texts in ((), (one,) * (MAX_SCOPES + 1)):
        with pytest.raises(MalformedMessageError, match="scopes at"):
            read_scopes(texts)
