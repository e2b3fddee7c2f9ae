"""All acts of the longer story, as a process, in two languages, and every way to stop it."""

from __future__ import annotations

import json
import os
import re
import signal
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from playing import QUOTED, Played, begun, children, kind, play, play_in_both, strange_lines

ACTS = {"act": "all"}


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Played]:
    folders = {lang: tmp_path_factory.mktemp(lang) for lang in ("en", "vi")}
    told = play_in_both(folders, act="all")
    for folder in folders.values():
        assert children(folder) == set()
        assert list(folder.iterdir()) == []
    return told


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_story_ends_well_and_says_nothing_on_stderr(stories: dict[str, Played], lang: str):
    story = stories[lang]
    assert (story.code, story.errors) == (0, ""), "\n".join(story.lines[-5:])


def test_both_languages_tell_the_same_lines(stories: dict[str, Played]):
    kinds = {lang: [kind(line) for line in story.lines] for lang, story in stories.items()}
    assert kinds["en"] == kinds["vi"]
    assert kinds["en"].count("timed") >= 30


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_every_word_of_the_narrator_is_in_the_catalogue(stories: dict[str, Played], lang: str):
    assert strange_lines(stories[lang], lang) == []


def test_all_that_was_asked_for_is_told(stories: dict[str, Played]):
    text = "\n".join(stories["en"].lines)
    for part in (
        "(fictional), economy VN",
        "Solmaru Credit Institute (fictional), economy KR",
        "Isla Verde Institute (fictional), economy CL",
        "gets 401",
        "purpose isAnyOf research, statistics",
        "← ContractNegotiationEventMessage:FINALIZED",
        "Its SHA-256 is the provider's: ",
        "21 economies of APEC, 11 of ASEAN",
        "It is not for decisions about people.",
        "the purpose 'marketing' refused",
        'The requested "only for the purpose marketing" is wider than the offered',
        "The same token at once afterwards: 403 transfer-closed",
        "TERMINATED (the trial is over)",
        "3 agreements, the same documents on both sides",
        "5 served, 1 refused",
        "of origin (Black, Hispanic, White) is 0.7086 (0.6301 to 0.7968): all of it under 0.8.",
        "of origin (Black, Hispanic, White) is 0.8776 (0.8256 to 0.9329): all of it at least 0.8.",
        "too wide to tell whether it is at most 0.1; more data is needed.",
        "a person must decide",
        "status: withdrawn by its issuer at ",
        "The provider has withdrawn this dataset's AI passport",
    ):
        assert part in text, part


def test_what_nodes_say_is_read_in_the_language_of_the_story(stories: dict[str, Played]):
    quoted = [line for line in stories["vi"].lines if QUOTED.match(line)]
    assert [line for line in quoted if re.search(r" (the|is|are|for|not) ", line)] == []
    assert any("250.000 công dân" in line for line in stories["vi"].lines)


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_last_act_ends_on_the_revocation(stories: dict[str, Played], lang: str):
    last = max(at for at, line in enumerate(stories[lang].lines) if QUOTED.match(line))
    assert stories[lang].lines[last].endswith({"en": " is revoked", "vi": " đã bị thu hồi"}[lang])
    assert stories[lang].lines[last + 1] == ""


def test_no_endorsement_is_claimed(stories: dict[str, Played]):
    assert any("Nobody named there has endorsed Faifo." in line for line in stories["en"].lines)
    assert any("Không ai được nhắc ở đó bảo chứng cho Faifo." in ln for ln in stories["vi"].lines)


@pytest.mark.parametrize(
    ("number", "after", "told"),
    [
        pytest.param(signal.SIGINT, "4  A credit", {}, id="Ctrl-C in the scene"),
        pytest.param(signal.SIGINT, "1  Two nodes", ACTS, id="Ctrl-C while the nodes start"),
        pytest.param(signal.SIGINT, "3  Catalog", ACTS, id="Ctrl-C in the middle"),
        pytest.param(signal.SIGTERM, "4  The use", ACTS, id="SIGTERM while the model is fitted"),
    ],
)
def test_a_stop_leaves_no_process_and_no_folder(
    tmp_path: Path, number: int, after: str, told: dict[str, str]
):
    with begun(tmp_path, **told) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert any(line.startswith(after) for line in process.stdout)
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # the terminal tells the whole group
        else:
            process.send_signal(number)
        rest, errors = process.stdout.read(), process.stderr.read()
        assert process.wait(30) == 128 + number
    assert "Stopped; the demo's processes have ended." in rest
    assert errors == ""
    assert children(tmp_path) == set()
    assert list(tmp_path.iterdir()) == []


def test_even_a_killed_demo_leaves_no_process(tmp_path: Path):
    """Its children read the end of their input, and stop by themselves."""
    with begun(tmp_path, act="all") as process:
        assert process.stdout is not None
        assert any(line.startswith("2  ") for line in process.stdout)
        assert len(children(tmp_path)) == 2
        process.kill()
        process.wait()
    until = time.monotonic() + 20
    while left := children(tmp_path):
        assert time.monotonic() < until, left
        time.sleep(0.05)


def test_a_reader_that_goes_away_ends_the_demo_quietly(tmp_path: Path):
    with begun(tmp_path, act="all") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert any(line.startswith("2  ") for line in process.stdout)
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(30) == 1
    assert children(tmp_path) == set()


def test_what_does_not_hold_ends_the_demo_with_a_clear_line(tmp_path: Path):
    """The story expects another number of members than the real table has."""
    program = (
        "import sys; from faifo.demo.acts import fetching;"
        " fetching.MEMBERS = {{'apec_since': 22, 'asean_since': 11}};"
        " from faifo.demo import run; sys.exit(run('{lang}', {told}))"
    )
    story = play(tmp_path, program=program, act="fetching")
    assert (story.code, story.errors) == (1, "")
    assert story.lines[-2] == (
        "The demo failed: it does not hold that the table has 21 economies of APEC and 11 of "
        "ASEAN; found: {'apec_since': 21, 'asean_since': 11}"
    )
    assert children(tmp_path) == set()
    left = Path(story.lines[-1].rpartition(" ")[2])
    assert (left / "thu-bon" / "faifo.db").exists()


def test_kept_nodes_stay_up_and_end_as_told(tmp_path: Path):
    story = play(tmp_path, act="all", keep=True)
    assert (story.code, story.errors) == (0, "")
    kept = children(tmp_path)
    try:
        root = tmp_path / ".demo"
        for side in ("thu-bon", "solmaru"):
            assert _node(root / side)["name"].endswith("(fictional)")
        shows = [line for line in story.lines if re.search(r" show urn:uuid:\S+ --dir ", line)]
        assert len(shows) == 2
        again = play(tmp_path, act="all", keep=True)
        assert again.code == 1
        assert "is served already, by process" in again.errors.splitlines()[-1]
        word, *told = story.lines[-1].split()
        assert (word, {int(pid) for pid in told}) == ("kill", set(kept))
    finally:
        for pid in kept:
            os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + 20
    while children(tmp_path):
        assert time.monotonic() < until
        time.sleep(0.05)


def _node(directory: Path) -> dict[str, Any]:
    running = json.loads((directory / "running.json").read_bytes())
    key = (directory / "manage.key").read_text("ascii")
    request = urllib.request.Request(
        f"{running['manage_url']}/manage/v1/node", headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)
