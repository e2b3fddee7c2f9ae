from __future__ import annotations

import io
from typing import Any

import pytest
from aiohttp import web

from faifo.client.calling import Call, call
from faifo.errors import RefusedError

CALL = Call(node="provider", dataset="d", path="/x", patience=5)


async def test_a_second_call_takes_the_same_transfer(client: Any, node: Any):
    for _ in range(2):
        sink = io.BytesIO()
        called = await call(client, CALL, sink)
        assert (called.status, sink.getvalue()) == (200, node.content)
    assert list(node.transfers) == ["t1"]


async def test_an_expired_token_is_renewed_by_a_new_transfer(
    client: Any, node: Any, make_problem: Any
):
    await call(client, CALL, io.BytesIO())
    node.refusals = [make_problem(401, "token-expired", "expired")]
    assert (await call(client, CALL, io.BytesIO())).transfer == "t2"


async def test_a_refusal_by_the_rules_is_an_error(client: Any, node: Any, make_problem: Any):
    node.refusals = [make_problem(403, "policy-refused", "not for this purpose")]
    with pytest.raises(RefusedError, match="not for this purpose"):
        await call(client, CALL, io.BytesIO())


async def test_the_apis_own_error_is_an_answer(client: Any, node: Any):
    body = '{"type":"https://api.example/full","detail":"full"}'
    node.refusals = [web.Response(status=422, text=body, content_type="application/problem+json")]
    sink = io.BytesIO()
    called = await call(client, CALL, sink)
    assert (called.status, sink.getvalue().decode()) == (422, body)
