from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from faifo.cli.main import VERBS, commands


def every_command() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    context = click.Context(commands)
    for name in VERBS:
        command = commands.get_command(context, name)  # type: ignore[attr-defined]
        found.append((name,))
        if isinstance(command, click.Group):
            found += [(name, below) for below in command.commands]
    return found


@pytest.mark.parametrize("path", every_command(), ids=" ".join)
def test_every_verb_has_an_example_in_its_help(faifo: Any, path: tuple[str, ...]):
    ran = faifo(*path, "--help")
    assert ran.code == 0
    example = ran.out.partition("Example:\n")[2].split("\n\n")[0].splitlines()
    own = ["faifo", *path]
    assert [line for line in example if line.split()[: len(own)] == own]


@pytest.mark.parametrize(
    ("status", "code", "exits"),
    [
        (400, "malformed", 1),
        (413, "too-large", 1),
        (502, "peer-error", 1),
        (400, "settings", 2),
        (502, "not-admitted", 3),
        (403, "refused", 3),
        (404, "not-found", 4),
        (504, "unreachable", 5),
        (401, "not-proven", 6),
        (409, "conflict", 7),
        (400, "illegal-transition", 7),
        (503, "storage", 8),
    ],
)
def test_a_problem_is_one_line_and_an_exit_code(
    faifo: Any, answering: Any, tmp_path: Path, status: int, code: str, exits: int
):
    problem = {"type": f"urn:faifo:problem:{code}", "code": code, "detail": "a\nsentence\x1b[2J"}
    url = answering(status, problem)
    (tmp_path / "key").write_text("key\n")
    ran = faifo("--url", url, "--key-file", tmp_path / "key", "catalog", "x")
    assert (ran.code, ran.out, ran.err) == (exits, "", "faifo: a sentence?[2J\n")
    ran = faifo("catalog", "x", "--json", "--url", url, "--key-file", tmp_path / "key")
    assert json.loads(ran.err) == {
        "error": {"code": code, "detail": "a\nsentence\x1b[2J", "exit_code": exits}
    }


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["gett"],
            f"faifo: there is no verb 'gett'; there are: {', '.join(VERBS)}; see: faifo --help\n",
        ),
        (["get"], "faifo: Missing argument 'NODE'; see: faifo get --help\n"),
        (
            ["trust", "add"],
            "faifo: Missing argument 'DID|URL'; see: faifo trust add --help\n",
        ),
    ],
)
def test_a_usage_error_is_one_line(faifo: Any, arguments: list[str], line: str):
    ran = faifo(*arguments)
    assert (ran.code, ran.out, ran.err) == (2, "", line)


def test_a_usage_error_is_json_where_json_is_wanted(faifo: Any):
    error = json.loads(faifo("get", "--bad", "--json").err)["error"]
    assert (error["code"], error["exit_code"]) == ("usage", 2)


def test_an_unexpected_error_is_one_line_and_no_traceback(faifo: Any, monkeypatch: Any):
    def broken(**_: Any) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(commands, "main", broken)
    ran = faifo("x")
    assert (ran.code, ran.err) == (
        1,
        "faifo: an error in Faifo itself (ZeroDivisionError); please report it, details with -v\n",
    )


def test_a_full_disk_under_the_output_is_told_as_that():
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "faifo", "mission"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    said = "faifo: the output cannot be written: No space left on device\n"
    assert (ran.returncode, ran.stderr) == (8, said)


def test_what_is_said_to_a_person_does_not_come_among_the_output():
    script = 'exec "$0" -m faifo get 2>&-'
    ran = subprocess.run(
        ["sh", "-c", script, sys.executable], stdout=subprocess.PIPE, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (2, "")


def test_an_interrupt_is_quiet(faifo: Any, monkeypatch: Any):
    def interrupted(**_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "main", interrupted)
    ran = faifo("x")
    assert (ran.code, ran.out, ran.err) == (130, "", "")


def test_there_is_no_node_here(faifo: Any, tmp_path: Path):
    ran = faifo("list", "datasets", "--dir", tmp_path)
    assert (ran.code, ran.err) == (
        2,
        f"faifo: there is no faifo.toml in {tmp_path}; expected a node's directory; "
        "name one with --dir or FAIFO_DIR, or make one with: faifo init DIR\n",
    )


def test_a_url_needs_a_key(faifo: Any):
    ran = faifo("--url", "http://127.0.0.1:1", "list", "datasets")
    assert (ran.code, ran.err) == (
        2,
        "faifo: --url is given without --key-file; expected the file with the node's "
        "management key; it is manage.key in the node's directory\n",
    )


def test_help_is_light():
    code = (
        "import sys; from faifo.cli.main import run; run(['--help']);"
        "heavy = {'aiohttp', 'httptools', 'cryptography', 'sqlalchemy'};"
        "heavy &= set(sys.modules);"
        "print(sorted(heavy), file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert ran.stderr == "[]\n"
