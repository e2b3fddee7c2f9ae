"""The terms of ODRL that are understood, in any of the three spellings that stand for one term.

`odrl:use`, `http://www.w3.org/ns/odrl/2/use` and `use` are one term. Spec: ODRL Vocabulary 2.2 §3.
"""

from __future__ import annotations

from typing import Any, Final

DATE_TIME: Final = "dateTime"
RECIPIENT: Final = "recipient"
PURPOSE: Final = "purpose"
# Not ODRL's: names of Faifo's own, so that whoever does not know them refuses.
ECONOMY: Final = "urn:faifo:odrl:economy"
CREDENTIAL: Final = "urn:faifo:odrl:credential"
LEFT_OPERANDS: Final = (DATE_TIME, RECIPIENT, PURPOSE, ECONOMY, CREDENTIAL)
# What a reason is called, where a name has a colon.
SHORT: Final = {ECONOMY: "economy", CREDENTIAL: "credential"}

ORDER: Final = ("eq", "neq", "gt", "gteq", "lt", "lteq")
SETS: Final = ("eq", "neq", "isAnyOf", "isNoneOf")
# A recipient has several credentials or none: what it lacks proves nothing.
HAVING: Final = ("eq", "isAnyOf")
OPERATORS: Final = {
    DATE_TIME: ORDER, RECIPIENT: SETS, PURPOSE: SETS, ECONOMY: SETS, CREDENTIAL: HAVING,
}  # fmt: skip
MANY_VALUES: Final = ("isAnyOf", "isNoneOf")
LOGICAL: Final = ("and", "andSequence", "or", "xone")

_SPELLINGS: Final = ("http://www.w3.org/ns/odrl/2/", "https://www.w3.org/ns/odrl/2/", "odrl:")


def term(value: Any) -> Any:
    """Return the short spelling of an ODRL term; anything else comes back unchanged."""
    if isinstance(value, str) and ":" in value:
        for spelling in _SPELLINGS:
            if value.startswith(spelling):
                return value.removeprefix(spelling)
    return value
