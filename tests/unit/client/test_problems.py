from __future__ import annotations

import json
from typing import Any

import pytest

from faifo import errors
from faifo.client.problems import error_from, problem_code


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
