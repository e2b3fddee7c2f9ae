"""The demo as a person runs it: a process, two languages, and every way to stop it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

import pytest

from faifo.phrases.catalogue import catalogue

PLAY = "import sys; from faifo.demo import run; sys.exit(run('{lang}', {keep}))"
CHILD = re.compile(r"-m\0faifo\.demo\.(?:node_process|model_service)\0")
TIMED = re.compile(r"^ \[ *\d+\.\d ms\] ")
QUOTED = re.compile(r"^ {15} *[·+–] ")


class Played(NamedTuple):
    code: int
    lines: list[str]
    errors: str


def children(folder: Path) -> set[int]:
    """Return the demo's processes that work below `folder`, by what the system says of them."""
    if not Path("/proc").is_dir():
        listed = subprocess.run(
            ["ps", "-axo", "pid=,command="], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        ours = (line for line in listed if "-m faifo.demo." in line and str(folder) in line)
        return {int(line.split()[0]) for line in ours}
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if CHILD.search(command) and str(folder) in command:
            found.add(int(entry.name))
    return found


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder), "PYTHONIOENCODING": "utf-8"}


def play(folder: Path, lang: str = "en", *, program: str = PLAY, keep: bool = False) -> Played:
    done = subprocess.run(
        [sys.executable, "-c", program.format(lang=lang, keep=keep)],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        encoding="utf-8",
        timeout=90,
        check=False,
    )
    return Played(done.returncode, done.stdout.splitlines(), done.stderr)


@contextmanager
def begun(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start the demo in its own group, as a shell would."""
    with subprocess.Popen(
        [sys.executable, "-u", "-c", PLAY.format(lang="en", keep=False)],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Played]:
    told = {}
    for lang in ("en", "vi"):
        folder = tmp_path_factory.mktemp(lang)
        told[lang] = play(folder, lang)
        assert children(folder) == set()
        assert list(folder.iterdir()) == []
    return told


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_story_ends_well_and_says_nothing_on_stderr(stories: dict[str, Played], lang: str):
    story = stories[lang]
    assert (story.code, story.errors) == (0, ""), "\n".join(story.lines[-5:])


def test_both_languages_tell_the_same_lines(stories: dict[str, Played]):
    kinds = {lang: [_kind(line) for line in story.lines] for lang, story in stories.items()}
    assert kinds["en"] == kinds["vi"]
    assert kinds["en"].count("timed") >= 30


def _kind(line: str) -> str:
    if TIMED.match(line):
        return "timed"
    if QUOTED.match(line):
        return "quoted"
    return "indented" if line.startswith("   ") else "plain" if line else "empty"


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_every_word_of_the_narrator_is_in_the_catalogue(stories: dict[str, Played], lang: str):
    phrases = [
        re.compile(_pattern(line))
        for key, phrase in catalogue(lang).items()
        if key.startswith("demo.")
        for line in phrase.strip("\n").split("\n")
    ]
    told = [line for line in stories[lang].lines if line and not QUOTED.match(line)]
    words = [re.sub(r"^\d  ", "", TIMED.sub("", line).strip()) for line in told]
    strange = [line for line in words if not any(known.fullmatch(line) for known in phrases)]
    assert strange == []


def _pattern(phrase: str) -> str:
    """Return a pattern for the phrase with any facts; alone it must have words of its own."""
    parts = Formatter().parse(phrase)
    return "".join(re.escape(text) + ("" if name is None else ".+") for text, name, *_ in parts)


def test_all_that_was_asked_for_is_told(stories: dict[str, Played]):
    text = "\n".join(stories["en"].lines)
    for part in (
        "(fictional), economy VN",
        "(fictional), economy CL",
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


@pytest.mark.parametrize(("lang", "readme"), [("en", "README.md"), ("vi", "README.vi.md")])
def test_the_output_in_the_readme_is_what_the_demo_prints(
    stories: dict[str, Played], lang: str, readme: str
):
    text = (Path(__file__).parents[2] / readme).read_text(encoding="utf-8")
    (block,) = re.findall(r"^```text\n(.*?)^```", text, re.M | re.S)
    # Ports, days and times differ from run to run, and nothing else does.
    shown = [re.sub(r"\d+", "0", line.strip()) for line in block.splitlines()]
    told = [re.sub(r"\d+", "0", TIMED.sub("", line).strip()) for line in stories[lang].lines]
    at = told.index(shown[0])
    assert told[at : at + len(shown)] == shown


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_last_act_ends_on_the_revocation(stories: dict[str, Played], lang: str):
    last = max(at for at, line in enumerate(stories[lang].lines) if QUOTED.match(line))
    assert stories[lang].lines[last].endswith(" is revoked")
    assert stories[lang].lines[last + 1] == ""


def test_no_endorsement_is_claimed(stories: dict[str, Played]):
    assert any("Nobody named there has endorsed Faifo." in line for line in stories["en"].lines)
    assert any("Không ai được nhắc ở đó bảo chứng cho Faifo." in ln for ln in stories["vi"].lines)


@pytest.mark.parametrize(
    ("number", "after"),
    [
        pytest.param(signal.SIGINT, "1  Two nodes", id="Ctrl-C while the nodes start"),
        pytest.param(signal.SIGINT, "3  Catalog", id="Ctrl-C in the middle"),
        pytest.param(signal.SIGTERM, "4  The use", id="SIGTERM while the model is fitted"),
    ],
)
def test_a_stop_leaves_no_process_and_no_folder(tmp_path: Path, number: int, after: str):
    with begun(tmp_path) as process:
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
    with begun(tmp_path) as process:
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
    with begun(tmp_path) as process:
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
        " from faifo.demo import run; sys.exit(run('{lang}', {keep}))"
    )
    story = play(tmp_path, program=program)
    assert (story.code, story.errors) == (1, "")
    assert story.lines[-2] == (
        "The demo failed: it does not hold that the table has 21 economies of APEC and 11 of "
        "ASEAN; found: {'apec_since': 21, 'asean_since': 11}"
    )
    assert children(tmp_path) == set()
    left = Path(story.lines[-1].rpartition(" ")[2])
    assert (left / "thu-bon" / "faifo.db").exists()


def test_kept_nodes_stay_up_and_end_as_told(tmp_path: Path):
    story = play(tmp_path, keep=True)
    assert (story.code, story.errors) == (0, "")
    kept = children(tmp_path)
    try:
        root = tmp_path / ".demo"
        for side in ("thu-bon", "puerto-claro"):
            assert _node(root / side)["name"].endswith("(fictional)")
        shows = [line for line in story.lines if re.search(r" show urn:uuid:\S+ --dir ", line)]
        assert len(shows) == 2
        again = play(tmp_path, keep=True)
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
