from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest

from faifo.errors import MalformedMessageError
from faifo.messages.dsp_2025_1.codec import read, read_any_form
from faifo.messages.dsp_2025_1.equal_forms import MAX_MEMBERS, message, policy
from faifo.messages.dsp_2025_1.negotiation import ContractRequestMessage
from faifo.messages.dsp_2025_1.terms import EDC, EDC_CONTEXT, Terms
from faifo.messages.dsp_2025_1.transfer import TransferStartMessage
from faifo.messages.dsp_2025_1.wire import CONTEXT

PURPOSES = {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": ["a", "b"]}
PLAIN = {
    "@id": "o",
    "@type": "Offer",
    "permission": [{"action": "use", "constraint": [PURPOSES]}],
}
ODRL = "http://www.w3.org/ns/odrl/2/"


def with_constraint(**members: Any) -> dict[str, Any]:
    rule = {"action": "use", "constraint": [{**PURPOSES, **members}]}
    return {**PLAIN, "permission": [rule]}


@pytest.mark.parametrize(
    "written",
    [
        PLAIN,
        {**PLAIN, "prohibition": [], "obligation": None},
        {"uid": "o", "type": "Offer", "permission": PLAIN["permission"]},
        {**PLAIN, "@type": ["odrl:Offer"]},
        {**PLAIN, "@type": f"{ODRL}Set"},
        {**PLAIN, "permission": PLAIN["permission"][0]},  # type: ignore[index]
        {"@id": "o", "@type": "Offer", f"{ODRL}permission": PLAIN["permission"]},
        {"@id": "o", "@type": "Offer", "odrl:permission": PLAIN["permission"]},
        with_constraint(operator={"@id": "odrl:isAnyOf"}),
        with_constraint(operator=f"{ODRL}isAnyOf"),
        with_constraint(leftOperand={"@id": "purpose"}),
        with_constraint(rightOperand=[{"@value": "a"}, {"@value": "b"}]),
        with_constraint(rightOperand={"@list": ["a", "b"]}),
        with_constraint(rightOperand={"@set": ["a", "b"]}),
        with_constraint(rightOperand='[{"@value":"a"},{"@value":"b"}]'),
        with_constraint(rightOperand=['[{"@value": "a"}, {"@value": "b"}]']),
    ],
)
def test_equal_forms_are_one(written: dict[str, Any]) -> None:
    assert policy(written, Terms([CONTEXT])) == PLAIN


def test_what_stands_under_two_names_of_one_member_is_all_said() -> None:
    one, other = {"action": "use"}, {"action": "odrl:distribute"}
    written = {**PLAIN, "prohibition": [one], "odrl:prohibition": other}
    assert policy(written, Terms([CONTEXT]))["prohibition"] == [one, other]
    assert policy({**written, "odrl:prohibition": [one]}, Terms([CONTEXT]))["prohibition"] == [one]


def test_a_duty_in_a_permission_too() -> None:
    rule = {"action": "use", "duty": {"odrl:action": {"@id": "odrl:delete"}}}
    found = policy({**PLAIN, "permission": rule}, Terms([CONTEXT]))
    assert found["permission"] == [{"action": "use", "duty": [{"action": "odrl:delete"}]}]


@pytest.mark.parametrize(
    "right",
    [
        "a",
        "[a]",
        '[{"@id":"a"}]',
        '[{"@value":"a"}',
        '[{"@value":1}]',
        '[{"@value":"a"},"b"]',
        "[]",
    ],
)
def test_a_text_that_is_no_such_list_stays_a_text(right: str) -> None:
    written = with_constraint(operator="eq", rightOperand=right)
    assert policy(written, Terms([CONTEXT])) == written


@pytest.mark.parametrize(
    ("right", "read_as"),
    [
        (5, {"@value": "5", "@type": "xsd:integer"}),
        ({"@value": 5, "@type": "xsd:long"}, {"@value": "5", "@type": "xsd:long"}),
        (0.5, {"@value": "0.5", "@type": "xsd:double"}),
        (True, {"@value": "true", "@type": "xsd:boolean"}),
        (
            {"@value": "2030-01-01", "@type": "xsd:date"},
            {"@value": "2030-01-01", "@type": "xsd:date"},
        ),
    ],
)
def test_numbers_become_typed_literals(right: Any, read_as: Any) -> None:
    written = with_constraint(operator="eq", rightOperand=right)
    assert policy(written, Terms([CONTEXT])) == with_constraint(operator="eq", rightOperand=read_as)


@pytest.mark.parametrize(
    ("context", "left", "means", "kept"),
    [
        ([CONTEXT], "edc:location", "edc:location", None),
        ([CONTEXT, EDC_CONTEXT], "edc:location", f"{EDC}location", None),
        ([CONTEXT, {"x": "https://x.example/ns#"}], "x:place", "https://x.example/ns#place", None),
        (
            [CONTEXT, {"x": {"@id": "https://x.example/", "@prefix": True}}],
            {"@id": "x:place"},
            "https://x.example/place",
            None,
        ),
        ([CONTEXT, "https://x.example/c"], "x:place", "x:place", ["https://x.example/c"]),
        ([CONTEXT], "odrl:purpose", "odrl:purpose", None),
        ([CONTEXT], "https://h/place", "https://h/place", None),
        ([{"odrl": "https://x.example/"}], "odrl:purpose", "https://x.example/purpose", None),
    ],
)
def test_a_term_means_what_its_document_s_context_says(
    context: Any, left: Any, means: str, kept: Any
) -> None:
    found = policy(with_constraint(leftOperand=left), Terms(context))
    assert found["permission"][0]["constraint"][0]["leftOperand"] == means
    assert found.get("@context") == kept


REQUEST = {
    "@context": [CONTEXT],
    "@type": "ContractRequestMessage",
    "consumerPid": "urn:c",
    "callbackAddress": "http://h/x",
    "offer": {**PLAIN, "target": "d"},
}


@pytest.mark.parametrize(
    "written",
    [
        REQUEST,
        {**REQUEST, "@context": CONTEXT},
        {**REQUEST, "@context": [{"x": "https://x/"}, CONTEXT]},
        {**REQUEST, "@type": "dspace:ContractRequestMessage"},
        {**REQUEST, "consumerPid": {"@id": "urn:c"}},
        {**REQUEST, "offer": {**PLAIN, "target": {"@id": "d"}}},
        {**REQUEST, "providerPid": None},
    ],
)
def test_messages_too(written: dict[str, Any]) -> None:
    plain = read(ContractRequestMessage, json.dumps(REQUEST).encode()).message
    body = json.dumps(written).encode()
    received = read_any_form(ContractRequestMessage, body)
    assert received.message == plain
    assert received.raw == body


def test_a_data_address_too() -> None:
    start = {
        "@context": [CONTEXT],
        "@type": "TransferStartMessage",
        "providerPid": "p",
        "consumerPid": "c",
        "dataAddress": {
            "endpointType": {"@id": "t"},
            "dspace:endpoint": "http://h",
            "endpointProperties": [
                {"name": "authorization", "value": {"@value": "x"}},
                {"name": "expiresIn", "value": {"@value": 300, "@type": "xsd:integer"}},
            ],
        },
    }
    address = read_any_form(TransferStartMessage, json.dumps(start).encode()).message.data_address
    assert address is not None
    assert (address.endpoint, address.value("authorization")) == ("http://h", "x")
    assert address.value("expiresIn") == "300"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            {"@context": {"dspace": "https://w3id.org/dspace/v0.8/"}, "@type": "dspace:X"},
            "this is DSP 0.8 .*; expected DSP 2025-1: ask with dataspace-protocol-http:2025-1",
        ),
        ({"@context": ["https://w3id.org/dspace/2024/1/context.json"]}, "this is DSP 2024-1"),
        ({"@context": ["https://h/other"]}, "no context of this version"),
        ({"@context": None}, "@context"),
    ],
)
def test_another_version_says_so(change: dict[str, Any], why: str) -> None:
    with pytest.raises(MalformedMessageError, match=why):
        read_any_form(ContractRequestMessage, json.dumps({**REQUEST, **change}).encode())


@pytest.mark.parametrize("odd", [{}, {"@id": []}, [{}], [[]], 7, True])
@pytest.mark.parametrize("member", ["@type", "permission", "target", "action", "operator"])
def test_what_is_no_form_of_anything_is_refused_by_the_types_alone(member: str, odd: Any) -> None:
    offer = {**PLAIN, member: odd} if member in PLAIN else with_constraint(**{member: odd})
    document = {
        "@context": [CONTEXT],
        "@type": "ContractRequestMessage",
        "consumerPid": "c",
        "callbackAddress": "https://c.example",
        "offer": offer,
    }
    with contextlib.suppress(MalformedMessageError):  # and nothing else is raised
        read_any_form(ContractRequestMessage, json.dumps(document).encode())


def test_the_members_of_a_message_are_bounded() -> None:
    document = {"@context": [CONTEXT], "@type": "CatalogRequestMessage"}
    most = document | {f"x{number}": number for number in range(MAX_MEMBERS - len(document))}
    assert message(most) == {**most, "@context": [CONTEXT]}
    with pytest.raises(MalformedMessageError, match=f"at most {MAX_MEMBERS} members"):
        message({**most, "one-more": 1})
