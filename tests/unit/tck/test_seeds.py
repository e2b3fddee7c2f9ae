from __future__ import annotations

from faifo import clock
from faifo.machines.role import Role
from faifo.node.wiring import Node
from faifo.store.contract import Transaction
from faifo.store.records import Agreement, Dataset, SourceKind, StoredSource
from tck.node.caller import KIT
from tck.node.scripts import read_scripts
from tck.node.seeds import SHARED, seed

SOURCE = StoredSource(kind=SourceKind.FILE, location="/nowhere")


async def seeded(node: Node) -> tuple[list[Dataset], list[Agreement]]:
    async def work(tx: Transaction) -> tuple[list[Dataset], list[Agreement]]:
        await seed(tx, read_scripts(), SOURCE, did=node.did, now=clock.now())
        return await tx.datasets.find(), await tx.agreements.find()

    return await node.store.run(work)


async def test_the_kit_finds_its_datasets_under_the_offers_that_it_knows(node: Node) -> None:
    datasets, _ = await seeded(node)
    offers = {dataset.id: dataset.offer_id for dataset in datasets}
    assert len(offers) == 2 + 15 + 1
    assert offers["ACN0102"] == "CD123:ACN0102:456"
    assert "CAT0103" not in offers
    assert SHARED in offers


async def test_the_kit_finds_its_agreements_in_force_on_both_sides(node: Node) -> None:
    _, agreements = await seeded(node)
    sides = {agreement.id: (agreement.provider, agreement.consumer) for agreement in agreements}
    assert len(agreements) == 32
    assert sides["ATP0101"] == (node.did, KIT)
    assert sides["ATPC0101"] == (KIT, node.did)
    assert {agreement.role for agreement in agreements} == set(Role)
    assert all(agreement.active for agreement in agreements)


async def test_seeding_again_changes_nothing(node: Node) -> None:
    assert await seeded(node) == await seeded(node)
