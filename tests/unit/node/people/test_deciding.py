"""A decision about a person is kept for so long, and no longer; a reference stands nowhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from faifo.errors import BusyError, ConflictError, NotFoundError
from faifo.machines.role import Role
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.custody.keyring import make_first_keys, read_keyring
from faifo.node.delivery.timers import Timers
from faifo.node.people.accounts import Accounts
from faifo.node.people.deciding import OVER, About, Booking, Deciding
from faifo.node.people.reviews import OBJECTION, Reviews
from faifo.node.people.telling import lines
from faifo.phrases import spoken
from faifo.policy.terms import Terms, offer
from faifo.store.contract import Store
from faifo.store.records import Agreement, Review, ReviewState

US = "did:web:bank.example"
ABOUT = About("Model house", "Credit", None, "", None)
BOOKING = Booking("urn:a", None, '{"income": 9}', "no", "refused", "An")


@pytest.fixture
async def deciding(store: Store, time: Any, tmp_path: Path) -> Deciding:
    make_first_keys(tmp_path / "keys")
    ring = read_keyring(tmp_path / "keys", did=US)
    keys = CurrentKeys(tmp_path / "keys", did=US, started=ring)
    accounts = Accounts(did=US, store=store)
    reviews = Reviews(did=US, store=store, keys=keys, accounts=accounts)
    agreement = Agreement(
        id="urn:a", role=Role.CONSUMER, provider="did:web:model.example", consumer=US,
        dataset="credit", document=offer(Terms()), created=time.now, active=True,
    )  # fmt: skip
    await store.run(lambda tx: tx.agreements.put(agreement))
    return Deciding(reviews=reviews, timers=Timers(store), days=10)


async def test_it_is_found_by_its_reference_alone_and_gone_when_its_time_is_over(
    store: Store, deciding: Deciding, time: Any, tmp_path: Path
):
    kept, reference = await store.run(lambda tx: deciding.book(tx, BOOKING, ABOUT, now=time.now))
    assert len(reference) == 43
    seen = await store.read(lambda tx: deciding.seen(tx, reference))
    assert seen.decision == kept
    with pytest.raises(NotFoundError):
        await store.read(lambda tx: deciding.seen(tx, kept.reference))
    timer = await store.read(lambda tx: tx.timers.get(OVER, kept.id))
    assert timer is not None
    assert timer.due == time.now + timedelta(days=10)

    review = await store.run(
        lambda tx: deciding.object(tx, reference, OBJECTION, "no", now=time.now)
    )
    time.passes(11 * 86_400)
    await store.run(lambda tx: deciding._over(tx, kept.id, time.now))
    # What waits for a person keeps it.
    assert (await store.read(lambda tx: deciding.seen(tx, reference))).reviews == (review,)
    decided = msgspec.structs.replace(review, state=ReviewState.REJECTED)
    await store.run(lambda tx: tx.reviews.put(decided))
    await store.run(lambda tx: deciding._over(tx, kept.id, time.now))
    with pytest.raises(NotFoundError):
        await store.read(lambda tx: deciding.seen(tx, reference))
    assert await store.read(lambda tx: tx.reviews.count()) == 0
    database = b"".join(one.read_bytes() for one in tmp_path.glob("faifo.db*"))
    assert reference.encode() not in database


@pytest.mark.parametrize(
    ("status", "lang", "said"),
    [
        ("suspended", "en", "abcd, suspended; this organisation's own check of it: more is needed"),
        ("suspended", "vi", "abcd, tình trạng tạm ngừng; kết quả kiểm tra của chính tổ chức này:"
         " cần thêm"),
        ("their own word", "vi", "abcd, tình trạng their own word; kết quả kiểm tra của chính tổ"
         " chức này: cần thêm"),
    ],
)  # fmt: skip
async def test_how_a_passport_stands_is_said_in_words(
    store: Store, deciding: Deciding, time: Any, status: str, lang: str, said: str
):
    about = About("Model house", "Credit", "abcd", status, None)
    kept, _ = await store.run(lambda tx: deciding.book(tx, BOOKING, about, now=time.now))
    judged = msgspec.structs.replace(kept, judged="need-more")
    assert said in [spoken(value, lang) for _, value in lines(judged, lang)]


async def test_one_waits_at_a_time_and_ten_are_enough(store: Store, deciding: Deciding, time: Any):
    _, reference = await store.run(lambda tx: deciding.book(tx, BOOKING, ABOUT, now=time.now))

    async def send() -> Review:
        return await store.run(
            lambda tx: deciding.object(tx, reference, OBJECTION, "no", now=time.now)
        )

    for _ in range(10):
        review = await send()
        with pytest.raises(BusyError):
            await send()
        decided = msgspec.structs.replace(review, state=ReviewState.REJECTED)
        await store.run(lambda tx, one=decided: tx.reviews.put(one))
    with pytest.raises(BusyError):
        await send()


async def test_what_is_reversed_is_not_objected_to(store: Store, deciding: Deciding, time: Any):
    kept, reference = await store.run(lambda tx: deciding.book(tx, BOOKING, ABOUT, now=time.now))
    await store.run(lambda tx: tx.person_decisions.put(kept, reversed_at=time.now))
    with pytest.raises(ConflictError, match="the decision is reversed already"):
        await store.run(lambda tx: deciding.object(tx, reference, OBJECTION, "no", now=time.now))
    assert await store.read(lambda tx: tx.reviews.count()) == 0


async def test_only_the_consumer_of_an_agreement_books_under_it(
    store: Store, deciding: Deciding, time: Any
):
    other = BOOKING._replace(agreement="urn:b")
    with pytest.raises(NotFoundError):
        await store.run(lambda tx: deciding.book(tx, other, ABOUT, now=time.now))
