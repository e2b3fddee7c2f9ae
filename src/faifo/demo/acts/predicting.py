"""A prediction service is shared like a table: its use crosses the border, its data stay."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from faifo import ids
from faifo.api.datasets import Publication
from faifo.api.processes import Transfer
from faifo.client.calling import Call, Called, call
from faifo.demo import loan_model, model_service, tables
from faifo.demo.acts.fetching import agree, start
from faifo.demo.acts.publishing import terms
from faifo.demo.model_service import Ready
from faifo.demo.stage import PURPOSE, Stage, get, send
from faifo.node.custody.directory import write_secret

SERVICE = "faifo.demo.model_service"
DATASET = "loan-model"
CREDENTIALS = "loan-model.headers"
JSON = {"Content-Type": "application/json"}
APPLICANT: dict[str, float] = {
    "hrat": 25,
    "obrat": 33,
    "loanprc": 0.8,
    "unem": 3.2,
    "pubrec": 0,
    "chist": 1,
    "unver": 0,
}


async def play(stage: Stage) -> None:
    """Leave the transfer running, for the act in which it is ended."""
    stage.tell.act("predicting")
    key = ids.new_secret()
    stage.service = ready = await _serve(stage, key)
    await _publish(stage, ready, key)
    stage.running = transfer = await start(stage, await agree(stage, DATASET))
    await _read_card(stage, transfer, ready)
    await _predict(stage, transfer, ready, key)
    with stage.tell.step("predicting.unseen") as facts:
        facts["files"] = _look_for(key, stage, stage.cast.consumer.folder, stage.cast.received)
    stage.tell.note("predicting.warning")


async def start_service(stage: Stage, key: str) -> Ready:
    """Start the service, which fits its model first, and return what it says of itself."""
    folder = stage.cast.service

    def look() -> Ready | None:
        try:
            return msgspec.json.decode((folder / model_service.READY_FILE).read_bytes(), type=Ready)
        except FileNotFoundError:
            return None

    write_secret(folder / model_service.KEY_FILE, key.encode())
    return await stage.children.start(SERVICE, folder).ready(look)


def keep_credentials(stage: Stage, key: str) -> None:
    """Put the header that the service wants into the provider's directory."""
    header = f"{model_service.KEY_HEADER}: {key}\n"
    write_secret(stage.cast.provider.folder / CREDENTIALS, header.encode())


async def _serve(stage: Stage, key: str) -> Ready:
    with stage.tell.step("predicting.fitted") as facts:
        ready = await start_service(stage, key)
        facts["rows"] = ready.card["fitted_on"]
    stage.tell.note("predicting.source")
    model = loan_model.fit(tables.loan_applications())
    stage.ensure(ready.card == model.card(), "same-figures", ready.card)
    _tell_quality(stage, "predicting.quality", ready.card)
    with stage.tell.step("predicting.closed") as facts:
        status, _ = await get(service_url(ready), "/model", {})
        stage.ensure(status == 401, "service-closed", status)
        facts.update(status=status, header=model_service.KEY_HEADER)
    return ready


def _tell_quality(stage: Stage, key: str, card: dict[str, Any]) -> None:
    number = stage.tell.number
    stage.tell.note(
        key,
        held_out=card["held_out"],
        accuracy=number(100 * card["held_out_accuracy"], digits=1),
        baseline=number(100 * card["held_out_baseline"], digits=1),
        auc=number(card["held_out_auc"], digits=2),
    )


async def _publish(stage: Stage, ready: Ready, key: str) -> None:
    with stage.tell.step("predicting.published", dataset=DATASET, file=CREDENTIALS):
        keep_credentials(stage, key)
        await stage.provider.publish(
            Publication(
                id=DATASET,
                location=service_url(ready),
                title=stage.tell.phrase("predicting.title-of-service"),
                terms=terms(stage),
                credentials=CREDENTIALS,
            )
        )


async def _read_card(stage: Stage, transfer: Transfer, ready: Ready) -> None:
    with stage.tell.step("predicting.card") as facts:
        async with stage.consumer.call(transfer.pid, path="/model") as answer:
            body = await answer.read()
        stage.ensure(answer.status == 200, "data-status", answer.status)
        card = msgspec.json.decode(body)
        facts.update(size=stage.tell.size(len(body)), digest=card["digest"])
    stage.accessed(transfer, len(body))
    stage.ensure(card == ready.card, "same-card", card)


async def _predict(stage: Stage, transfer: Transfer, ready: Ready, key: str) -> None:
    """Ask through both nodes, and at the service itself: the answers must be the same."""
    question = msgspec.json.encode(APPLICANT)
    with stage.tell.step("predicting.asked") as facts:
        async with stage.consumer.call(
            transfer.pid, "POST", "/predict", headers=JSON, body=question
        ) as answer:
            body = await answer.read()
        stage.ensure(answer.status == 200, "data-status", f"{answer.status} {body!r}")
        said = msgspec.json.decode(body)
        chance = stage.tell.number(100 * said["approval_probability"], digits=1)
        facts.update(chance=chance, sent=len(question), got=len(body))
    stage.accessed(transfer, len(body))
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    stage.ensure(key not in head and key.encode() not in body, "key-unseen", "the answer")
    own = loan_model.fit(tables.loan_applications()).approval(APPLICANT)
    stage.ensure(said["approval_probability"] == round(own, 6), "same-chance", own)
    stage.ensure(said["model"] == ready.card["digest"], "same-model", said["model"])
    with stage.tell.step("predicting.same"):
        headers = {**JSON, model_service.KEY_HEADER: key}
        _, direct = await send("POST", service_url(ready), "/predict", headers, question)
        stage.ensure(direct == body, "same-answer", direct)


async def ask(
    stage: Stage, desk: str, applicant: Mapping[str, float]
) -> tuple[dict[str, Any], Called]:
    """Ask a desk to decide, as `faifo call` does, and count the access."""
    answer = io.BytesIO()
    wanted = Call(
        node=stage.cast.provider.nick,
        dataset=desk,
        method="POST",
        path="/decide",
        headers=JSON,
        body=msgspec.json.encode(applicant),
        purpose=PURPOSE,
    )
    called = await call(stage.consumer, wanted, answer)
    stage.ensure(called.status == 200, "data-status", called.status)
    transfer = await stage.consumer.get_transfer(called.transfer)
    if transfer.pid not in {one.pid for one in stage.transfers}:
        stage.transfers.append(transfer)
    stage.accessed(transfer, len(answer.getvalue()))
    return msgspec.json.decode(answer.getvalue(), type=dict[str, Any]), called


def _look_for(key: str, stage: Stage, *folders: Path) -> int:
    """Return in how many files of the consumer the service's key was looked for, and not found."""
    needle, searched = key.encode(), 0
    for folder in folders:
        for name in (Path(at) / file for at, _, files in os.walk(folder) for file in files):
            stage.ensure(needle not in name.read_bytes(), "key-unseen", name)
            searched += 1
    return searched


def service_url(ready: Ready) -> str:
    return f"http://127.0.0.1:{ready.port}"
