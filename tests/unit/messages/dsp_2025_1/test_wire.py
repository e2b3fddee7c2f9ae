from __future__ import annotations

import pytest

from faifo.messages.dsp_2025_1.wire import (
    CONTEXT,
    ShapeError,
    check_callback_address,
    check_context,
)

CALLABLE = [
    "https://consumer.example/dsp",
    "https://consumer.example/dsp/",
    "http://localhost:8083",
    "HTTPS://Consumer.Example:443/a%20b/@c",
    "https://[2001:db8::1]:8443/dsp",
    "http://192.0.2.1/",
]
NOT_CALLABLE = {
    "nothing": "",
    "a path": "/dsp",
    "no scheme": "consumer.example/dsp",
    "another scheme": "ftp://consumer.example/dsp",
    "a file": "file:///etc/passwd",
    "no host": "https:///dsp",
    "user info": "https://user:secret@consumer.example/dsp",
    "a fragment": "https://consumer.example/dsp#a",
    "a query": "https://consumer.example/dsp?a=",
    "white space": "https://consumer.example/a b",
    "a line end": "https://consumer.example/\n",
    "a backslash": "https://consumer.example\\@evil.example/",
    "letters beyond ASCII": "https://phố-hiến.example/",
    "port 0": "https://consumer.example:0/",
    "port 65536": "https://consumer.example:65536/",
    "a port that is no number": "https://consumer.example:https/",
    "2,049 characters": "https://consumer.example/" + "a" * 2024,
}


@pytest.mark.parametrize("address", CALLABLE)
def test_an_address_that_paths_can_be_appended_to(address: str) -> None:
    check_callback_address(address)
    with pytest.raises(ShapeError):
        check_callback_address(address + "#x")


@pytest.mark.parametrize("address", NOT_CALLABLE.values(), ids=NOT_CALLABLE)
def test_another_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(ShapeError) as refusal:
        check_callback_address(address, where="$.x")
    assert str(refusal.value) == (
        "an address that cannot be called at $.x; expected an absolute http or https URL "
        "without user info, query and fragment"
    )


def test_a_context_may_stand_among_others() -> None:
    check_context(("https://example.org/more", CONTEXT))
    with pytest.raises(ShapeError) as refusal:
        check_context(("https://w3id.org/dspace/2024/1/context.jsonld",))
    assert str(refusal.value) == (f"no context of this version at $.@context; expected {CONTEXT}")
