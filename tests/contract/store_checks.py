"""What every store must do, as plain async functions over a fresh store.

A check is named `check_...`, takes `open_store` (a function that opens the same store again, with a
sequencer if one is given) and raises AssertionError when the store does not do it. The same
functions run on every store of ours and on the deliberately broken ones.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import store_checks_finding
import store_checks_groups
import store_checks_tables
import store_checks_units
from store_units import Open

MODULES = (store_checks_units, store_checks_tables, store_checks_groups, store_checks_finding)

ALL: dict[str, Callable[[Open], Awaitable[None]]] = {
    name.removeprefix("check_"): check
    for module in (
        store_checks_units,
        store_checks_tables,
        store_checks_groups,
        store_checks_finding,
    )
    for name, check in vars(module).items()
    if name.startswith("check_")
}
"""Every check by its name."""
