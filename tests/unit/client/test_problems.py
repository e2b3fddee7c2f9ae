from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from faifo import errors
from faifo.api.problems import error_from, problem_code, problem_of
from faifo.phrases import LANGUAGES, Phrase


def body(code: str, **more: Any) -> bytes:
    told = {"type": f"urn:faifo:problem:{code}", "detail": "a sentence of the node", "code": code}
    return json.dumps(told | more).encode()


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "malformed", errors.MalformedMessageError),
        (413, "too-large", errors.TooLargeError),
        (400, "illegal-transition", errors.IllegalTransitionError),
        (401, "not-proven", errors.NotProvenError),
        (403, "refused", errors.RefusedError),
        (404, "not-found", errors.NotFoundError),
        (409, "conflict", errors.ConflictError),
        (504, "unreachable", errors.UnreachableError),
        (502, "peer-error", errors.PeerError),
        (502, "not-admitted", errors.NotAdmittedError),
        (400, "settings", errors.SettingsError),
        (503, "storage", errors.StorageError),
        (403, "policy-refused", errors.RefusedError),
        (403, "agreement-ended", errors.RefusedError),
        (403, "passport-withdrawn", errors.RefusedError),
        (410, "withdrawn", errors.NotFoundError),
        (403, "transfer-closed", errors.ConflictError),
        (401, "token-expired", errors.NotProvenError),
        (404, "a-code-of-tomorrow", errors.NotFoundError),
        (500, "internal", errors.PeerError),
    ],
)
def test_a_problem_comes_back_as_its_error_with_its_sentence(status: int, code: str, kind: Any):
    error = error_from(status, body(code, reasons=["one", "two"]), who="x")
    assert isinstance(error, kind)
    assert str(error) == "a sentence of the node"
    assert getattr(error, "reasons", None) == ("one", "two")
    assert problem_code(error) == code


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"<html>", "x answered 500: no reason given", id="no problem at all"),
        pytest.param(b"\xff", "x answered 500: no reason given", id="not even text"),
        pytest.param(
            b'{"type":"about:blank","title":"Teapot"}',
            "x answered 500: Teapot",
            id="of another API",
        ),
        pytest.param(
            b'{"type":"https://x","code":"refused","detail":"D"}', "x answered 500: D",
            id="of another API with a code like ours",
        ),
    ],
)  # fmt: skip
def test_what_is_no_problem_of_ours_is_a_peer_error(content: bytes, sentence: str):
    error = error_from(500, content, who="x")
    assert type(error) is errors.PeerError
    assert str(error) == sentence


ERRORS = (
    errors.MalformedMessageError(what="w", expected="e", where="$.a"),
    errors.TooLargeError(what="the body", limit=10),
    errors.IllegalTransitionError(message="M", sender="consumer", state="S", allowed=("A", "B")),
    errors.IllegalTransitionError(message="M", sender="consumer", state="S", allowed=()),
    errors.NotProvenError(step="s", reason="r", did="did:web:secret"),
    errors.RefusedError(what="w", reasons=("one", Phrase("errors.waiting.reason")), decision=1),
    errors.NotFoundError(what="dataset", name="it's"),
    errors.ConflictError(what=Phrase("errors.transfer"), advice="a"),
    errors.BusyError(what="w", seconds=3),
    errors.UnreachableError(who="w", reason="r"),
    errors.PeerError(who="w", status=500, reasons=()),
    errors.NotAdmittedError(who="w", status=403, reasons=("r",)),
    errors.SettingsError(what="w", expected="e", advice="a"),
    errors.StorageError(what="w"),
)


def test_the_cases_are_of_every_error():
    assert {type(error) for error in ERRORS} == set(errors.KINDS.values())


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_every_error_is_the_same_at_the_other_side(error: errors.FaifoError):
    """The class, the facts that may be told, and the sentence in each language."""
    problem = problem_of(error, status=error.http_status)
    body = msgspec.json.encode(problem)
    again = error_from(error.http_status, body, who="x")
    assert type(again) is type(error)
    assert (again.http_status, again.exit_code) == (error.http_status, error.exit_code)
    for lang in LANGUAGES:
        assert again.sentence(lang) == error.sentence(lang)
    assert error.sentence("en") != error.sentence("vi") or error.code in {"not-proven", "storage"}
    assert b"secret" not in body
    assert msgspec.to_builtins(again.facts(), enc_hook=str) == msgspec.to_builtins(
        error.facts(), enc_hook=str
    )


@pytest.mark.parametrize(
    "facts",
    [{}, {"wrong": 1}, {"what": {"phrase": "no.such", "facts": {}}, "advice": ""}],
)
def test_facts_that_this_side_does_not_know_leave_the_sentence(facts: dict[str, Any]):
    error = error_from(409, body("conflict", facts=facts), who="x")
    assert isinstance(error, errors.ConflictError)
    assert str(error) == "a sentence of the node"


def test_what_is_no_value_of_json_goes_as_the_text_that_stands_in_the_sentence():
    error = errors.ConflictError(what=Phrase("errors.told.file.there", target=Path("/data/x")))
    again = error_from(409, msgspec.json.encode(problem_of(error, status=409)), who="x")
    assert again.sentence("vi") == error.sentence("vi") == "/data/x đã có sẵn"


def test_an_error_within_an_error_is_said_in_the_same_language():
    inner = errors.NotFoundError(what=Phrase("errors.told.thing.member"), name="did:web:x")
    error = errors.ConflictError(what=inner.said())
    again = error_from(409, msgspec.json.encode(problem_of(error, status=409)), who="x")
    assert str(again) == str(inner)
    assert again.sentence("vi") == inner.sentence("vi") == "ở đây không có thành viên 'did:web:x'"
