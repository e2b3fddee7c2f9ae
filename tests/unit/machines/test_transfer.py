"""DSP 2025-1 §9: the whole cube of states, senders and messages, typed from the specification.

Columns are the messages in the order of `COLUMNS`; a cell names who may send the message there
(C, P or CP), a dot means that nobody may. Every message leads to one state, whoever sends it.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.errors import IllegalTransitionError
from faifo.machines.role import Role
from faifo.machines.table import advance_in
from faifo.machines.transfer import STEPS, TERMINAL, Message, State, Step, advance, allowed

COLUMNS = (
    ("TransferRequestMessage", "REQUESTED"),
    ("TransferStartMessage", "STARTED"),
    ("TransferSuspensionMessage", "SUSPENDED"),
    ("TransferCompletionMessage", "COMPLETED"),
    ("TransferTerminationMessage", "TERMINATED"),
)
#             request start suspe compl termi
CUBE = {
    None:         "C    .     .     .     .",
    "REQUESTED":  ".    P     .     .     CP",
    "STARTED":    ".    P     CP    CP    CP",
    "SUSPENDED":  ".    CP    .     .     CP",
    "COMPLETED":  ".    .     .     .     .",
    "TERMINATED": ".    .     .     .     .",
}  # fmt: skip
SENDERS = {"C": Role.CONSUMER, "P": Role.PROVIDER}

CELLS = [
    pytest.param(
        State(state) if state else None,
        SENDERS[letter],
        Message(message),
        State(to) if letter in cell else None,
        id=f"{state or 'no process'}: {message} from the {SENDERS[letter]}",
    )
    for state, row in CUBE.items()
    for (message, to), cell in zip(COLUMNS, row.split(), strict=True)
    for letter in "CP"
]


def outcome(steps: tuple[Step, ...], state: Any, sender: Any, message: Any) -> Any:
    try:
        return advance_in(steps, state, message, sender=sender)
    except IllegalTransitionError:
        return None


@pytest.mark.parametrize(("state", "sender", "message", "expected"), CELLS)
def test_cell(state: State | None, sender: Role, message: Message, expected: State | None) -> None:
    if expected is None:
        with pytest.raises(IllegalTransitionError):
            advance(state, message, sender=sender)
    else:
        assert advance(state, message, sender=sender) is expected


def differing(steps: tuple[Step, ...]) -> int:
    return sum(
        outcome(steps, state, sender, message) is not expected
        for state, sender, message, expected in (cell.values for cell in CELLS)
    )


def test_the_cube_is_whole() -> None:
    assert len(CELLS) == (len(State) + 1) * len(Role) * len(Message) == 60
    assert set(CUBE) == {None, *State}
    assert [message for message, _ in COLUMNS] == list(Message)
    assert differing(STEPS) == 0


@pytest.mark.parametrize("index", range(len(STEPS)))
def test_a_row_removed_breaks_exactly_one_cell(index: int) -> None:
    assert differing(STEPS[:index] + STEPS[index + 1 :]) == 1


@pytest.mark.parametrize(
    ("state", "sender", "message", "expected"), [cell for cell in CELLS if cell.values[3] is None]
)
def test_a_row_added_breaks_exactly_one_cell(
    state: State | None, sender: Role, message: Message, expected: None
) -> None:
    assert differing((*STEPS, Step(state, sender, message, State.REQUESTED, "added"))) == 1


def test_no_row_stands_twice() -> None:
    assert len({step[:3] for step in STEPS}) == len(STEPS)


@pytest.mark.parametrize("state", State)
def test_nothing_leaves_a_terminal_state_and_something_leaves_every_other(state: State) -> None:
    assert (allowed(state) == ()) is (state in TERMINAL)


def test_allowed_gives_the_rows_of_a_state() -> None:
    assert [(step.sender, step.message) for step in allowed(State.REQUESTED)] == [
        (Role.PROVIDER, Message.START),
        (Role.CONSUMER, Message.TERMINATION),
        (Role.PROVIDER, Message.TERMINATION),
    ]


SENTENCES = {
    "a terminal state": (
        State.COMPLETED,
        Role.CONSUMER,
        Message.SUSPENSION,
        (
            "TransferSuspensionMessage from the Consumer in state COMPLETED; "
            "allowed here: nothing: the state is terminal"
        ),
    ),
    "the consumer starts what was only requested": (
        State.REQUESTED,
        Role.CONSUMER,
        Message.START,
        (
            "TransferStartMessage from the Consumer in state REQUESTED; allowed here: "
            "TransferStartMessage from the Provider, "
            "TransferTerminationMessage from the Consumer, "
            "TransferTerminationMessage from the Provider"
        ),
    ),
    "no process yet": (
        None,
        Role.PROVIDER,
        Message.REQUEST,
        (
            "TransferRequestMessage from the Provider in state none (no process yet); "
            "allowed here: TransferRequestMessage from the Consumer"
        ),
    ),
}


@pytest.mark.parametrize(
    ("state", "sender", "message", "sentence"), SENTENCES.values(), ids=SENTENCES
)
def test_the_refusal_says_what_is_allowed(
    state: State | None, sender: Role, message: Message, sentence: str
) -> None:
    with pytest.raises(IllegalTransitionError) as refusal:
        advance(state, message, sender=sender)
    assert str(refusal.value) == sentence


@given(st.lists(st.tuples(st.sampled_from(Role), st.sampled_from(Message)), max_size=60))
def test_random_dialogues(dialogue: list[tuple[Role, Message]]) -> None:
    state: State | None = None
    path: list[State] = []
    for sender, message in dialogue:
        before = state
        try:
            state = advance(state, message, sender=sender)
        except IllegalTransitionError:
            assert state is before
            continue
        assert before not in TERMINAL
        path.append(state)
    assert not TERMINAL & set(path[:-1])
    if State.COMPLETED in path:
        assert path[-2:] == [State.STARTED, State.COMPLETED]


@given(st.data())
def test_random_walks_along_the_table(data: st.DataObject) -> None:
    """Walks that take only allowed steps, so that most of them reach an end."""
    state: State | None = None
    path: list[State] = []
    while steps := allowed(state):
        if len(path) == 30:
            return
        step = data.draw(st.sampled_from(steps))
        state = advance(state, step.message, sender=step.sender)
        path.append(state)
    assert state in TERMINAL
    if state is State.COMPLETED:
        assert path[-2:] == [State.STARTED, State.COMPLETED]
