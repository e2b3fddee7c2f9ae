"""Terms that ask for an AI passport of the recipient: judged by the provider's node, as it stands.

Here the regulator is the provider, and the bank, whose model has a passport, asks for its data.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from exchange import FAIR, Exchange


async def offered(exchange: Exchange, pack: str) -> str:
    """Publish data of the regulator for who has an accepted passport."""
    regulator = exchange.consumer
    file = Path(regulator.path.with_name(regulator.path.name + "-data")) / "rules.csv"
    file.write_text("a\n")
    terms = {"passports": [pack]}
    order = {"location": str(file), "title": "Rules", "terms": terms}
    return str((await regulator.call("POST", "/datasets", order))["id"])


async def asked(exchange: Exchange, dataset: str) -> dict[str, Any]:
    order = {"node": exchange.consumer.did, "dataset": dataset, "reuse": False}
    begun = await exchange.provider.call("POST", "/negotiations", order)
    over = ("FINALIZED", "TERMINATED")
    return dict(
        await exchange.provider.until(
            f"/negotiations/{begun['pid']}", lambda one: one["state"] in over
        )
    )


@pytest.mark.parametrize("pack", ["test", "any"])
async def test_a_transfer_runs_while_it_is_accepted(exchange: Exchange, pack: str) -> None:
    dataset = await offered(exchange, pack)
    passport = exchange.passport(FAIR)
    assert (await exchange.publish("loans", passport)).code == 0
    refused = await asked(exchange, dataset)
    assert refused["state"] == "TERMINATED"
    assert "No AI passport of the recipient is accepted here" in refused["reason"][0]
    assert (await exchange.check("loans"))["decision"]["outcome"] == "accept"
    agreed = await asked(exchange, dataset)
    assert agreed["state"] == "FINALIZED"
    order = {"agreement": agreed["agreement"]}
    begun = await exchange.provider.call("POST", "/transfers", order)
    runs = await exchange.provider.settled(f"/transfers/{begun['pid']}", "STARTED")
    # What is judged anew is looked at at once, and ends what stood on it.
    assert (await exchange.withdraw(passport)).code == 0
    assert (await exchange.check("loans"))["decision"]["outcome"] == "refuse"
    ended = await exchange.provider.settled(f"/transfers/{runs['pid']}", "TERMINATED")
    assert "No AI passport of the recipient is accepted here" in ended["reason"][0]
    again = await exchange.provider.call("POST", "/transfers", order)
    late = await exchange.provider.settled(f"/transfers/{again['pid']}", "TERMINATED")
    assert "No AI passport" in late["reason"][0]


async def test_another_pack_does_not_do(exchange: Exchange) -> None:
    dataset = await offered(exchange, "other")
    assert (await exchange.publish("loans", exchange.passport(FAIR))).code == 0
    await exchange.check("loans")
    refused = await asked(exchange, dataset)
    assert "Accepted is: test, any" in refused["reason"][0]
