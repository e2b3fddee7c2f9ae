"""Our types against the published JSON schemas of DCP 1.0 (design §3), as test_schemas.py does.

Every published example, and every variant that one mutation makes, is judged by `read` and by its
schema. They must agree, but for `DIFFERENCES`, each of which must really occur.
"""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from jsonschema_rs import Draft201909, Draft201909Validator, Registry

from faifo.errors import MalformedMessageError
from faifo.messages.dcp_1_0 import issuance, presentation
from faifo.messages.dcp_1_0.wire import CONTEXT
from faifo.messages.dsp_2025_1.codec import read, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from faifo.messages.dsp_2025_1.wire import Wire

SCHEMAS = Path(__file__).parents[2].parent / "shared/schemas/dcp-1.0"

pytestmark = pytest.mark.skipif(
    not SCHEMAS.is_dir(), reason=f"the published schemas are not at {SCHEMAS}"
)

KINDS: dict[str, type[Wire]] = {
    "credential-message": issuance.CredentialMessage,
    "credential-object": issuance.CredentialObject,
    "credential-offer-message": issuance.CredentialOfferMessage,
    "credential-request-message": issuance.CredentialRequestMessage,
    "credential-status": issuance.CredentialStatus,
    "issuer-metadata": issuance.IssuerMetadata,
    "presentation-query-message": presentation.PresentationQueryMessage,
    "presentation-response-message": presentation.PresentationResponseMessage,
}


class Difference(NamedTuple):
    """`place`: regular expression over "{kind} {how}"."""

    why: str
    place: str


STRICTER = (
    Difference("an id is 1 to 2,048 characters without control characters",
               r"(Pid|issuer|id|[tT]ype|format) := (empty string|2,049 characters|control)"),
    Difference("the type of a message is its own",
               r"type := (another|the context|true|7|null|\[|\{)"),
    Difference("a request asks for something", r"request-message \$\.credentials := \[\]"),
    Difference("a definition is not empty, and stands alone", r"presentationDefinition|scope"),
)  # fmt: skip
LOOSER = (
    Difference("a credential object may be an id alone (§6.6.1)",
               r"(object \$|credentials\[0\])\.type := gone|credentials(\[0\])? := \[?\{id\}"),
    Difference("what a credential object may leave out in an offer, it may in metadata",
               r"issuer-metadata \$\.credentialsSupported"),
)  # fmt: skip
# spec-notes: `format` of a message and a top-level credentialType are in the schema only.
VALUES: dict[str, Any] = {
    "null": None, "true": True, "7": 7, "empty string": "", "another": "something else",
    "control": "a\u0000b", "2,049 characters": "x" * 2049, "[]": [], "[string]": ["x"],
    "[null]": [None], "{}": {}, "{id}": {"id": "x"}, "[{id}]": [{"id": "x"}],
    "the context": [CONTEXT], "another context": ["https://example.org"],
    "the context among others": ["https://example.org", CONTEXT],
}  # fmt: skip


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def validators() -> dict[str, Draft201909Validator]:
    files = {path: load(path) for path in SCHEMAS.glob("*/*-schema.json")}
    resources = [(schema["$id"], schema) for schema in files.values()]
    # dsp-dcp.md, trap 9: the context schema calls itself v08; definitions are another body's.
    context = load(SCHEMAS / "common/context-schema.json")
    base = "https://w3id.org/dspace-dcp/v1.0"
    resources.append((f"{base}/common/context-schema.json", context))
    anything = {"type": "object", "properties": {"presentation_submission": {"type": "object"}}}
    foundation = "https://identity.foundation/presentation-exchange/schemas/presentation-"
    resources += [(f"{foundation}{name}.json", anything) for name in ("definition", "submission")]
    registry = Registry(resources, draft=Draft201909)
    return {
        path.name.removesuffix("-schema.json"): Draft201909Validator(schema, registry=registry)
        for path, schema in files.items()
    }


def examples() -> Iterator[tuple[str, Any]]:
    for path in sorted(SCHEMAS.glob("*/example/*.json")):
        kind = next(name for name in KINDS if path.stem.startswith(name))
        yield kind, load(path)


def places(document: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    entries: Any = document.items() if isinstance(document, dict) else ()
    entries = enumerate(document) if isinstance(document, list) else entries
    for key, value in entries:
        if key not in ("issuancePolicy", "presentationDefinition", "presentationSubmission"):
            yield from places(value, (*path, key))
        else:
            yield (*path, key)


def variants(document: Any) -> Iterator[tuple[str, Any]]:
    yield "as published", document
    for path in places(document):
        name = "$" + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path)
        for how in ("gone", *VALUES):
            changed = copy.deepcopy(document)
            parent = changed
            for step in path[:-1]:
                parent = parent[step]
            if how == "gone":
                del parent[path[-1]]
            else:
                parent[path[-1]] = VALUES[how]
            yield f"{name} := {how}", changed


def accepted(kind: str, document: Any) -> bool:
    try:
        read(KINDS[kind], json.dumps(document).encode())
    except MalformedMessageError:
        return False
    return True


def test_every_example_is_read_and_written_back():
    for kind, document in examples():
        message = read(KINDS[kind], json.dumps(document).encode()).message
        if kind == "credential-object":
            del document["@context"]  # it stands alone in the example only
        assert json.loads(write(message)) == document


def test_our_types_and_the_published_schemas_agree():
    found = validators()
    assert found.keys() == {*KINDS, "context"}
    unexplained, seen, judged = [], set(), 0
    for kind, example in examples():
        for how, document in variants(example):
            judged += 1
            ours, theirs = accepted(kind, document), found[kind].is_valid(document)
            if ours == theirs:
                continue
            known = LOOSER if ours else STRICTER
            why = next((d for d in known if re.search(d.place, f"{kind} {how}")), None)
            seen.add(why)
            if why is None:
                unexplained.append(f"{kind} {how}: ours {ours}, the schema {theirs}")
    assert not unexplained, "\n".join(unexplained)
    assert judged > 500
    assert seen == {*STRICTER, *LOOSER}


def test_a_query_has_exactly_one_of_scope_and_definition():
    good = {"@context": [CONTEXT], "type": "PresentationQueryMessage", "scope": ["a"]}
    assert accepted("presentation-query-message", good)
    for wrong in ({"presentationDefinition": {"id": "x"}}, {"scope": []}, {"scope": None}):
        assert not accepted("presentation-query-message", good | wrong)
    del good["scope"]
    for wrong in ({}, {"presentationDefinition": {}}, {"presentationDefinition": None}):
        assert not accepted("presentation-query-message", good | wrong)
