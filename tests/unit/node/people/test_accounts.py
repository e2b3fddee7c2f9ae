from __future__ import annotations

from typing import Any

import pytest

from faifo.errors import BusyError, NotProvenError
from faifo.node.people.accounts import FREE_TRIES, LONGEST_LOCK, Accounts
from faifo.store.contract import Store
from faifo.store.records import PersonRole


async def test_a_lock_lasts_no_longer_for_a_clock_that_was_ahead(store: Store, time: Any) -> None:
    accounts, roles = Accounts(did="did:web:a", store=store), tuple(PersonRole)
    await accounts.add("Ana", PersonRole.APPROVER, "a long passphrase")
    time.passes(86_400)
    for _ in range(FREE_TRIES):
        with pytest.raises(NotProvenError):
            await accounts.present("Ana", "another one", roles=roles)
    with pytest.raises(BusyError):
        await accounts.present("Ana", "a long passphrase", roles=roles)
    time.passes(-LONGEST_LOCK.total_seconds())
    assert await accounts.present("Ana", "a long passphrase", roles=roles)
