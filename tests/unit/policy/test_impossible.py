"""Terms that nobody can ever meet are told from those that somebody may meet some day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from faifo.policy.terms import Terms, impossible

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
BEFORE, AFTER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
LATER = datetime(2028, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("terms", "key"),
    [
        (Terms(), None),
        (Terms(until=AFTER), None),
        (Terms(not_before=AFTER, until=LATER), None),
        (Terms(not_before=AFTER, until=AFTER), None),
        (Terms(economies=("VN", "cl")), None),
        (Terms(recipients=("did:web:a.example",)), None),
        (Terms(until=BEFORE), "over"),
        (Terms(until=NOW), "over"),
        (Terms(not_before=LATER, until=AFTER), "backwards"),
        (Terms(economies=("VN", "Chile")), "economy"),
        (Terms(economies=("V1",)), "economy"),
        (Terms(recipients=("did:web:a.example", "Osaka Traders")), "recipient"),
    ],
)
def test_impossible(terms: Terms, key: str | None) -> None:
    found = impossible(terms, now=NOW)
    assert (found.key if found else None) == (f"errors.told.terms.{key}" if key else None)
