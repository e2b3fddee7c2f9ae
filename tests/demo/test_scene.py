"""The scene that is played when nothing else is asked for, in both languages."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest

from faifo.cli.main import commands
from playing import PLAY, TIMED, Played, children, environment, kind, play_in_both, strange_lines

LINES = 60


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Played]:
    folders = {lang: tmp_path_factory.mktemp(lang) for lang in ("en", "vi")}
    told = play_in_both(folders)
    for lang, folder in folders.items():
        assert children(folder) == set()
        assert list(folder.iterdir()) == [], "\n".join(told[lang].lines[-5:])
    return told


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_scene_ends_well_in_at_most_sixty_lines(scenes: dict[str, Played], lang: str):
    scene = scenes[lang]
    assert (scene.code, scene.errors) == (0, ""), "\n".join(scene.lines[-5:])
    assert len(scene.lines) <= LINES


def test_both_languages_tell_the_same_lines(scenes: dict[str, Played]):
    kinds = {lang: [kind(line) for line in scene.lines] for lang, scene in scenes.items()}
    assert kinds["en"] == kinds["vi"]


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_every_word_of_the_narrator_is_in_the_catalogue(scenes: dict[str, Played], lang: str):
    assert strange_lines(scenes[lang], lang) == []


def test_no_endorsement_is_claimed(scenes: dict[str, Played]):
    assert any("Nobody named there has endorsed Faifo." in line for line in scenes["en"].lines)


def test_all_that_was_asked_for_is_told(scenes: dict[str, Played]):
    text = "\n".join(scenes["en"].lines)
    for part in (
        "Viet Nam: Thu Bon Data Office",
        "Korea: Solmaru Credit Institute",
        "register.csv, ",
        "Purpose marketing: the consumer's own node refuses to ask",
        "most were without work in 1982: 9.7 %",
        'The requested "only for the purpose marketing" is wider than the offered',
        "0 s: Viet Nam warns 5 subscribers",
        "– Darae Savings Bank: silent after 5 s",
        "(742 older men, 184 older women, 863 younger men, 185 younger women)",
        "is 0.9704 (0.9288 to 1): all of it at least 0.8.",
        "An applicant (invented) is refused: 39.3 %",
        "Viet Nam reports a serious incident to 5 subscribers",
        "The AI passport is suspended by the incident",
        "verified, the model says 95.1 %",
        "5 agreements, the same documents on both sides",
    ):
        assert part in text, part


@pytest.mark.parametrize(("lang", "readme"), [("en", "README.md"), ("vi", "README.vi.md")])
def test_the_output_in_the_readme_is_what_the_scene_prints(
    scenes: dict[str, Played], lang: str, readme: str
):
    text = (Path(__file__).parents[2] / readme).read_text(encoding="utf-8")
    (block,) = re.findall(r"^```text\n(.*?)^```", text, re.M | re.S)
    # Times differ from run to run, and nothing else does; … is where lines are left out.
    told = [re.sub(r"\d+", "0", TIMED.sub("", line).strip()) for line in scenes[lang].lines]
    for part in re.sub(r"\d+", "0", block).split("…\n"):
        shown = part.splitlines()
        at = told.index(shown[0])
        assert told[at : at + len(shown)] == shown
        del told[: at + len(shown)]


def check_commands(text: str) -> None:
    shown = [line.partition("$ faifo ")[2] for line in text.splitlines() if "$ faifo " in line]
    assert len(shown) >= 16
    for line in shown:
        assert re.search(r" --dir [a-z-]+$", line), line
        _parse(shlex.split(line))


def _parse(arguments: list[str]) -> None:
    """Read it as the command line would, and run nothing."""
    context = click.Context(commands, info_name="faifo")
    while isinstance(context.command, click.Group):
        name, command, arguments = context.command.resolve_command(context, arguments)
        assert command is not None
        if isinstance(command, click.Group):
            context = click.Context(command, parent=context, info_name=name)
        else:
            command.make_context(name, arguments, parent=context)
            return


@contextmanager
def at_a_terminal(
    folder: Path, told: str, program: str
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Play the scene with a terminal for its input and output; give the other end of it."""
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", program.format(lang="vi", told=told)],
        cwd=folder,
        env={**environment(folder), "TERM": "dumb"},
        stdin=theirs,
        stdout=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        try:
            yield process, ours
        finally:
            process.kill()
            os.close(ours)


def read_until(terminal: int, wanted: str) -> str:
    text = b""
    while wanted not in text.decode(errors="replace"):
        try:
            text += os.read(terminal, 65_536)
        except OSError:  # so says Linux when the other end is closed
            pytest.fail(f"it ended with: {text.decode(errors='replace')[-1000:]}")
    return text.decode()


# How it ends does not hang on how much was played.
SHORT = f"from faifo.demo import story; story.SCENE = ('gathering',); {PLAY}"


@pytest.mark.parametrize(
    ("end", "told", "program", "processes"),
    [
        pytest.param("Ctrl-C", "", SHORT, 5, id="Ctrl-C"),
        pytest.param("Enter", "commands=True", PLAY, 6, id="Enter, with every command that is one"),
    ],
)
def test_at_a_terminal_the_nodes_stay_up_behind_one_link(
    tmp_path: Path, end: str, told: str, program: str, processes: int
):
    with at_a_terminal(tmp_path, told, program) as (process, terminal):
        text = read_until(terminal, "/console/login?token=")
        if told:
            check_commands(text)
        (link,) = re.findall(r"http://\S+/console/login\?\S+", text)
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(link, timeout=10) as answer:
            page = answer.read().decode()
        assert "Solmaru Credit Institute" in page
        assert 'lang="vi"' in page
        assert len(children(tmp_path)) == processes
        if end == "Enter":
            os.write(terminal, b"\n")
        else:
            os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) == 0
    assert children(tmp_path) == set()
    assert list(tmp_path.iterdir()) == []
