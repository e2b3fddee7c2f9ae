"""What persons decided is in the evidence about an agreement, and in words in its summary."""

from __future__ import annotations

from typing import Any

from faifo.ledger.bundle import About
from faifo.machines.role import Role
from faifo.node.people.reviews import OBJECTION
from faifo.node.proving.evidence import _reviews
from faifo.node.proving.summary import summaries
from faifo.policy.terms import Terms, offer
from faifo.store.contract import Store, Transaction
from faifo.store.records import Agreement, PersonDecision, Review, ReviewState

MANY = 1100


async def test_an_objection_to_the_newest_of_many_decisions_is_in_it(
    store: Store, time: Any
) -> None:
    parties = {"provider": "did:web:model.example", "consumer": "did:web:bank.example"}
    agreement = Agreement(
        id="urn:a", role=Role.CONSUMER, dataset="credit", document=offer(Terms()),
        created=time.now, active=True, **parties,
    )  # fmt: skip
    texts: dict[str, Any] = dict.fromkeys(
        ("provider_name", "title", "purpose", "figures", "answer", "outcome", "decided_by"), "x"
    )

    async def fill(tx: Transaction) -> None:
        for number in range(MANY):
            await tx.person_decisions.put(PersonDecision(
                id=f"urn:d:{number:04}", reference=str(number), at=time.now, expires=None,
                provider=agreement.provider, dataset="credit", transfer=None, terms={},
                agreement="urn:a" if number else "urn:other", **texts,
            ))  # fmt: skip
        for number in (0, MANY - 1):
            await tx.reviews.put(Review(
                id=f"urn:r:{number}", kind=OBJECTION, subject=f"urn:d:{number:04}", text="no",
                state=ReviewState.UPHELD, at=time.now, decided=time.now, person="An",
            ))  # fmt: skip

    await store.run(fill)
    found = await store.read(lambda tx: _reviews(tx, agreement))
    assert [one["id"] for one in found] == [f"urn:r:{MANY - 1}"]

    about = About(agreement="urn:a", by="did:web:bank.example", peer="p", made="m", keys=())
    told = {"document": agreement.document, "dataset": "credit", **parties}
    said = {"agreement.json": told, "decisions.json": [], "reviews.json": found,
            "passports.json": [{"passport": "abcd", "outcome": "need-more"}],
            "credentials.json": {}}  # fmt: skip
    page = summaries(about, said, {})["summary.vi.html"].decode()
    assert f"{time.now:%Y-%m-%d %H:%M:%S}: được chấp nhận, An" in page
    assert "abcd: cần thêm" in page
