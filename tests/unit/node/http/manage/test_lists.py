from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from world import World

from contract.store_units import dataset
from faifo import clock
from faifo.machines.role import Role
from faifo.store.contract import Transaction
from faifo.store.records import Due, PeerReceipt, StoredPassport

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _pages(there: World, path: str) -> list[Any]:
    """Return what a list holds, page after page of two."""
    found: list[Any] = []
    after = ""
    while True:
        page = (await there.node.manage("GET", f"{path}?limit=2{after}")).json
        assert len(page["items"]) <= 2
        found += page["items"]
        if page.get("next") is None:
            return found
        after = f"&after={quote(page['next'], safe='')}"


async def test_receipts_of_several_partners_are_listed_once_each_though_their_places_are_the_same(
    there: World,
) -> None:
    kept = [
        PeerReceipt(
            origin=origin, place=place, peer="did:web:x", at=clock.now(), receipt="a\nextra b\nc"
        )
        for place in range(3)
        for origin in ("a.example/log", "b.example/log", "c.example/log")
    ]

    async def keep(tx: Transaction) -> None:
        for one in kept:
            await tx.peer_receipts.put(one)

    await there.node.node.store.run(keep)
    found = [(one["origin"], one["place"]) for one in await _pages(there, "/receipts")]
    assert sorted(found) == sorted((one.origin, one.place) for one in kept)


async def test_duties_are_listed_once_each_the_newest_first(there: World) -> None:
    kept = [
        Due(
            id=f"d{9 - n}", number=f"n{n}", kind="duty", agreement="a", role=Role.CONSUMER,
            dataset="d", peer="did:web:x", action="delete", opened=clock.now(),
        )
        for n in range(5)
    ]  # fmt: skip

    async def keep(tx: Transaction) -> None:
        for one in kept:
            await tx.dues.put(one)

    await there.node.node.store.run(keep)
    found = [one["id"] for one in await _pages(there, "/dues")]
    assert found == [one.id for one in reversed(kept)]


async def test_datasets_with_a_passport_are_listed_alone(there: World) -> None:
    held = StoredPassport(envelope="e", sha256="0" * 64)
    kept = [dataset(f"ds{n}", passport=held if n % 3 else None) for n in range(5)]

    async def keep(tx: Transaction) -> None:
        for one in kept:
            await tx.datasets.put(one)
        gone = await tx.datasets.put(dataset("gone", passport=held))
        await tx.datasets.put(gone, withdrawn=clock.now())

    await there.node.node.store.run(keep)
    for narrowed in ("", "&search=gia"):
        page = (await there.node.manage("GET", f"/datasets?with_passport=1{narrowed}")).json
        assert sorted(one["id"] for one in page["items"]) == ["ds1", "ds2", "ds4"]


@pytest.mark.parametrize(
    "asked", ["/dues?open=2", "/partners?others=yes", "/datasets?with_passport=-1"]
)
async def test_a_number_out_of_its_bounds_is_refused(there: World, asked: str) -> None:
    answer = await there.node.manage("GET", asked)
    assert answer.status == 400
    assert "expected a whole number from 0 to 1" in answer.json["detail"]
