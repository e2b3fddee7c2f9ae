from __future__ import annotations

from typing import Any

import msgspec
import pytest

from faifo.client.transport import AsgiTransport, Request
from faifo.demo import loan_model, model_service, tables

KEY = {"X-Backend-Key": "right"}
APPLICANT = {
    "hrat": 25, "obrat": 33, "loanprc": 0.8, "unem": 3, "pubrec": 0, "chist": 1, "unver": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def model() -> loan_model.LoanModel:
    return loan_model.fit(tables.loan_applications())


@pytest.fixture
def service(model: loan_model.LoanModel) -> AsgiTransport:
    return AsgiTransport(model_service.application(model, "right"))


async def ask(
    service: AsgiTransport, method: str, path: str, headers: dict[str, str], body: bytes | None
) -> tuple[int, Any]:
    async with service.request(Request(method, path, headers, body, 10)) as answer:
        return answer.status, msgspec.json.decode(await answer.read())


@pytest.mark.parametrize("path", ["/model", "/predict", "/strict/decide"])
@pytest.mark.parametrize("headers", [{}, {"X-Backend-Key": "wrong"}, {"X-Backend-Key": ""}])
async def test_nobody_is_answered_without_the_key(
    service: AsgiTransport, path: str, headers: dict[str, str]
):
    method, body = ("GET", None) if path == "/model" else ("POST", msgspec.json.encode(APPLICANT))
    assert (await ask(service, method, path, KEY, body))[0] == 200
    status, said = await ask(service, method, path, headers, body)
    assert status == 401
    assert said == {"error": "the header X-Backend-Key is missing or wrong"}


async def test_the_card_is_the_models(service: AsgiTransport, model: loan_model.LoanModel):
    assert await ask(service, "GET", "/model", KEY, None) == (200, model.card())


async def test_an_answer_names_its_model_and_warns(
    service: AsgiTransport, model: loan_model.LoanModel
):
    status, said = await ask(service, "POST", "/predict", KEY, msgspec.json.encode(APPLICANT))
    assert status == 200
    assert said["approval_probability"] == pytest.approx(model.approval(APPLICANT), abs=1e-6)
    assert said["model"] == f"sha256:{model.digest}"
    assert said["warning"] == loan_model.WARNING


@pytest.mark.parametrize(("desk", "cut_off"), [("lenient", 0.5), ("strict", 0.85)])
@pytest.mark.parametrize("ratio", [0.4, 0.8, 1.6])
async def test_a_desk_approves_from_its_cut_off_on(
    service: AsgiTransport, model: loan_model.LoanModel, desk: str, cut_off: float, ratio: float
):
    applicant = {**APPLICANT, "obrat": 33 / ratio}
    body = msgspec.json.encode(applicant)
    status, said = await ask(service, "POST", f"/{desk}/decide", KEY, body)
    assert (status, said["cut_off"]) == (200, cut_off)
    assert said["approved"] is (model.approval(applicant) >= cut_off)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="nothing"),
        pytest.param(b"{", 400, id="not JSON"),
        pytest.param(b"\xff", 400, id="not UTF-8"),
        pytest.param(b'{"hrat": "much"}', 400, id="a text for a number"),
        pytest.param(b'{"hrat": 1}', 400, id="features are missing"),
        pytest.param(b" " * 20_000, 413, id="too large"),
    ],
)
async def test_a_bad_question_is_told_why(service: AsgiTransport, body: bytes, status: int):
    got, said = await ask(service, "POST", "/predict", KEY, body)
    assert got == status
    assert said["error"]
