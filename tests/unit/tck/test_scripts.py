from __future__ import annotations

import pytest

from faifo.errors import SettingsError
from tck.node.scripts import Group, parse_scripts, read_scripts

# Typed from dsp-dcp.md 2.5: 67 declared tests, of which the kit disables two.
DECLARED = {
    Group.METADATA: ["01-01"],
    Group.CATALOG: ["01-01", "01-02", "01-03"],
    Group.PROVIDER_NEGOTIATION: [
        *("01-01", "01-02", "01-03", "01-04"),
        *("02-01", "02-02", "02-03", "02-04", "02-05", "02-06", "02-07"),
        *("03-01", "03-02", "03-03", "03-04"),
    ],
    Group.CONSUMER_NEGOTIATION: [
        *("01-01", "01-02", "01-03", "01-04"),
        *("02-01", "02-02", "02-03", "02-04", "02-05", "02-06"),
        *("03-01", "03-02", "03-03", "03-04", "03-05", "03-06"),
    ],
    Group.PROVIDER_TRANSFER: [
        *("01-01", "01-02", "01-03", "01-04", "01-05"),
        *("02-01", "02-02", "02-03", "02-04", "02-05"),
        *("03-01", "03-02", "03-03", "03-04", "03-05", "03-06"),
    ],
    Group.CONSUMER_TRANSFER: [
        *("01-01", "01-02", "01-03", "01-04", "01-05"),
        *("02-01", "02-02", "02-03", "02-04", "02-05"),
        *("03-01", "03-02", "03-03", "03-04", "03-05", "03-06"),
    ],
}
DISABLED = {"TP:02-04", "TP_C:02-04"}


def test_there_is_one_script_for_every_test_of_the_kit() -> None:
    declared = {f"{group}:{number}" for group, numbers in DECLARED.items() for number in numbers}
    scripts = read_scripts()
    assert len(scripts) == len(declared) == 67
    assert {script.test for script in scripts} == declared
    assert {script.test for script in scripts if script.disabled} == DISABLED


def test_every_script_but_the_metadata_one_has_an_id_of_its_own() -> None:
    subjects = [script.subject for script in read_scripts() if script.group is not Group.METADATA]
    assert all(subjects)
    assert len(set(subjects)) == len(subjects) == 66


@pytest.mark.parametrize(
    ("test", "steps"),
    [
        ("CN:01-02", ["REQUESTED: ContractOfferMessage",
                      "REQUESTED: ContractNegotiationTerminationMessage"]),
        ("CN:01-03", ["REQUESTED: ContractOfferMessage", "ACCEPTED: ContractAgreementMessage",
                      "VERIFIED: ContractNegotiationEventMessage:FINALIZED"]),
        ("CN:03-03", ["REQUESTED: ContractOfferMessage"]),
        ("CN_C:01-02", ["OFFERED: ContractRequestMessage"]),
        ("CN_C:02-04", []),
        ("CN_C:03-06", ["OFFERED: ContractNegotiationEventMessage:ACCEPTED"]),
        ("TP:01-04", ["REQUESTED: TransferStartMessage", "STARTED: TransferSuspensionMessage",
                      "SUSPENDED: TransferStartMessage", "STARTED: TransferCompletionMessage"]),
        ("TP:03-01", []),
        ("TP_C:02-05", ["REQUESTED: TransferTerminationMessage"]),
    ],
)  # fmt: skip
def test_the_parts_that_are_easy_to_get_wrong(test: str, steps: list[str]) -> None:
    (script,) = (script for script in read_scripts() if script.test == test)
    assert [f"{state}: {message.value}" for state, message in script.steps] == steps


def test_a_prefix_changes_every_id_but_the_one_that_the_kit_fixes() -> None:
    pairs = zip(read_scripts(), read_scripts(prefix="other-"), strict=True)
    same = [plain.subject for plain, other in pairs if other.subject != f"other-{plain.subject}"]
    assert same == ["", "ACN0102"]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            'test = "XX:01-01"',
            "scripts.toml: XX:01-01: 'XX' is not a valid Group;"
            " expected steps such as REQUESTED: offer",
        ),
        (
            'test = "CN:01-01"\nsteps = ["STARTED: offer"]',
            "scripts.toml: CN:01-01: 'STARTED' is not a valid NegotiationState;"
            " expected steps such as REQUESTED: offer",
        ),
        (
            'test = "TP:01-01"\nsteps = ["STARTED: offer"]',
            "scripts.toml: TP:01-01: 'offer'; expected steps such as REQUESTED: offer",
        ),
        (
            'test = "TP:01-01"\n[[script]]\ntest = "TP:01-01"',
            "scripts.toml: TP:01-01 twice; expected each test once",
        ),
        (
            'test = "TP:01-01"\nsubject = "a"\n[[script]]\ntest = "TP:01-02"\nsubject = "a"',
            "scripts.toml: a twice; expected each subject once",
        ),
    ],
    ids=["unknown group", "a transfer's state", "a negotiation's word", "test twice", "id twice"],
)
def test_a_wrong_table_says_where(row: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_scripts(f"[[script]]\n{row}")
    assert str(caught.value).startswith(sentence)
