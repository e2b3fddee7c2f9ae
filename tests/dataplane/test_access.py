from __future__ import annotations

import logging
from pathlib import Path

import pytest

from faifo.dataplane.gate import HttpApi

from .conftest import TOKEN, Backend, Plane, TestGate, TestJournal, publish

SECRET = "canary-backend-91be44"

TOKENS = {
    "none": {},
    "another scheme": {"Authorization": f"Basic {TOKEN}"},
    "two tokens": {"Authorization": f"Bearer {TOKEN} {TOKEN}"},
    "an empty one": {"Authorization": "Bearer "},
    "a scheme alone": {"Authorization": "Bearer"},
    "without a scheme, and no token of ours": {"Authorization": f"{'a' * 42}"},
    "characters that no token has": {"Authorization": 'Bearer "a"'},
}


@pytest.mark.parametrize("headers", TOKENS.values(), ids=TOKENS.keys())
async def test_without_a_readable_token_the_answer_is_401(
    plane: Plane, journal: TestJournal, headers: dict[str, str]
):
    async with plane.client.get(plane.url + "/t", headers=headers) as answer:
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert (await answer.json(content_type=None))["code"] == "token-missing"
    (access,) = journal.records
    assert (access.outcome, access.status, access.transfer_id) == ("refused", 401, "t")


async def test_a_token_in_the_query_counts_for_nothing(plane: Plane):
    async with plane.client.get(f"{plane.url}/t?access_token={TOKEN}") as answer:
        assert answer.status == 401


async def test_the_gates_no_is_told_with_its_reasons_and_recorded(
    plane: Plane, journal: TestJournal
):
    async with plane.client.get(
        plane.url + "/t", headers={"Authorization": "Bearer wrong"}
    ) as answer:
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
        assert (await answer.json(content_type=None))["reasons"] == ["unknown token"]
    assert (journal.last.reason, journal.last.grant) == ("token-unknown", None)


@pytest.mark.parametrize("path", ["/elsewhere", "/data", "/data/"])
async def test_another_address_is_404_and_recorded(plane: Plane, journal: TestJournal, path: str):
    async with plane.client.get(f"http://127.0.0.1:{plane.port}{path}") as answer:
        assert answer.status == 404
    assert journal.last.status == 404


async def test_a_refusal_that_cannot_be_recorded_is_503(plane: Plane, journal: TestJournal):
    journal.fail = True
    async with plane.client.get(plane.url + "/t") as answer:
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (
            503,
            "not-recorded",
        )


async def test_a_fault_inside_is_500_without_a_word_about_it(
    plane: Plane, gate: TestGate, journal: TestJournal, caplog: pytest.LogCaptureFixture
):
    gate.sources = None  # type: ignore[assignment]
    async with plane.get("/t") as answer:
        assert answer.status == 500
        body = await answer.text()
    assert "Traceback" not in body
    assert "NoneType" not in body
    assert (journal.last.outcome, journal.last.reason) == ("failed", "internal")
    assert caplog.messages == ["a request failed inside: TypeError"]


async def test_no_secret_reaches_logs_errors_or_answers(
    plane: Plane,
    gate: TestGate,
    backend: Backend,
    journal: TestJournal,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.DEBUG)
    own = {"Authorization": f"Bearer {SECRET}", "X-Key": SECRET}
    gate.sources["api"] = HttpApi(base_url=backend.url, headers=own)
    gate.sources["dead"] = HttpApi(base_url="http://127.0.0.1:1", headers=own)
    gate.sources["bad"] = HttpApi(base_url=backend.url, headers={"X-Key": SECRET + "\r\nA: b"})
    gate.sources["file"] = publish(tmp_path / "f", b"x")

    async def echo(request: object) -> object:
        from aiohttp import web

        return web.Response(headers={"ETag": f'"{SECRET}"', "X-Seen": SECRET}, text="ok")

    backend.handlers["/echo"] = echo
    seen = ""
    for path in ("/api/echo", "/dead/x", "/bad/x", "/file", "/none", "/api/%2e%2e/x"):
        async with plane.get(path) as answer:
            seen += f"{answer.status} {dict(answer.headers)} {await answer.text()}"
    journal.fail = True
    async with plane.get("/api/echo") as answer:
        seen += await answer.text()
    seen += caplog.text + repr(journal.records)
    assert "502" in seen
    assert SECRET not in seen
    assert TOKEN not in seen
