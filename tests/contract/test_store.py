"""The store suite on every store, and the proof that it notices a store that is broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken import BROKEN
from store_checks import ALL
from store_openers import STORES, Opener, opened
from store_units import appends, events


@pytest.fixture(params=STORES)
def opener(request: pytest.FixtureRequest) -> Opener:
    return STORES[request.param]


@pytest.mark.parametrize("check", ALL)
async def test_store(opener: Opener, check: str, tmp_path: Path) -> None:
    async with opened(opener, tmp_path) as open_store:
        await ALL[check](open_store)


NOTICED = {
    "AnswersTooEarly": (
        "a_raising_sequencer_rolls_back_the_whole_group",
        "callbacks_wait_for_the_commit",
        "callbacks_of_a_few_rows_wait_for_the_commit",
    ),
    "NoSavepoints": (
        "a_failing_unit_leaves_its_neighbours",
        "the_sequencer_gets_exactly_what_succeeded",
        "logs_count_from_one_without_gaps",
    ),
    "IgnoresVersions": (
        "a_stale_revision_is_a_conflict",
        "a_record_that_is_gone_cannot_be_replaced",
        "a_refused_put_in_a_unit_that_goes_on_changes_nothing",
    ),
}


@pytest.mark.parametrize(
    ("broken", "check"), [(broken, check) for broken, checks in NOTICED.items() for check in checks]
)
async def test_the_suite_notices_a_broken_store(broken: str, check: str, tmp_path: Path) -> None:
    async with opened(BROKEN[broken], tmp_path) as open_store:
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            await ALL[check](open_store)


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_broken_store_is_otherwise_a_store(broken: str, tmp_path: Path) -> None:
    """Else the checks above might fail for another reason than the fault."""
    async with opened(BROKEN[broken], tmp_path) as open_store:
        store = await open_store()
        assert await store.run(appends("one")) == "one"
        await store.close()
        assert await events(await open_store()) == ["one"]


def test_every_broken_store_is_noticed() -> None:
    assert NOTICED.keys() == BROKEN.keys()
    assert len(BROKEN) >= 3
