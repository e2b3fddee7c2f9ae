from __future__ import annotations

from enum import StrEnum

import pytest

from faifo.errors import IllegalTransitionError
from faifo.machines.role import Role
from faifo.machines.table import Step, advance_in, allowed_in


class Light(StrEnum):
    RED = "red"
    GREEN = "green"


class Press(StrEnum):
    BUTTON = "button"


STEPS = (Step(Light.RED, Role.CONSUMER, Press.BUTTON, Light.GREEN, "§1"),)


def test_a_row_is_followed() -> None:
    assert advance_in(STEPS, Light.RED, Press.BUTTON, sender=Role.CONSUMER) is Light.GREEN


@pytest.mark.parametrize(
    ("state", "sender"),
    [(Light.RED, Role.PROVIDER), (Light.GREEN, Role.CONSUMER), (None, Role.CONSUMER)],
    ids=["another sender", "another state", "no process"],
)
def test_what_is_no_row_is_refused(state: Light | None, sender: Role) -> None:
    with pytest.raises(IllegalTransitionError):
        advance_in(STEPS, state, Press.BUTTON, sender=sender)


def test_the_rows_of_a_state() -> None:
    assert allowed_in(STEPS, Light.RED) == STEPS
    assert allowed_in(STEPS, Light.GREEN) == ()
