"""Every wrong setting is refused with one exact sentence."""

from __future__ import annotations

import os
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.errors import SettingsError
from faifo.node.settings.model import Settings, read_settings, template
from faifo.policy.terms import Terms

GOOD = '[node]\npublic_url = "https://node.example.org"\n'


def _read(folder: Path, text: str) -> Settings:
    path = folder / "faifo.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


def test_an_editor_may_mark_the_byte_order(tmp_path: Path) -> None:
    plain = _read(tmp_path, GOOD)
    assert _read(tmp_path, f"\ufeff{GOOD}") == plain


def test_the_least_that_is_needed(tmp_path: Path) -> None:
    settings = _read(tmp_path, GOOD)
    assert settings.did == "did:web:node.example.org"
    assert settings.delivery_span == timedelta(hours=24)
    assert settings.decision_span == timedelta(days=7)
    assert settings.token_span == timedelta(minutes=60)
    assert settings.manage.host == "127.0.0.1"
    assert not settings.trust.did_web_http


URL = "an http or https URL without query, such as https://node.example.org"

ADVICE = "every setting is explained in docs/reference/settings.md"
SECTIONS = (
    "node, listen, manage, console, trust, credentials, egress, publish, protocol, shares, data,"
    " log, retention, telemetry, webhooks, notices, receipts, store, backup, bounds"
)
TERMS = ", ".join(Terms.__struct_fields__)
LIST = 'a list in brackets, such as ["…"], each a text in quotes, such as "…"'

WRONG = {
    "not TOML": ("node = [", " cannot be read: Invalid value (at end of document); expected TOML"),
    "nothing": ("", f": node is not set; expected a section in this file; {ADVICE}"),
    "no public URL": (
        "# a comment\n[node]",
        f":2: node.public_url is not set; expected it in this file; {ADVICE}",
    ),
    "an unknown section": (
        GOOD + "[nodes]",
        f":3: there is no section nodes; expected one of {SECTIONS}; did you mean node?",
    ),
    "a section that is like none": (
        GOOD + "[xyzzy]\na = 1",
        f":3: there is no section xyzzy; expected one of {SECTIONS}; {ADVICE}",
    ),
    "a value for a section": (
        "listen = 8080\n" + GOOD,
        ":1: listen is 8080; expected a section: [listen]",
    ),
    "an unknown name": (
        GOOD + "\n[listen]\n# the port\nprot = 1",
        ":6: there is no setting listen.prot; expected one of host, port, tls_certificate, tls_key,"
        " tls_client_ca, trusted_proxies, connections, connections_per_address;"
        " did you mean port?",
    ),
    "authorities of clients without a certificate of its own": (
        GOOD + '[listen]\ntls_client_ca = "c.pem"',
        ":4: listen.tls_client_ca is set and listen.tls_certificate is not;"
        " expected a listener with a certificate of its own",
    ),
    "half of what is shown": (
        GOOD + '[egress]\ntls_key = "k.pem"',
        ":4: egress.tls_key is set and egress.tls_certificate is not; expected both or none",
    ),
    "a port over 65535": (
        GOOD + "[listen]\nport = 65536",
        ":4: listen.port is 65536; expected a whole number from 0 to 65535",
    ),
    "a port as text, dotted": (
        'listen.host = "::"\nlisten.port = "80"\n' + GOOD,
        ':2: listen.port is "80"; expected a whole number from 0 to 65535',
    ),
    "a port in an inline table": (
        'listen = {host = "::", port = true}\n' + GOOD,
        ":1: listen.port is true; expected a whole number from 0 to 65535",
    ),
    "tokens for longer than an hour": (
        GOOD + "[protocol]\ntoken_minutes = 61",
        ":4: protocol.token_minutes is 61; expected a whole number from 1 to 60",
    ),
    "a limit of nothing": (
        GOOD + "[data]\nrequest_bytes = 0",
        ":4: data.request_bytes is 0; expected a whole number, 1 or more",
    ),
    "a word for a choice": (
        GOOD + '[log]\nformat = "xml"',
        ':4: log.format is "xml"; expected one of "json", "text"',
    ),
    "a number for a text": (
        GOOD + "[log]\nfile = 7",
        ':4: log.file is 7; expected a text in quotes, such as "…"',
    ),
    "a log that would be written into what is the node's own": (
        GOOD + '[log]\nfile = "manage.key"',
        ":4: log.file has 'manage.key'; expected in the node's directory a name that ends in .log,"
        " or a file elsewhere",
    ),
    "yes": (
        GOOD + '[trust]\ndid_web_http = "yes"',
        ':4: trust.did_web_http is "yes"; expected true or false',
    ),
    "one root instead of a list": (
        GOOD + '[publish]\nroots = "/data"',
        f':4: publish.roots is "/data"; expected {LIST}',
    ),
    "a list over several lines with a number in it": (
        GOOD + '[publish]\n\nroots = [\n  "/data",\n  7,\n]\n[listen]',
        ':5: publish.roots[1] is 7; expected a text in quotes, such as "…"',
    ),
    "a key that looks like another inside of a text": (
        '[node]\nname = """\nport = "a"\n"""\npublic_url = "https://n.org"\n[listen]\nport = "x"',
        ':7: listen.port is "x"; expected a whole number from 0 to 65535',
    ),
    "a password in an address of webhooks": (
        GOOD + '[webhooks]\nurls = ["https://me:s@x.org/in?token=t"]',
        ":4: webhooks.urls has 'https://…@x.org/in?…'; expected an http or https"
        " address without user, password and fragment",
    ),
    "a password in an address that is no text": (
        GOOD + '[webhooks]\nurls = "https://me:s@x.org/"',
        f':4: webhooks.urls is "https://…@x.org/"; expected {LIST}, 0 to 16 of them',
    ),
    "another scheme": (
        '[node]\npublic_url = "ftp://x.org"',
        f":2: node.public_url is 'ftp://x.org'; expected {URL}",
    ),
    "a query": (
        '[node]\npublic_url = "https://x.org/?a=1"',
        f":2: node.public_url is 'https://x.org/?a=1'; expected {URL}",
    ),
    "no host": (
        '[node]\npublic_url = "https:///path"',
        f":2: node.public_url is 'https:///path'; expected {URL}",
    ),
    "brackets that are no address": (
        '[node]\npublic_url = "https://[x"',
        f":2: node.public_url is 'https://[x'; expected {URL}",
    ),
    "plain http": (
        '[node]\npublic_url = "http://localhost:8080"',
        ":2: node.public_url is plain http;"
        " expected https, or trust.did_web_http = true for demos on one machine",
    ),
    "a certificate without a key": (
        GOOD + '[listen]\ntls_certificate = "c.pem"',
        ":4: listen.tls_certificate is set and listen.tls_key is not; expected both or none",
    ),
    "a key without a certificate": (
        GOOD + '[listen]\ntls_key = "k.pem"',
        ":4: listen.tls_key is set and listen.tls_certificate is not; expected both or none",
    ),
    "a host name for a network": (
        GOOD + '[egress]\nallow = ["10.0.0.0/8", "intranet"]',
        ":4: egress.allow has 'intranet'; expected a network such as 10.2.0.0/16",
    ),
    "a network with bits of a host": (
        GOOD + '[egress]\nallow = ["10.0.0.1/8"]',
        ":4: egress.allow has '10.0.0.1/8'; expected a network such as 10.2.0.0/16",
    ),
    "a rule with a condition that is none": (
        GOOD + '[[publish.rules]]\nwhere = ["colour = red"]\nterms = {}',
        ":3: publish.rules has 'colour = red'; expected one of id, title, description, keyword,"
        " license, mediaType, byteSize, properties.NAME",
    ),
    "a rule that fits nothing": (
        GOOD + "[[publish.rules]]\nwhere = []\nterms = {}",
        f":3: publish.rules[0].where is []; expected {LIST}, 1 to 20 of them",
    ),
    "a rule without terms": (
        GOOD + '[[publish.rules]]\nwhere = ["id = a"]',
        f":3: publish.rules[0].terms is not set; expected it in this file; {ADVICE}",
    ),
    "a term that is none": (
        GOOD + '[[publish.rules]]\nwhere = ["id = a"]\nterms = { economy = "VN" }',
        f":3: there is no setting publish.rules[0].terms.economy; expected one of {TERMS};"
        " did you mean economies?",
    ),
    "an end without a zone": (
        GOOD + '[[publish.rules]]\nwhere = ["id = a"]\nterms = { until = 2026-12-31T00:00:00 }',
        ':3: publish.rules[0].terms.until is "2026-12-31T00:00:00";'
        " expected a date and time with its zone, such as 2026-12-31T17:00:00Z",
    ),
    "an economy in small letters": (
        GOOD + '[[publish.pairs]]\neconomies = ["vn", "JP"]\npack = "open"',
        ':3: publish.pairs[0].economies[0] is "vn"; expected a text in quotes that fits ^[A-Z]{2}$',
    ),
    "an economy that no rule knows": (
        GOOD + 'economy = "Vietnam"',
        ':3: node.economy is "Vietnam"; expected a text in quotes that fits ^([A-Z]{2})?$',
    ),
    "a pair of one": (
        GOOD + '[[publish.pairs]]\neconomies = ["VN"]\npack = "open"',
        ':3: publish.pairs[0].economies is ["VN"]; expected a list in brackets, such as ["…"],'
        " each a text in quotes that fits ^[A-Z]{2}$, 2 of them",
    ),
    "rules that are none": (
        GOOD + "[publish]\nrules = [1]",
        ":4: publish.rules[0] is 1; expected a table with where, terms",
    ),
    "nothing that is asked": (
        GOOD + "[credentials]\nask = []",
        f":4: credentials.ask is []; expected {LIST}, 1 or more of them",
    ),
    "a word for a number with a fraction": (
        GOOD + '[receipts]\ndelay_seconds = "soon"',
        ':4: receipts.delay_seconds is "soon"; expected a number from 0 to 86400',
    ),
    "what is no number": (
        GOOD + "[receipts]\ndelay_seconds = nan",
        ":4: receipts.delay_seconds is nan; expected a number from 0 to 86400",
    ),
    "days beyond the calendar": (
        GOOD + "[protocol]\ndecision_days = 99999999999",
        ":4: protocol.decision_days is 99999999999; expected a whole number from 1 to 36500",
    ),
    "seconds beyond a year": (
        GOOD + "[credentials]\nwatch_seconds = 31536001",
        ":4: credentials.watch_seconds is 31536001; expected a whole number from 1 to 31536000",
    ),
    "a collector without a scheme": (
        GOOD + '[telemetry]\nendpoint = "localhost:4318"',
        ":4: telemetry.endpoint has 'localhost:4318'; expected an http or https"
        " address without user, password and fragment",
    ),
    "more cosignatures than witnesses": (
        GOOD + "[receipts]\ncosignatures = 1",
        ":4: receipts.cosignatures is 1; expected as many as receipts.witnesses has at most: 0",
    ),
    "a host name for a backend's network": (
        GOOD + '[publish]\nbackends = ["db"]',
        ":4: publish.backends has 'db'; expected a network such as 10.2.0.0/16",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_setting(tmp_path: Path, case: str) -> None:
    text, sentence = WRONG[case]
    with pytest.raises(SettingsError) as caught:
        _read(tmp_path, text)
    assert str(caught.value) == f"{tmp_path / 'faifo.toml'}{sentence}"


def test_a_wrong_setting_is_said_in_vietnamese_with_all_its_parts(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        _read(tmp_path, f"{GOOD}[publish]\nroots = 7")
    assert caught.value.sentence("vi").partition(": ")[2] == (
        'publish.roots là 7; cần có một danh sách trong ngoặc vuông, chẳng hạn ["…"], mỗi mục là '
        'một văn bản trong ngoặc kép, chẳng hạn "…"'
    )


def test_the_most_that_a_setting_may_be_is_a_time_that_can_be_reckoned_with(tmp_path: Path) -> None:
    protocol = "decision_days = 36500\ndelivery_hours = 87600\nask_seconds = 31536000"
    settings = _read(tmp_path, f"{GOOD}[protocol]\n{protocol}")
    for span in (settings.decision_span, settings.delivery_span, settings.silence_span):
        assert datetime(2026, 1, 1, tzinfo=UTC) + span < datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]:8080", "192.0.2.7:443"])
def test_an_ip_address_gives_no_did(tmp_path: Path, host: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _read(tmp_path, f'[node]\npublic_url = "https://{host}"')
    sentence = str(caught.value)
    assert sentence.startswith(f"{tmp_path / 'faifo.toml'}:2: node.public_url gives no DID: ")
    assert sentence.endswith(
        "; expected a host name (did:web forbids IP addresses);"
        " for one machine use http://localhost:PORT"
    )


def test_the_environment_prevails_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "faifo.toml").write_text(GOOD + '[listen]\nport = 1\ntls_key = "k"\n')
    environ = {
        "FAIFO_LISTEN_PORT": "8443",
        "FAIFO_LISTEN_TLS_KEY": "",
        "FAIFO_NODE_NAME": "5",
        "FAIFO_TRUST_DID_WEB_HTTP": "true",
        "FAIFO_EGRESS_ALLOW": "10.0.0.0/8, ::1/128",
        "FAIFO_PUBLISH_ROOTS": '["/a,b"]',
        "FAIFO_LOG_FORMAT": "json",
        "FAIFO_DIR": "/elsewhere",
        "FAIFO_SEED": "7",
        "LISTEN_PORT": "9",
    }
    settings = read_settings(tmp_path / "faifo.toml", environ)
    assert (settings.listen.port, settings.listen.tls_key) == (8443, None)
    assert (settings.node.name, settings.trust.did_web_http) == ("5", True)
    assert settings.egress.allow == ("10.0.0.0/8", "::1/128")
    assert settings.publish.roots == ("/a,b",)
    assert settings.log.format == "json"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "FAIFO_LISTEN_PORT",
            "80x",
            'FAIFO_LISTEN_PORT in the environment: listen.port is "80x";'
            " expected a whole number from 0 to 65535",
        ),
        (
            "FAIFO_LISTEN_PROT",
            "80",
            "FAIFO_LISTEN_PROT in the environment is no setting; expected FAIFO_SECTION_NAME;"
            " did you mean FAIFO_LISTEN_PORT?",
        ),
        (
            "FAIFO_LISTN_PORT",
            "80",
            "FAIFO_LISTN_PORT in the environment is no setting; expected FAIFO_SECTION_NAME;"
            " did you mean FAIFO_LISTEN_PORT?",
        ),
        (
            "FAIFO_EGRESS_ALLOW",
            "intranet",
            "FAIFO_EGRESS_ALLOW in the environment: egress.allow has 'intranet';"
            " expected a network such as 10.2.0.0/16",
        ),
    ],
)
def test_a_wrong_variable(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    (tmp_path / "faifo.toml").write_text(GOOD)
    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path / "faifo.toml", {name: value})
    assert str(caught.value) == sentence


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path / "faifo.toml")
    assert str(caught.value) == (
        f"there is no faifo.toml in {tmp_path}; expected a node's directory;"
        f" make one with: faifo init {tmp_path}"
    )


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "faifo.toml").write_bytes(b"\xff")
    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path / "faifo.toml")
    assert str(caught.value).endswith("; expected UTF-8 text")


@pytest.mark.parametrize("local", [True, False], ids=["on one machine", "on the internet"])
def test_the_template_is_settings(tmp_path: Path, local: bool) -> None:
    url = "http://localhost:8080" if local else "https://node.example.org"
    text = template(
        name='Chợ "Hội An"', economy="VN", public_url=url, port=8080, root="/d", local=local
    )
    settings = _read(tmp_path, text)
    assert settings.node.name == 'Chợ "Hội An"'
    assert settings.publish.roots == ("/d",)
    assert settings.trust.did_web_http is local
    assert bool(settings.egress.allow) is local
    assert bool(settings.publish.backends) is local


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_name_survives_the_template(name: str) -> None:
    text = template(
        name=name, economy="", public_url="https://a.org", port=1, root=os.sep, local=False
    )
    assert tomllib.loads(text)["node"]["name"] == name
