"""The runner of `make tck`: what counts as passed, and what it says when something is missing."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tck.node.scripts import read_scripts

HERE = Path(__file__).parents[2] / "tck"


@pytest.fixture
def tck(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(HERE))
    return HERE


def report(**changed: str) -> str:
    """Return a report in which every enabled test passed, with changes: test to word, or none."""
    words = {script.test: "SUCCESSFUL" for script in read_scripts() if not script.disabled}
    words |= {test.replace("__", "-").replace("_X_", ":"): word for test, word in changed.items()}
    return "".join(f"[2026] {word}: {test}\n" for test, word in words.items() if word)


@pytest.mark.parametrize(
    ("changed", "line", "good"),
    [
        ({}, "DSP TCK: 65 of 65 enabled tests passed (sqlite)", True),
        ({"CN_X_01__01": "FAILED"}, "DSP TCK: 64 of 65 enabled tests passed (sqlite)", False),
        ({"TP_X_03__01": ""}, "DSP TCK: 64 of 65 enabled tests passed (sqlite)", False),
        ({"TP_X_02__04": "FAILED"}, "DSP TCK: 65 of 65 enabled tests passed (sqlite)", False),
    ],
    ids=["all passed", "one failed", "one did not run", "a test that should be disabled failed"],
)
def test_a_run_is_good_only_if_every_enabled_test_ran_and_passed(
    tck: Path,
    capsys: pytest.CaptureFixture[str],
    changed: dict[str, str],
    line: str,
    good: bool,
) -> None:
    import kit
    import run

    found = kit.verdicts(report(**changed))
    assert run._told(kit.read_release(), read_scripts(), found) is good
    assert capsys.readouterr().out.splitlines()[-1] == line


def test_a_test_that_failed_once_has_failed(tck: Path) -> None:
    import kit

    text = "FAILED: CN:01-01\nSUCCESSFUL: CN:01-01\nSUCCESSFUL: CN:01-02\nStarted: CN:01-03\n"
    assert kit.verdicts(text) == {"CN:01-01": False, "CN:01-02": True}


@pytest.mark.parametrize(
    ("tools", "sentence"),
    [
        ([], "make tck: Java 17 is not installed; on Debian: apt-get install default-jdk-headless"),
        (["java", "javac"], "make tck: Maven is not installed; on Debian: apt-get install maven"),
    ],
    ids=["no Java", "no Maven"],
)
def test_it_says_in_one_line_what_to_install(
    tmp_path: Path, tools: list[str], sentence: str
) -> None:
    for name in tools:
        tool = tmp_path / name
        tool.write_text("#!/bin/sh\necho 'openjdk version \"17.0.15\"' >&2\n")
        tool.chmod(0o755)
    done = subprocess.run(
        [sys.executable, str(HERE / "run.py")],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", sentence + "\n")


def test_the_configuration_names_an_id_for_every_test(tck: Path) -> None:
    import kit

    lines = kit.properties(read_scripts(prefix="x-"), kit.Addresses(1, 2, 3)).splitlines()
    assert "CN_01_02_DATASETID=ACN0102" in lines
    assert "CN_01_02_OFFERID=CD123:ACN0102:456" in lines
    assert "CN_C_03_06_DATASETID=x-ACNC0306" in lines
    assert "TP_C_01_05_AGREEMENTID=x-ATPC0105" in lines
    assert "TP_01_01_FORMAT=HttpData-PULL" in lines
    named = {line.rsplit("_", 1)[0] for line in lines if line[:2] in {"CA", "CN", "TP"}}
    assert len(named) == 66


@pytest.mark.parametrize(
    ("refusals", "waiting", "alone", "said"),
    [
        ({"illegal-transition": 22}, 0, 0, []),
        (
            {"illegal-transition": 21, "malformed": 1},
            0,
            0,
            [
                "refusals {'illegal-transition': 21, 'malformed': 1},"
                " expected {'illegal-transition': 22}"
            ],
        ),
        ({"illegal-transition": 22}, 2, 0, ["2 messages of the node did not arrive"]),
        ({"illegal-transition": 22}, 0, 1, ["1 processes ended on the node's side alone"]),
    ],
    ids=["as it should be", "a refusal for another reason", "not arrived", "ended alone"],
)
def test_the_nodes_own_books_must_agree(
    tck: Path, refusals: dict[str, int], waiting: int, alone: int, said: list[str]
) -> None:
    import books

    wrote = books.Books(Counter(refusals), waiting, alone)
    assert books.complaints(wrote, read_scripts()) == said
