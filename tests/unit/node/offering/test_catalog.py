"""The catalog that one participant sees: what is in it, and how much is looked at for it."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from faifo.errors import MalformedMessageError, NotFoundError
from faifo.messages.dsp_2025_1.query import PROPERTIES, Query, read_query
from faifo.node.offering import catalog as room
from faifo.node.offering.catalog import OfferedCatalog, first
from faifo.node.offering.paging import Pages, next_page_link
from faifo.node.offering.rows import Position
from faifo.node.offering.seen import seen_by
from faifo.node.rules import standing
from faifo.policy.terms import Terms, offer
from faifo.store.contract import Store, Transaction
from faifo.store.finding import properties
from faifo.store.records import Dataset, Proof, SourceKind, Stop, StoredSource

NOW = datetime(2026, 11, 22, tzinfo=UTC)
US, THEM = "did:web:a.example", "did:web:b.example"
MINE, THEIRS = offer(Terms(recipients=(US,))), offer(Terms(recipients=(THEM,)))


def dataset(name: str, policy: Any = MINE, **members: Any) -> Dataset:
    size = members.pop("size", None)
    given: dict[str, Any] = {"title": name, "offer_id": f"o-{name}", "media_type": ""} | members
    source = StoredSource(kind=SourceKind.HTTP, location="http://h", size=size)
    return Dataset(id=name, policy=policy, source=source, published=NOW, **given)


async def keep(store: Store, *datasets: Dataset) -> list[Dataset]:
    async def work(tx: Transaction) -> list[Dataset]:
        return [await tx.datasets.put(one) for one in datasets]

    return await store.run(work)


async def pages(
    store: Store, *filters: Any, size: int = 2, who: str = US, at: Position | None = None
) -> list[list[str]]:
    offered = OfferedCatalog(did=THEM, base="https://b.example/dsp", page_size=size)
    query = read_query(filters)
    following: Position | None = at or first(query)
    found = []
    while following is not None:
        begin = following
        page, following = await store.read(
            lambda tx: offered.page(tx, query, begin, who=Proof(did=who), now=NOW)  # noqa: B023
        )
        found.append([one.id for one in page.dataset])
    return found


async def flat(store: Store, *filters: Any, **more: Any) -> list[str]:
    return [name for page in await pages(store, *filters, **more) for name in page]


@pytest.mark.parametrize("count", range(6))
async def test_pages_skip_what_is_hidden_and_show_the_rest_once(store: Store, count: int) -> None:
    for number in range(count):
        await keep(store, dataset(f"{number}-mine"), dataset(f"{number}-theirs", THEIRS))
    found = await pages(store)
    assert [name for page in found for name in page] == [f"{n}-mine" for n in range(count)]
    assert all(len(page) <= 2 for page in found)
    offered = OfferedCatalog(did=THEM, base="", page_size=2)
    with pytest.raises(NotFoundError):
        await store.read(lambda tx: offered.one(tx, "0-theirs", who=Proof(did=US), now=NOW))


async def test_what_changes_between_two_pages_moves_nothing(store: Store) -> None:
    kept = await keep(store, *(dataset(name) for name in "abcdef"))
    offered = OfferedCatalog(did=THEM, base="", page_size=2)

    async def page(at: Position) -> Any:
        return await store.read(
            lambda tx: offered.page(tx, Query(), at, who=Proof(did=US), now=NOW)
        )

    one, at = await page(Position())
    await keep(store, msgspec.structs.replace(kept[0], withdrawn=NOW), dataset("0"))
    await keep(store, msgspec.structs.replace(kept[2], title="another"))
    two, at = await page(at)
    assert [[one.id for one in page.dataset] for page in (one, two)] == [["a", "b"], ["c", "d"]]
    assert await flat(store, at=at) == ["e", "f", "0"]


async def test_a_page_looks_at_a_bounded_number_of_terms_and_rows(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [offer(Terms(recipients=(f"did:web:{number}.example",))) for number in range(600)]
    await keep(store, *(dataset(f"{number:04}", policy) for number, policy in enumerate(many)))
    await keep(store, *(dataset(f"h{number:04}", THEIRS) for number in range(2000)))
    await keep(store, dataset("z"))
    counts = {"decisions": 0, "rows": 0}
    evaluate = standing.evaluate

    def counted(*given: Any) -> Any:
        counts["decisions"] += 1
        return evaluate(*given)

    matches = Query.matches

    def matched(query: Query, found: Any) -> bool:
        counts["rows"] += 1
        return matches(query, found)

    monkeypatch.setattr(standing, "evaluate", counted)
    monkeypatch.setattr(Query, "matches", matched)
    offered = OfferedCatalog(did=THEM, base="", page_size=1000)
    at: Position | None = Position()
    shown: list[str] = []
    spent = []
    while at is not None:
        begin = at
        counts.update(decisions=0, rows=0)
        page, at = await store.read(
            lambda tx: offered.page(tx, Query(), begin, who=Proof(did=US), now=NOW)  # noqa: B023
        )
        shown += [one.id for one in page.dataset]
        spent.append(dict(counts))
    assert shown == ["z"]
    assert max(one["decisions"] + one["rows"] for one in spent) <= 500
    # Once for each of 602 terms, whatever the number of datasets; only what is seen is looked at.
    assert sum(one["decisions"] for one in spent) == 602
    assert sum(one["rows"] for one in spent) == 1
    assert room.ROWS <= 500


async def test_what_a_query_leaves_over_is_on_the_next_page(store: Store) -> None:
    await keep(store, *(dataset(f"{number:04}", description="rice") for number in range(600)))
    await keep(store, dataset("last", title="Rice"))
    like = {"operandLeft": "description", "operator": "like", "operandRight": "%ice rice%"}
    found = await pages(store, {"filterExpression": [like]}, size=100)
    assert [name for page in found for name in page] == []
    title = {"operandLeft": "title", "operator": "like", "operandRight": "Ric_"}
    assert await flat(store, {"filterExpression": [title]}, size=100) == ["last"]


async def test_a_stopped_dataset_and_partner_see_nothing(store: Store) -> None:
    await keep(store, *(dataset(name) for name in "abc"))
    stop = Stop(kind="dataset", name="b", reason="", since=NOW)
    await store.run(lambda tx: tx.stops.put(stop))
    assert await flat(store) == ["a", "c"]
    assert await flat(store, {"offset": 1}) == ["c"]
    who = Stop(kind="partner", name=US, reason="", since=NOW)
    await store.run(lambda tx: tx.stops.put(who))
    assert await flat(store) == []


WORDS = (
    "Rice",
    "rice",
    "Giá gạo",
    "gạo nếp",
    "서울",
    "서울 시장",
    "a",
    "An Giang",
    "đường",
    "50%",
    "",
)


def _random(number: int, chance: random.Random) -> Dataset:
    return dataset(
        f"urn:{number}:{chance.choice(WORDS)}",
        chance.choice((MINE, THEIRS, offer(Terms()))),
        title=" ".join(chance.choices(WORDS, k=2)),
        description=" ".join(chance.choices(WORDS, k=3)),
        keywords=tuple(chance.choices(WORDS, k=chance.randrange(3))),
        licence=chance.choice((None, "cc-by", "CC-BY")),
        media_type=chance.choice(("text/csv", "application/json", "")),
        size=chance.choice((None, 0, 1, 7, 1024, 10**12)),
        properties=chance.choice(({}, {"season": chance.choice(WORDS) or "-"}, {"season": 7})),
    )


def _filters() -> list[dict[str, Any]]:
    texts = ("rice", "Rice%", "%gạo%", "서울", "%울 시%", "a", "%", "_ice rice", "text/csv", "1024")
    one = [
        {"operandLeft": name, "operator": operator, "operandRight": right}
        for name in (*PROPERTIES, "properties.season")
        for operator in ("=", "!=", "like", "ilike", "contains", "<", ">=")
        for right in (*texts, 7, 7.0, 1000.5)
    ]
    both = [{"filterExpression": [criterion]} for criterion in one]
    searches = ("rice", "GAO", "an gi", "울 시장", "duong 5%", "ri", "서", "--", "a urn:1")
    many = [{"operandLeft": "title", "operator": "in", "operandRight": ["Rice rice", "a a"]}]
    return [
        *both,
        *({"q": words} for words in searches),
        {"filterExpression": many},
        {"q": "rice", "filterExpression": [one[0], one[5]]},
    ]


async def test_the_index_finds_what_looking_at_every_dataset_finds(store: Store) -> None:
    chance = random.Random(13)
    kept = await keep(store, *(_random(number, chance) for number in range(120)))
    # Some are changed and some withdrawn: the index has followed.
    changed = [
        msgspec.structs.replace(_random(number, chance), id=one.id, revision=one.revision)
        for number, one in enumerate(kept[:40])
    ]
    kept = [*await keep(store, *changed), *kept[40:]]
    gone = [msgspec.structs.replace(one, withdrawn=NOW) for one in kept[30:60]]
    await keep(store, *gone)
    there = [*kept[:30], *kept[60:]]
    visible = [one for one in there if one.policy != THEIRS]
    found_any = 0
    for said in _filters():
        query = read_query((said,))
        expected = {one.id for one in visible if query.matches(properties(one))}
        found = await flat(store, said, size=50)
        assert set(found) == expected, said
        assert len(found) == len(expected), said
        found_any += bool(expected)
        whole = await flat(store, said, size=50)
        assert await flat(store, {**said, "offset": 3, "limit": 4}, size=50) == whole[3:7], said
    assert found_any > 200


async def test_a_search_sorts_and_cuts_what_may_be_seen(store: Store) -> None:
    for name, title in (("a", "Rice"), ("b", "Wheat"), ("c", "Rice paper"), ("d", "Rice, secret")):
        await keep(store, dataset(name, THEIRS if name == "d" else MINE, title=title))
    criterion = {"operandLeft": "title", "operator": "like", "operandRight": "Rice%"}
    spec = {"sortField": "title", "sortOrder": "DESC", "filterExpression": [criterion]}
    assert await flat(store, spec) == ["c", "a"]
    assert await flat(store, {**spec, "offset": 1}) == ["a"]
    assert await flat(store, {**spec, "limit": 1}) == ["c"]
    assert await flat(store, {**spec, "offset": 2}) == []
    assert await flat(store, {"sortOrder": "DESC"}) == ["c", "b", "a"]
    with pytest.raises(MalformedMessageError, match="sortField"):
        await flat(store, {"sortField": "properties.season"})
    assert await pages(store, {"sortField": "title"}) == [["a", "c"], ["b"]]


async def test_numbers_are_sorted_before_texts_and_by_size(store: Store) -> None:
    for name, size in (("a", 9), ("b", None), ("c", 10), ("d", 1)):
        await keep(store, dataset(name, size=size))
    assert await flat(store, {"sortField": "byteSize"}) == ["d", "a", "c", "b"]


async def test_texts_are_sorted_without_regard_to_case(store: Store) -> None:
    await keep(store, *(dataset(f"n{title}", licence=title) for title in ("b", "A", None, "C")))
    by = {"sortField": "license", "sortOrder": "DESC"}
    assert await flat(store, by) == ["nC", "nb", "nA", "nNone"]


def test_a_page_token_is_good_for_its_query_and_caller_alone() -> None:
    sealed = Pages("a secret")
    at = Position(since=3, place=7, left=1)
    token = sealed.token(at, query=Query(), did=US)
    assert sealed.position(token, query=Query(), did=US) == at
    for seal, given, query, did in (
        (sealed, token, Query(search="rice"), US),
        (sealed, token, Query(), THEM),
        (sealed, token[:-4] + "AAA=", Query(), US),
        (sealed, "urn:uuid:x", Query(), US),
        (sealed, "gạo", Query(), US),
        (sealed, "", Query(), US),
        (Pages("another"), token, Query(), US),
    ):
        with pytest.raises(MalformedMessageError, match="the page that was asked for"):
            seal.position(given, query=query, did=did)


def test_a_cursor_may_hold_anything() -> None:
    assert next_page_link("http://h/dsp", 'a/b"> x') == (
        '<http://h/dsp/catalog/request?after=a%2Fb%22%3E%20x>; rel="next"'
    )


async def test_who_sees_it_may_be_another_than_who_may_use_it(store: Store) -> None:
    use, see = offer(Terms(recipients=(THEM,))), offer(Terms(recipients=(US,)))
    await keep(store, dataset("shown", use, access=see), dataset("hidden", see, access=use))
    await keep(store, dataset("both", offer(Terms()), access=offer(Terms())))
    assert await flat(store) == ["shown", "both"]
    assert await flat(store, who=THEM) == ["hidden", "both"]
    offered = OfferedCatalog(did=THEM, base="", page_size=2)
    found = await store.read(lambda tx: offered.one(tx, "shown", who=Proof(did=US), now=NOW))
    # What it says of use is the terms of use, and not of who sees it.
    assert found.has_policy[0]["permission"] == use["permission"]
    with pytest.raises(NotFoundError):
        await store.read(lambda tx: offered.one(tx, "hidden", who=Proof(did=US), now=NOW))
    shown = await store.read(lambda tx: tx.datasets.get("shown"))
    assert shown is not None
    assert not standing.standing(Proof(did=US), dataset=shown, now=NOW).permits
    seen = await store.read(lambda tx: seen_by(tx, "shown", US, trusted=None, now=NOW))
    assert seen.visible
    assert [decision.permits for _, decision in seen.decisions] == [False]
    assert not (
        await store.read(lambda tx: seen_by(tx, "hidden", US, trusted=None, now=NOW))
    ).visible


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
async def test_sizes_about_every_bound_are_found(store: Store, operator: str) -> None:
    sizes = sorted({0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 1000, 1023, 1024, 1025, 10**9, 2**40 - 1})
    await keep(store, *(dataset(f"{size:020}", size=size) for size in sizes))
    for bound in (*sizes, -1, 0.5, 16.5, 2**41, 1e300):
        criterion = {"operandLeft": "byteSize", "operator": operator, "operandRight": bound}
        query = read_query(({"filterExpression": [criterion]},))
        right = [f"{size:020}" for size in sizes if query.matches({"byteSize": (size,)})]
        assert sorted(await flat(store, {"filterExpression": [criterion]}, size=99)) == right
