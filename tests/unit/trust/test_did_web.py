from __future__ import annotations

from typing import Any

import pytest

from faifo.errors import MalformedMessageError
from faifo.trust.did import did_of_node_url, did_web, did_web_url

EXPECTED = "; expected did:web:HOST[%3APORT][:PATH]... with a host name"


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:example.org", "https://example.org/.well-known/did.json"),
        ("did:web:example.org%3A8443", "https://example.org:8443/.well-known/did.json"),
        ("did:web:example.org%3a8443:a:b", "https://example.org:8443/a/b/did.json"),
        ("did:web:localhost%3A8083:verifier", "https://localhost:8083/verifier/did.json"),
        ("did:web:xn--fa-hia.example:nodes:7", "https://xn--fa-hia.example/nodes/7/did.json"),
    ],
)
def test_did_to_url(did: Any, url: Any):
    assert did_web_url(did, allow_http=False) == url
    assert did_web_url(did, allow_http=True) == url.replace("https://", "http://")


@pytest.mark.parametrize(
    ("did", "reason"),
    [
        pytest.param("did:web:127.0.0.1", "names an IP address", id="IPv4"),
        pytest.param("did:web:127.0.0.1%3A80", "names an IP address", id="IPv4 and port"),
        pytest.param("did:web:2130706433", "names an IP address", id="decimal IPv4"),
        pytest.param("did:web:0x7f000001", "names an IP address", id="hexadecimal IPv4"),
        pytest.param("did:web:0X7F.1", "names an IP address", id="hexadecimal, two parts"),
        pytest.param("did:web:0x", "names an IP address", id="empty hexadecimal"),
        pytest.param("did:web:a.0x7f", "names an IP address", id="last label hexadecimal"),
        pytest.param("did:web:0177.0.0.01", "names an IP address", id="octal IPv4"),
        pytest.param("did:web:127.1", "names an IP address", id="short IPv4"),
        pytest.param("did:web:[::1]", "has the host '['", id="IPv6 in brackets"),
        pytest.param(
            "did:web:%5B%3A%3A1%5D", "has more than one port, or names an IPv6 address", id="IPv6"
        ),
        pytest.param("did:web:%5B1%5D", "has a percent-encoded host", id="encoded bracket"),
        pytest.param("did:web:a%40b.org", "has a percent-encoded host", id="encoded at sign"),
        pytest.param("did:web:a%2fb.org", "has a percent-encoded host", id="encoded slash"),
        pytest.param("did:web:u@b.org", "has the host 'u@b.org'", id="user info"),
        pytest.param("did:web:b.org/x", "has the host 'b.org/x'", id="plain slash"),
        pytest.param("did:web:b.org#x", "has the host 'b.org#x'", id="fragment"),
        pytest.param("did:web:b.org?x", "has the host 'b.org?x'", id="query"),
        pytest.param("did:web:a..b", "has the host 'a..b'", id="empty label"),
        pytest.param("did:web:b.org.", "has the host 'b.org.'", id="trailing dot"),
        pytest.param("did:web:", "has the host ''", id="no host"),
        pytest.param("did:web:-a.org", "has the host '-a.org'", id="leading hyphen"),
        pytest.param("did:web:b.org\n", "has the host 'b.org\\n'", id="line break"),
        pytest.param("did:web:bücher.org", "has the host 'bücher.org'", id="not punycode"),
        pytest.param("did:web:①.org", "has the host '①.org'", id="digit look-alike"),
        pytest.param("did:web:b.org%3A0", "has the port '0'", id="port zero"),
        pytest.param("did:web:b.org%3A65536", "has the port '65536'", id="port too large"),
        pytest.param("did:web:b.org%3A", "has the port ''", id="empty port"),
        pytest.param("did:web:b.org%3A80%40c.org", "has the port '80%40c.org'", id="@ after port"),
        pytest.param("did:web:b.org%3A٨", "has the port '٨'", id="other digits"),
        pytest.param("did:web:b.org:..:x", "has the path segment '..'", id="dot segment"),
        pytest.param("did:web:b.org:a%2fb", "has the path segment 'a%2fb'", id="slash in path"),
        pytest.param("did:web:b.org::a", "has the path segment ''", id="empty segment"),
        pytest.param("did:web:b.org:a#k", "has the path segment 'a#k'", id="fragment in path"),
        pytest.param("did:key:z6Mk", "is not a did:web name", id="other method"),
        pytest.param("DID:WEB:b.org", "is not a did:web name", id="upper case"),
    ],
)
def test_names_that_lead_nowhere_or_astray(did: Any, reason: Any):
    with pytest.raises(MalformedMessageError) as caught:
        did_web_url(did, allow_http=True)
    assert str(caught.value) == f"{did!r} {reason}{EXPECTED}"


def test_an_endless_name_is_refused_and_not_repeated():
    with pytest.raises(MalformedMessageError) as caught:
        did_web_url("did:web:" + "a" * 2000, allow_http=False)
    assert "is longer than 1024 characters" in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("url", "did"),
    [
        ("https://example.org", "did:web:example.org"),
        ("https://example.org/", "did:web:example.org"),
        ("https://example.org:8443/nodes/7/", "did:web:example.org%3A8443:nodes:7"),
        ("http://localhost:8083", "did:web:localhost%3A8083"),
        ("HTTPS://Example.ORG:443/Nodes", "did:web:example.org:Nodes"),
        ("http://localhost:80/a", "did:web:localhost:a"),
        ("https://Gạo-Việt.vn:8443/x", "did:web:xn--go-vit-wc8b7l.vn%3A8443:x"),
        ("https://Ga\u0323o-Vie\u0323\u0302t.vn", "did:web:xn--go-vit-wc8b7l.vn"),
        ("https://한국.kr", "did:web:xn--3e0b707e.kr"),
        ("https://localhost:80/a", "did:web:localhost%3A80:a"),
        ("https://example.org/.well-known/did.json", "did:web:example.org"),
        ("https://example.org/nodes/7/did.json", "did:web:example.org:nodes:7"),
    ],
)
def test_node_url_to_did(url: Any, did: Any):
    assert did_of_node_url(url) == did


def test_a_node_s_own_did_stays_as_its_url_is_spelt():
    url = "https://Example.org:443"
    assert did_of_node_url(url, as_spelt=True) == "did:web:Example.org%3A443"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.org", "is not an http or https URL"),
        ("example.org:80", "is not an http or https URL"),
        ("https://", "is not an http or https URL"),
        ("https://u:p@example.org", "carries user info"),
        ("https://example.org/?", "carries a query or a fragment"),
        ("https://example.org/#a", "carries a query or a fragment"),
        ("https://example.org/a:b", "has a colon in its path"),
        ("https://[::1", "is not a URL"),
        ("https://" + "ạ" * 64 + ".vn", "is not a URL"),
    ],
)
def test_urls_that_are_no_node(url: Any, reason: Any):
    with pytest.raises(MalformedMessageError) as caught:
        did_of_node_url(url)
    shown = url.replace("u:p@", "…@")  # no sentence shows a login
    assert str(caught.value) == f"{shown!r} {reason}{EXPECTED}"


@pytest.mark.parametrize("url", ["https://127.0.0.1:80", "https://[::1]:80", "https://a.org/../b"])
def test_urls_whose_did_would_be_refused(url: Any):
    with pytest.raises(MalformedMessageError):
        did_of_node_url(url)


def test_did_web_from_parts():
    assert did_web("localhost:8083", "/a/b") == "did:web:localhost%3A8083:a:b"
