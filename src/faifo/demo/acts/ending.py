"""The provider ends a transfer, and the token of it opens nothing any more."""

from __future__ import annotations

from typing import Any

import msgspec

from faifo.api.processes import Transfer
from faifo.demo.stage import Stage, get, until_state
from faifo.node.custody.books import books_of
from faifo.node.settings.model import read_settings

PATH = "/model"


async def play(stage: Stage) -> None:
    tell, transfer = stage.tell, stage.running
    assert transfer is not None  # noqa: S101 - it was started in an earlier act
    tell.act("ending")
    endpoint, token = _data_address(stage, transfer.pid)
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": tell.lang}
    with tell.step("ending.works") as facts:
        status, body = await get(endpoint, PATH, headers)
        stage.ensure(status == 200, "token-works", f"{status} {body!r}")
        facts["status"] = status
    stage.accessed(transfer, len(body))
    why = tell.phrase("ending.reason")
    with tell.step("ending.ended", reason=why):
        theirs = transfer.peer_pid or ""
        await stage.provider.terminate(theirs, why)
    with tell.step("ending.refused") as facts:
        status, body = await get(endpoint, PATH, headers)
        refusal = _problem(body)
        stage.ensure(status in {401, 403}, "token-dead", f"{status} {body!r}")
        facts.update(status=status, code=refusal.get("code", ""))
    stage.refused += 1
    for reason in refusal.get("reasons") or ():
        tell.quote(str(reason), good=False)
    with tell.step("ending.both") as facts:
        states = [
            (await until_state(client, "transfer", pid, "TERMINATED")).state
            for client, pid in ((stage.provider, theirs), (stage.consumer, transfer.pid))
        ]
        stage.ensure(states == ["TERMINATED", "TERMINATED"], "transfer-terminated", states)
    await _through_the_node(stage, transfer, why)


async def _through_the_node(stage: Stage, transfer: Transfer, why: str) -> None:
    with stage.tell.step("ending.node") as facts:
        async with stage.consumer.call(transfer.pid, path=PATH) as answer:
            body = await answer.read()
        stage.ensure(answer.status >= 400, "node-dead", f"{answer.status} {body!r}")
        facts["status"] = answer.status
    detail = str(_problem(body).get("detail", ""))
    stage.ensure(why in detail, "end-has-reason", detail)
    stage.tell.quote(detail, good=False)


def _problem(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}


def _data_address(stage: Stage, pid: str) -> tuple[str, str]:
    """Return endpoint and token of a running transfer, from the consumer's own database.

    No interface gives the token away: for this act we open the books of a node that is ours.
    """
    directory = stage.cast.consumer.directory
    books = books_of(directory, read_settings(directory.settings))
    record = books.look(lambda tx: tx.transfers.get(pid))
    address = (record and record.data_address) or {}
    named = {item["name"]: item["value"] for item in address.get("endpointProperties", ())}
    endpoint, token = address.get("endpoint"), named.get("authorization")
    stage.ensure(isinstance(endpoint, str) and isinstance(token, str), "token-known", list(address))
    return str(endpoint), str(token)
