from __future__ import annotations

import pytest

from faifo.dataplane.headers import combined, for_backend, for_caller, one

STAY_BEHIND_ON_THE_WAY_UP = [
    b"authorization",
    b"cookie",
    b"host",
    b"connection",
    b"keep-alive",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
    b"proxy-authorization",
    b"proxy-connection",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-real-ip",
    b"forwarded",
    b"expect",
    b"content-length",
    b"x-http-method-override",
]
STAY_BEHIND_ON_THE_WAY_DOWN = [
    b"Set-Cookie",
    b"Connection",
    b"Keep-Alive",
    b"Transfer-Encoding",
    b"Upgrade",
    b"Server",
    b"Location",
    b"WWW-Authenticate",
    b"Proxy-Authenticate",
    b"X-Powered-By",
    b"Content-Length",
    b"Access-Control-Allow-Origin",
    b"Strict-Transport-Security",
    b"Alt-Svc",
]


@pytest.mark.parametrize("name", STAY_BEHIND_ON_THE_WAY_UP, ids=lambda name: name.decode())
def test_a_request_field_stays_behind(name: bytes):
    assert for_backend([(name, b"x"), (b"accept", b"*/*")], {}) == [("accept", "*/*")]


@pytest.mark.parametrize("name", STAY_BEHIND_ON_THE_WAY_DOWN, ids=lambda name: name.decode())
def test_a_response_field_stays_behind(name: bytes):
    assert for_caller([(name.lower(), b"x"), (b"etag", b'"a"')]) == [(b"etag", b'"a"')]


def test_the_backends_own_credentials_win_over_the_callers_field():
    own = {"Authorization": "Bearer own", "Prefer": "mine"}
    assert for_backend([(b"prefer", b"theirs"), (b"accept", b"a")], own) == [
        ("accept", "a"),
        ("Authorization", "Bearer own"),
        ("Prefer", "mine"),
    ]


def test_a_field_that_echoes_a_credential_stays_behind():
    fields = [(b"etag", b'"s3cret-key"'), (b"vary", b"Accept")]
    assert for_caller(fields, (b"s3cret-key",)) == [(b"vary", b"Accept")]


def test_a_field_that_stands_twice_has_no_one_value():
    fields = [(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")]
    assert one(fields, b"authorization") is None
    assert combined(fields, b"authorization") == "Bearer a, Bearer b"
    assert combined(fields, b"range") is None
