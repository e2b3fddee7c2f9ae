"""Whatever takes a right away is seen by each who asks: at the transfer, at reuse, by the watch.

The book of the provider is changed while it stands still, so that nothing but the question itself
can find out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from faifo import clock
from faifo.client import Client
from faifo.machines.role import Role
from faifo.node.exchange.withdrawn import PART
from faifo.store.contract import Transaction
from faifo.store.records import StoredPassport

NOW = clock.now()
PASSPORT = StoredPassport(envelope="e", sha256="0" * 64, withdrawal="w")
ELSEWHERE = "What was agreed to has been published anew since."
GONE: dict[str, tuple[str, dict[str, Any], str]] = {
    "withdrawn": ("dataset", {"withdrawn": NOW}, "The dataset is not published."),
    "passport": ("dataset", {"passport": PASSPORT}, "has withdrawn this dataset's AI passport."),
    "publication": ("dataset", {"offer_id": "urn:another"}, ELSEWHERE),
    "version": ("dataset", {"version": 2}, ELSEWHERE),
    "agreement": ("agreement", {"ended": NOW, "reason": ("enough",)}, "has ended: enough"),
}
each = pytest.mark.parametrize(("table", "changes", "why"), GONE.values(), ids=GONE)


async def _change(pair: Any, table: str, changes: dict[str, Any]) -> None:
    """Change the provider's book between two runs."""
    await pair.provider.stop()
    store = await pair.provider.opened_books()

    async def work(tx: Transaction) -> None:
        records: Any = tx.datasets if table == "dataset" else tx.agreements
        for record in await records.find():
            await records.put(msgspec.structs.replace(record, **changes))

    await store.run(work)
    await store.close()
    await pair.provider.start()


@each
async def test_what_has_lost_its_right_is_ended_by_the_watch(
    pair: Any, table: str, changes: dict[str, Any], why: str
) -> None:
    transfer = await pair.transfer(await pair.agreement(await pair.publish()))
    await _change(pair, table, changes)
    ended = await pair.consumer.settled(f"/transfers/{transfer['pid']}", "TERMINATED")
    assert why in " ".join(ended["reason"])
    assert "transfer-stopped" in [one.event for one in pair.provider.records("journal")]


async def test_the_watch_looks_at_all_that_runs_part_by_part(pair: Any) -> None:
    agreement = await pair.agreement(await pair.publish())
    running = [await pair.transfer(agreement) for _ in range(PART + 1)]
    await _change(pair, *GONE["withdrawn"][:2])
    for one in running:
        await pair.consumer.settled(f"/transfers/{one['pid']}", "TERMINATED")


@each
async def test_no_transfer_begins_and_the_agreement_is_not_proposed_again(
    pair: Any, table: str, changes: dict[str, Any], why: str
) -> None:
    dataset = await pair.publish()
    agreement = await pair.agreement(dataset)
    order = {"node": pair.provider.did, "dataset": dataset}
    known = await pair.consumer.call("POST", "/negotiations", order)
    assert known["agreement"] == agreement
    await _change(pair, table, changes)
    begun = await pair.consumer.call("POST", "/transfers", {"agreement": agreement})
    refused = await pair.consumer.settled(f"/transfers/{begun['pid']}", "TERMINATED")
    assert why in " ".join(refused["reason"])
    (ours,) = pair.consumer.records("agreement")
    assert ours.ended
    assert why in " ".join(ours.reason)
    status, answer = await pair.consumer.raw("POST", "/negotiations", order)
    assert status == (404 if table == "dataset" and "withdrawn" in changes else 201), answer


async def test_a_withdrawn_passport_is_shown_and_no_agreement_comes_of_it(pair: Any) -> None:
    dataset = await pair.publish()
    await _change(pair, "dataset", {"passport": PASSPORT})
    query = {"node": pair.provider.did}
    catalog = await pair.consumer.call("POST", "/catalog", query)
    assert [one["passport_status"] for one in catalog["datasets"]] == ["withdrawn"]
    begun = await pair.negotiate(dataset)
    ended = await pair.consumer.settled(f"/negotiations/{begun['pid']}", "TERMINATED")
    assert ended["reason"] == ["The provider has withdrawn this dataset's AI passport."]


async def test_reuse_is_the_providers_to_decide_whatever_the_terms(pair: Any) -> None:
    dataset = await pair.publish(economies=["VN"], recipients=[pair.consumer.did])
    trust = pair.provider.path / "trust.toml"
    trust.write_text(trust.read_text().replace('name = "n0"', 'name = "n0"\neconomy = "VN"'))
    agreement = await pair.agreement(dataset)
    order = {"node": pair.provider.did, "dataset": dataset}
    assert (await pair.consumer.call("POST", "/negotiations", order))["agreement"] == agreement
    trust.write_text(trust.read_text().replace('economy = "VN"', 'economy = "JP"'))
    begun = await pair.consumer.call("POST", "/transfers", {"agreement": agreement})
    refused = await pair.consumer.settled(f"/transfers/{begun['pid']}", "TERMINATED")
    assert "economy JP is not the allowed one" in " ".join(refused["reason"])
    (ours,) = pair.consumer.records("agreement")
    assert ours.refused
    assert not ours.ended


async def test_an_agreement_is_not_used_again_where_another_offer_is_named(pair: Any) -> None:
    dataset = await pair.publish()
    agreement = await pair.agreement(dataset)
    (published,) = (await pair.provider.call("GET", "/datasets"))["items"]
    offer = published["offer_id"]
    order = {"node": pair.provider.did, "dataset": dataset}
    again = await pair.consumer.call("POST", "/negotiations", {**order, "offer": offer})
    assert again["agreement"] == agreement
    status, told = await pair.consumer.raw("POST", "/negotiations", {**order, "offer": "another"})
    assert status == 403
    assert offer in told.decode()


async def test_a_date_that_passes_ends_what_runs(pair: Any) -> None:
    until = clock.now() + timedelta(seconds=4)
    dataset = await pair.publish(until=clock.text(until))
    transfer = await pair.transfer(await pair.agreement(dataset))
    ended = await pair.consumer.settled(f"/transfers/{transfer['pid']}", "TERMINATED")
    assert "after the last allowed" in " ".join(ended["reason"])
    assert clock.now() > until


Published = Callable[..., Any]


@pytest.fixture
def published(pair: Any) -> Published:
    """Publish a file under one id, with terms; more than once with `replace`."""
    folder = pair.provider.path.with_name(pair.provider.path.name + "-data")

    async def publish(content: str, *, replace: bool = False, **terms: Any) -> Any:
        file = folder / f"{len(content)}.csv"
        file.write_text(content)
        body = {"location": str(file), "id": "d", "terms": terms, "replace": replace}
        return await pair.provider.call("POST", "/datasets", body)

    return publish


async def test_what_is_not_wider_goes_on_for_the_new_version(
    pair: Any, published: Published
) -> None:
    first = await published("a,b\n", purposes=["research"])
    agreement = await pair.agreement("d", purpose="research")
    transfer = await pair.transfer(agreement)
    second = await published("a,b\n1,2\n", replace=True, purposes=["research", "teaching"])
    assert (first["version"], second["version"]) == (1, 2)
    assert second["offer_id"] == first["offer_id"]
    again = await pair.consumer.until(
        f"/transfers/{transfer['pid']}",
        lambda seen: (
            seen["state"] == "STARTED" and seen["reason"] == ["version 2 of d is published"]
        ),
    )
    assert again["agreement"] == agreement
    status, content = await pair.consumer.raw("GET", f"/transfers/{transfer['pid']}/data")
    assert (status, content) == (200, b"a,b\n1,2\n")
    for node in (pair.provider, pair.consumer):
        (kept,) = node.records("agreement")
        assert (kept.version, kept.publication, kept.ended) == (2, first["offer_id"], None)
        assert "agreement-renewed" in [one.event for one in node.records("journal")]
    (kept,) = pair.consumer.records("transfer")
    told = {one["name"]: one["value"] for one in kept.data_address["endpointProperties"]}
    assert told["urn:faifo:dataset:version"] == "2"
    assert told["urn:faifo:dataset:sha256"] == second["sha256"]


async def test_what_is_wider_ends_with_what_runs_under_it(pair: Any, published: Published) -> None:
    await published("a,b\n")
    agreement = await pair.agreement("d")
    transfer = await pair.transfer(agreement)
    await published("a,b\n1,2\n", replace=True, purposes=["research"])
    ended = await pair.consumer.settled(f"/transfers/{transfer['pid']}", "TERMINATED")
    assert ended["reason"] == [
        "version 2 of d is published, with narrower terms",
        'The offered constraint is missing in the request: "only for the purpose research".',
    ]
    status, _ = await pair.consumer.raw("GET", f"/transfers/{transfer['pid']}/data")
    assert status == 409
    (kept,) = pair.provider.records("agreement")
    assert kept.ended
    assert kept.version == 1


async def test_the_same_id_published_again_is_another_publication(
    pair: Any, published: Published
) -> None:
    first = await published("a,b\n")
    agreement = await pair.agreement("d")
    transfer = await pair.transfer(agreement)
    await pair.provider.call("DELETE", "/datasets/d")
    ended = await pair.consumer.settled(f"/transfers/{transfer['pid']}", "TERMINATED")
    assert ended["reason"] == ["the provider has withdrawn this dataset"]
    again = await published("a,b\n1,2\n")
    assert again["offer_id"] != first["offer_id"]
    assert again["version"] == 1
    told = await pair.consumer.agreement_over(agreement)
    assert told["reason"] == ["the provider has withdrawn this dataset"]
    assert (await pair.consumer.raw("POST", "/transfers", {"agreement": agreement}))[0] == 403
    other = await pair.agreement("d")
    assert other != agreement
    assert {one.publication for one in pair.provider.records("agreement") if not one.ended} == {
        again["offer_id"]
    }
    assert Role.PROVIDER in {one.role for one in pair.provider.records("agreement")}


async def test_a_get_whose_agreement_has_ended_since_negotiates_anew(
    pair: Any, published: Published, tmp_path: Path
) -> None:
    await published("a,b\n")
    old = await pair.agreement("d")
    await published("a,b\n1,2\n", replace=True, until="2999-01-01T00:00:00Z")
    async with Client.connect(pair.consumer.path) as client:
        done = await client.download(pair.provider.did, "d", tmp_path / "d.csv")
    assert (tmp_path / "d.csv").read_text() == "a,b\n1,2\n"
    assert done.agreement != old
    by_id = {one.id: one for one in pair.consumer.records("agreement")}
    assert by_id[old].ended
    assert by_id[done.agreement].ended is None


@pytest.mark.parametrize(
    ("was", "then", "why"),
    [
        ('economy = "VN"', 'economy = "JP"', "economy JP is not the allowed one: VN"),
        ("[[participant]]", "", "is not trusted here any more"),
    ],
    ids=["another economy", "not trusted"],
)
async def test_what_the_trust_file_says_is_looked_at_again(
    pair: Any, was: str, then: str, why: str
) -> None:
    trust = pair.provider.path / "trust.toml"
    trust.write_text(trust.read_text().replace('name = "n0"', 'name = "n0"\neconomy = "VN"'))
    transfer = await pair.transfer(await pair.agreement(await pair.publish(economies=["VN"])))
    await pair.provider.stop()
    text = trust.read_text()
    assert was in text
    trust.write_text(text.replace(was, then) if then else "")
    await pair.provider.start()
    ended = await pair.consumer.settled(f"/transfers/{transfer['pid']}", "TERMINATED")
    assert why in " ".join(ended["reason"])
