"""Our types against the published JSON schemas of DSP 2025-1 (design §3).

Every published example, and every variant of it that one mutation makes, is judged by `read` and
by its schema. They must agree, but for the differences listed in `DIFFERENCES`, each of which must
really occur. The schemas are not shipped with Faifo; without ../shared the test is skipped.
"""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft201909, Draft201909Validator, Registry

from faifo.errors import MalformedMessageError
from faifo.messages.dsp_2025_1 import CONTEXT, catalog, negotiation, read, transfer, version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from faifo.messages.dsp_2025_1.wire import Wire

SCHEMAS = Path(__file__).parents[2].parent / "shared/schemas/dsp-2025-1"
BASE = "https://w3id.org/dspace/2025/1/"

pytestmark = pytest.mark.skipif(
    not SCHEMAS.is_dir(), reason=f"the published schemas are not at {SCHEMAS}"
)

KINDS: dict[str, type[Wire]] = {
    "catalog/catalog-error": catalog.CatalogError,
    "catalog/catalog-request-message": catalog.CatalogRequestMessage,
    "catalog/catalog": catalog.Catalog,
    "catalog/dataset-request-message": catalog.DatasetRequestMessage,
    "catalog/dataset": catalog.Dataset,
    "common/protocol-version": version.ProtocolVersions,
    "negotiation/contract-agreement-message": negotiation.ContractAgreementMessage,
    "negotiation/contract-agreement-verification-message": (
        negotiation.ContractAgreementVerificationMessage
    ),
    "negotiation/contract-negotiation-error": negotiation.ContractNegotiationError,
    "negotiation/contract-negotiation-event-message": negotiation.ContractNegotiationEventMessage,
    "negotiation/contract-negotiation": negotiation.ContractNegotiation,
    "negotiation/contract-negotiation-termination-message": (
        negotiation.ContractNegotiationTerminationMessage
    ),
    "negotiation/contract-offer-message": negotiation.ContractOfferMessage,
    "negotiation/contract-request-message": negotiation.ContractRequestMessage,
    "transfer/transfer-completion-message": transfer.TransferCompletionMessage,
    "transfer/transfer-error": transfer.TransferError,
    "transfer/transfer-process": transfer.TransferProcess,
    "transfer/transfer-request-message": transfer.TransferRequestMessage,
    "transfer/transfer-start-message": transfer.TransferStartMessage,
    "transfer/transfer-suspension-message": transfer.TransferSuspensionMessage,
    "transfer/transfer-termination-message": transfer.TransferTerminationMessage,
}
# Published schemas that are parts of others, or another room's matter.
NOT_READ_ALONE = {
    "common/context": "part of every message",
    "common/did-service": "an entry of a DID document: faifo.trust",
    "negotiation/contract": "policies: part of messages and datasets",
    "transfer/data-address": "part of transfer messages",
    "transfer/transfer": "the base of three messages",
}
MORE_EXAMPLES = {
    "catalog/nested-catalog": "catalog/catalog",
    "negotiation/contract-agreement-message-full": "negotiation/contract-agreement-message",
    "negotiation/contract-offer-message_initial": "negotiation/contract-offer-message",
    "negotiation/contract-request-message_initial": "negotiation/contract-request-message",
}
DID_EXAMPLES = {"common/catalogservice-did-service", "common/dataservice-did-service"}


class Difference(NamedTuple):
    """A document that its schema accepts and Faifo refuses; never the other way round."""

    note: str
    why: str
    place: str
    """Regular expression over "{kind} {place that we name} {what}"."""


DIFFERENCES = (
    Difference("#8", "an id is 1 to 2,048 characters", r"(pid|Pid|@id|Id|[tT]ype|format|dataset|"
               r"target|assigne[er]|accessService|endpoint|endpointURL|action|leftOperand|version|"
               r"protocol|name) (the wrong length|a control character)"),
    Difference("#9", "a callback address must be callable", r"callbackAddress an address that"),
    Difference("#10", "no target in a rule", r"\.target a target in a rule"),
    Difference("#11", "a constraint is atomic or logical, never a mixture",
               r"a constraint that is neither atomic nor logical|\.(and|or|xone|andSequence) "),
    Difference("#5", "a timestamp is nothing but xsd:dateTime", r"timestamp a timestamp in"),
    Difference("#12", "a known member has its type also where the schema does not name it",
               r"(@id|dataset\[\d+\]\.@type|distribution\[\d+\]\.@type|Dataset \$\.@type|"
               r"\.participantId|@context\S*) (a number|a boolean|an array|an object|null|"
               r"a string|an unknown value|no context of this version)"),
)  # fmt: skip


class Case(NamedTuple):
    schema: str
    document: Any
    how: str


def load(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    # spec-notes #1: three schemas refer to `...#definitions/X`, which is no JSON pointer.
    return json.loads(re.sub(r"\.json#definitions/", ".json#/definitions/", text))


def validators() -> dict[str, Draft201909Validator]:
    files = {
        str(path.relative_to(SCHEMAS)).removesuffix("-schema.json"): load(path)
        for path in sorted(SCHEMAS.glob("*/*-schema.json"))
    }
    registry = Registry([(schema["$id"], schema) for schema in files.values()], draft=Draft201909)
    return {name: Draft201909Validator(schema, registry=registry) for name, schema in files.items()}


@cache
def examples() -> dict[str, Any]:
    return {
        str(path.relative_to(SCHEMAS)).replace("/example/", "/").removesuffix(".json"): load(path)
        for path in sorted(SCHEMAS.glob("*/example/*.json"))
    }


def places(document: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(document, dict):
        for name, value in document.items():
            yield from places(value, (*path, name))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from places(value, (*path, index))


def changed(document: Any, path: tuple[str | int, ...], change: Callable[[Any, Any], None]) -> Any:
    result = copy.deepcopy(document)
    parent = result
    for step in path[:-1]:
        parent = parent[step]
    change(parent, path[-1])
    return result


def put(value: Any) -> Callable[[Any, Any], None]:
    def change(parent: Any, key: Any) -> None:
        parent[key] = value

    return change


def drop(parent: Any, key: Any) -> None:
    del parent[key]


VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "7": 7,
    "1.5": 1.5,
    "empty string": "",
    "another string": "something else",
    "control character": "a\u0000b",
    "2,049 characters": "x" * 2049,
    "empty array": [],
    "array of a string": ["x"],
    "array of null": [None],
    "empty object": {},
    "object": {"@id": "x"},
    "array of an object": [{"@id": "x"}],
    "the context": [CONTEXT],
    "another context": ["https://w3id.org/dspace/2024/1/context.jsonld"],
    "the context among others": ["https://example.org/more", CONTEXT],
}
ATOM = {"leftOperand": "a", "operator": "eq", "rightOperand": "b"}
# Members put where the example has none: at a path that ends the pattern.
ADDED: tuple[tuple[str, str, Any], ...] = (
    ("", "unknown", {"nested": [1, None]}),
    ("", "@id", "urn:uuid:00000000-0000-7000-8000-000000000001"),
    ("", "@id", 5),
    ("", "code", "E1"),
    ("", "code", 5),
    ("", "code", None),
    ("", "reason", []),
    ("", "reason", [{"any": None}, 5, None]),
    ("", "reason", "text"),
    ("", "reason", None),
    ("", "filter", [{"any": 1}]),
    ("", "filter", {}),
    ("", "providerPid", "urn:x"),
    ("", "consumerPid", "urn:x"),
    ("", "callbackAddress", "https://example.org/cb"),
    ("", "callbackAddress", None),
    ("", "hasPolicy", []),
    ("", "dataset", []),
    ("", "catalog", []),
    ("", "catalog", [{"@id": "x"}]),
    ("", "catalog", [{"@id": "x", "@type": "Catalog"}]),
    ("", "catalog", [{"@id": "x", "@type": "Catalog", "hasPolicy": []}]),
    ("", "service", []),
    ("", "distribution", []),
    ("", "participantId", None),
    ("", "dataAddress", None),
    ("", "dataAddress", {"@type": "DataAddress", "endpointType": "x"}),
    ("", "dataAddress", {"endpointType": "x"}),
    ("offer", "target", "urn:dataset"),
    ("offer", "target", 5),
    ("offer", "assigner", 5),
    ("offer", "profile", "https://example.org/profile"),
    ("offer", "profile", ["a", "b"]),
    ("offer", "profile", ["a", 1]),
    ("offer", "profile", 1),
    ("offer", "permission", []),
    ("offer", "prohibition", []),
    ("offer", "prohibition", [{"action": "use"}]),
    ("offer", "obligation", [{"action": "use"}]),
    ("offer", "obligation", []),
    ("offer", "obligation", [{}]),
    ("agreement", "profile", ["a"]),
    ("agreement", "timestamp", "2023-01-01T01:00:00.123+07:00"),
    ("agreement", "timestamp", "24:00"),
    ("agreement", "timestamp", "on 2023-01-01T01:00:00Z sharp"),
    ("agreement", "obligation", [{"action": "delete", "constraint": [ATOM]}]),
    ("hasPolicy.0", "target", "urn:dataset"),
    ("hasPolicy.0", "target", None),
    ("hasPolicy.0", "obligation", [{"action": "delete"}]),
    ("permission.0", "duty", [{"action": "pay"}]),
    ("permission.0", "action", {"@id": "use"}),
    ("permission.0", "target", "urn:dataset"),
    ("permission.0", "constraint", []),
    ("permission.0", "constraint", ATOM),
    ("permission.0", "constraint", [{}]),
    ("permission.0", "constraint", [{"and": []}]),
    ("permission.0", "constraint", [{"and": [ATOM], "or": [ATOM]}]),
    ("permission.0", "constraint", [{"and": [ATOM, {"xone": [ATOM, {"or": [ATOM]}]}]}]),
    ("permission.0", "constraint", [{"and": [{"leftOperand": "a", "operator": "eq"}]}]),
    ("permission.0", "constraint", [{"and": ATOM}]),
    ("permission.0", "constraint", [{"and": None}]),
    ("permission.0", "constraint", [{**ATOM, "and": [ATOM]}]),
    ("permission.0", "constraint", [{**ATOM, "and": 5}]),
    ("permission.0", "constraint", [{"and": [ATOM], "leftOperand": "a"}]),
    ("permission.0", "constraint", [{**ATOM, "unit": "x"}]),
    *(("permission.0", "constraint", [{**ATOM, "rightOperand": value}])
      for value in ("", "x", {}, {"@value": 1}, [], [1, None], 1, 1.5, True, None)),
    *(("permission.0", "constraint", [{**ATOM, "operator": operator}])
      for operator in ("neq", "gt", "gteq", "lt", "lteq", "isA", "hasPart", "isPartOf", "isAllOf",
                       "isAnyOf", "isNoneOf", "term-lteq", "EQ", "odrl:eq")),
    ("distribution.0", "hasPolicy", []),
    ("distribution.0", "hasPolicy", [{"@id": "x", "@type": "Offer"}]),
    ("distribution.0", "accessService", {"@id": "x", "@type": "DataService"}),
    ("distribution.0", "accessService", {"@id": "x", "endpointURL": "https://example.org"}),
    ("service.0", "servesDataset", []),
    ("service.0", "servesDataset", [{"@id": "x"}]),
    ("protocolVersions.0", "serviceId", None),
    ("protocolVersions.0", "auth", {"protocol": "DCP"}),
    ("protocolVersions.0", "auth", {"protocol": "DCP", "version": "1.0", "profile": "x"}),
    ("protocolVersions.0", "auth", None),
)  # fmt: skip
ENUMS = {
    "eventType": ["ACCEPTED", "FINALIZED", "accepted", "TERMINATED"],
    "state": [
        "REQUESTED", "OFFERED", "ACCEPTED", "AGREED", "VERIFIED", "FINALIZED", "TERMINATED",
        "STARTED", "SUSPENDED", "COMPLETED", "requested",
    ],
    "binding": ["HTTPS", "HTTP", "https"],
}  # fmt: skip


def variants(schema: str, document: Any) -> Iterator[Case]:
    for path in places(document):
        name = ".".join(map(str, path))
        for tail, member, value in ADDED:
            here = document
            for step in path:
                here = here[step]
            fits = name == tail or (tail and name.endswith(f".{tail}"))
            if fits and isinstance(here, dict):
                new = changed(document, (*path, member), put(value))
                yield Case(schema, new, f"{name}: {member} = {json.dumps(value)[:60]}")
        if path:
            yield Case(schema, changed(document, path, drop), f"without {name}")
            for label, value in VALUES.items():
                yield Case(schema, changed(document, path, put(value)), f"{name} = {label}")
            for value in ENUMS.get(str(path[-1]), ()):
                yield Case(schema, changed(document, path, put(value)), f"{name} = {value}")
        else:
            yield from (Case(schema, value, f"root = {label}") for label, value in VALUES.items())


class Verdict(NamedTuple):
    ours: bool
    theirs: bool
    place: str
    """Kind, place and fact of our refusal, for `DIFFERENCES`."""


def judge(case: Case, theirs: dict[str, Draft201909Validator]) -> Verdict:
    body = json.dumps(case.document).encode()
    kind = KINDS[case.schema]
    valid = theirs[case.schema].is_valid(case.document)
    try:
        read(kind, body)
    except MalformedMessageError as error:
        return Verdict(
            ours=False, theirs=valid, place=f"{kind.__name__} {error.where} {error.what}"
        )
    return Verdict(ours=True, theirs=valid, place="")


def explained(verdict: Verdict) -> Difference | None:
    if verdict.theirs and not verdict.ours:
        return next((d for d in DIFFERENCES if re.search(d.place, verdict.place)), None)
    return None


EXAMPLES = {
    name: MORE_EXAMPLES.get(name, name) for name in (examples() if SCHEMAS.is_dir() else ())
}
READABLE = [name for name in EXAMPLES if name not in DID_EXAMPLES]


VALIDATORS = validators() if SCHEMAS.is_dir() else {}


@cache
def judged(name: str) -> list[tuple[str, Verdict]]:
    """Return what was changed and how both judge it, for every variant of an example."""
    cases = variants(EXAMPLES[name], examples()[name])
    return [(case.how, judge(case, VALIDATORS)) for case in cases]


@pytest.fixture(scope="module")
def theirs() -> dict[str, Draft201909Validator]:
    return VALIDATORS


def test_every_published_schema_has_a_reader_or_a_reason(
    theirs: dict[str, Draft201909Validator],
) -> None:
    assert set(theirs) == set(KINDS) | set(NOT_READ_ALONE)


def test_every_kind_has_an_example() -> None:
    assert {EXAMPLES[name] for name in READABLE} == set(KINDS)


@pytest.mark.parametrize("name", READABLE)
def test_a_published_example_is_accepted_by_both(
    name: str, theirs: dict[str, Draft201909Validator]
) -> None:
    verdict = judge(Case(EXAMPLES[name], examples()[name], "as published"), theirs)
    assert verdict == Verdict(ours=True, theirs=True, place="")


@pytest.mark.parametrize("name", READABLE)
def test_variants_are_judged_alike(name: str) -> None:
    verdicts = judged(name)
    assert len(verdicts) >= 50
    disagreements = [
        (how, verdict)
        for how, verdict in verdicts
        if verdict.ours is not verdict.theirs and not explained(verdict)
    ]
    assert disagreements == []


def test_the_variants_are_many_and_of_both_sorts() -> None:
    verdicts = [verdict for name in READABLE for _, verdict in judged(name)]
    assert sum(not verdict.theirs for verdict in verdicts) >= 300
    assert sum(verdict.theirs and verdict.ours for verdict in verdicts) >= 300
    met = {difference.note for verdict in verdicts if (difference := explained(verdict))}
    assert met == {difference.note for difference in DIFFERENCES}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["@id", "@type", "and", "or", "action"]), inner, max_size=2
        )
    ),
    max_leaves=5,
)


@given(st.data())
def test_random_mutations_are_judged_alike(data: st.DataObject) -> None:
    """Up to three mutations at once, with values that no table foresees."""
    name = data.draw(st.sampled_from(READABLE))
    document = examples()[name]
    for _ in range(data.draw(st.integers(1, 3))):
        paths = [path for path in places(document) if path]
        if not paths:
            break
        path = data.draw(st.sampled_from(paths))
        if data.draw(st.booleans()):
            document = changed(document, path, drop)
        else:
            document = changed(document, path, put(data.draw(JSON)))
    verdict = judge(Case(EXAMPLES[name], document, "random"), VALIDATORS)
    assert verdict.ours is verdict.theirs or explained(verdict), (verdict, document)


def test_the_published_did_service_schema_refuses_its_own_example(
    theirs: dict[str, Draft201909Validator],
) -> None:
    """spec-notes #2: when this fails, the schema has been mended."""
    schema = theirs["common/did-service"]
    assert schema.is_valid(examples()["common/catalogservice-did-service"])
    assert not schema.is_valid(examples()["common/dataservice-did-service"])


def test_the_published_policy_schema_refuses_an_offer_without_target(
    theirs: dict[str, Draft201909Validator],
) -> None:
    """spec-notes #3: its root is oneOf of shapes that overlap."""
    offer = {"@id": "x", "@type": "Offer", "permission": [{"action": "use"}]}
    assert not theirs["negotiation/contract"].is_valid(offer)
    assert theirs["negotiation/contract"].is_valid({**offer, "target": "y"})
