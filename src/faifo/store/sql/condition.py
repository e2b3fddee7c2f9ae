"""How a database is, as the doctor wants to know it."""

from __future__ import annotations

import msgspec


class Condition(msgspec.Struct, frozen=True):
    """The number of the schema, the newest known here, whether it is known, what is damaged."""

    schema: str | None
    newest: str
    known: bool
    damage: str = ""
