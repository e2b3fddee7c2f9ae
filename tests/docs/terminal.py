"""A shell that types the commands of a document and compares what it answers with what is shown.

`…` stands for anything in a line, and alone on a line for any lines. Times, and runs of spaces, are
not compared. A `urn:uuid:` that is new in the document is learnt; later it stands for the real one.
A prompt may have a name, as `rice$ `: each name is a terminal with a FAIFO_DIR of its own.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from portable import free_port

PATIENCE = 30.0
BLOCK = re.compile(
    r"^(?:<!-- settings: (?P<settings>\S+) -->\n+)?```(?P<kind>\w+)[^\n]*\n(?P<body>.*?)^```$",
    re.M | re.S,
)
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ")
UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Command(NamedTuple):
    """One line after a prompt, and the lines shown under it."""

    text: str
    shown: list[str]
    where: str = ""


class Lines(NamedTuple):
    """Lines that the reader writes into a settings file."""

    file: str
    text: str


def steps(page: Path, before: str = "") -> list[Command | Lines]:
    """Return what the reader of `page` does, in order; up to the words `before`."""
    text = page.read_text(encoding="utf-8")
    if before:
        assert before in text, f"{page}: there is no {before!r} any more"
        text = text.partition(before)[0]
    found: list[Command | Lines] = []
    for block in BLOCK.finditer(text):
        if block["settings"]:
            found.append(Lines(block["settings"], block["body"]))
        elif block["kind"] == "console":
            found += _commands(block["body"])
    return found


def _commands(body: str) -> Iterator[Command]:
    chunks = re.split(r"^(\w*)\$ ", body, flags=re.M)[1:]
    for where, chunk in zip(chunks[::2], chunks[1::2], strict=True):
        first, *shown = re.sub(r"\\\n> ?", "", chunk).splitlines()
        yield Command(first, [line for line in shown if line.strip()], where)


class Terminal:
    """One bash in `folder`."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._instead: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._bash.stdin is not None
        self._bash.stdin.write(b"shopt -s expand_aliases\n")  # as where a person types
        self._said: list[str] = []
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def instead(self, **words: str) -> None:
        """Use other words than the document's from now on."""
        self._instead.update(words)

    def other_ports(self, *ports: int) -> None:
        """Use free ports for those of the document."""
        self._instead.update({str(port): str(free_port()) for port in ports})

    def follow(self, page: Path, *, before: str = "") -> int:
        """Do what `page` says, up to the words `before`; return how many commands there were."""
        count = 0
        for step in steps(page, before):
            if isinstance(step, Lines):
                here = Path(self._run("pwd")[1][-1])
                merge_settings(here / self.real(step.file), self.real(step.text))
            else:
                self.type(step)
                count += 1
        return count

    def real(self, text: str) -> str:
        """Return the document's words as they are in this run."""
        for word, other in self._instead.items():
            whole = rf"(?<![0-9a-f.]){re.escape(word)}(?![0-9a-f])"
            text = re.sub(whole, lambda _, other=other: other, text)
        return UUID.sub(lambda match: self._names.get(match[0], match[0]), text)

    def run(self, text: str, *, fails: bool) -> list[str]:
        """Run a command that stands in no document, and return what it said."""
        status, said = self._run(text)
        assert (status != 0) == fails, "\n".join([f"$ {text}", *said, f"(exit code {status})"])
        return said

    def type(self, command: Command) -> list[str]:
        """Run one command and compare.

        Raises:
            AssertionError: it said something else, or ended otherwise than is shown.
        """
        start = len(self._said)
        text = self.real(command.text)
        status, said = self._run(text, command.where)
        if text.endswith("&"):
            said = self._until_shown(start, command.shown)
        fails = any(line.startswith("faifo: ") for line in command.shown)
        heard = ["", f"$ {text}", *said, f"(exit code {status})"]
        tells = "\n".join([*heard, "shown:", *command.shown])
        assert (status != 0) == fails, tells
        assert not command.shown or self._learn(said, command.shown), tells
        return said

    def _run(self, text: str, where: str = "") -> tuple[int, list[str]]:
        # The marker gives back the exit code, so that `echo $?` says what it says to a person.
        mark = f"@@{next(self._numbers)}"
        assert self._bash.stdin is not None
        start = len(self._said)
        # Each terminal's own, and the exit code of what was typed before.
        there = f'export FAIFO_DIR=$dir_{where}; [ "$FAIFO_DIR" ] || unset FAIFO_DIR\n'
        there += "(exit ${__:-0})\n"
        kept = f"dir_{where}=$FAIFO_DIR"
        script = f"{there}{text}\n__=$?; {kept}; printf '\\n{mark} %s\\n' $__; (exit $__)\n"
        self._bash.stdin.write(script.encode())
        self._bash.stdin.flush()

        def ended() -> int | None:
            lines = enumerate(self._said[start:], start)
            return next((n for n, line in lines if line.startswith(mark + " ")), None)

        with self._more:
            assert self._more.wait_for(lambda: ended() is not None, PATIENCE), (
                f"no end of: {text}\n" + "\n".join(self._said[start:])
            )
            end = ended()
            assert end is not None
            return int(self._said[end].split()[1]), _without_marks(self._said[start:end])

    def _until_shown(self, start: int, shown: list[str]) -> list[str]:
        def said() -> list[str]:
            return _without_marks(self._said[start:])

        with self._more:
            if shown:
                self._more.wait_for(lambda: self._match(said(), shown) is not None, PATIENCE)
            return said()

    def _match(self, said: list[str], shown: list[str]) -> re.Match[str] | None:
        groups: dict[str, str] = {}
        pattern = "".join(self._pattern(line, groups) for line in shown)
        return re.fullmatch(pattern, "".join(f"{_plain(line)}\n" for line in said))

    def _learn(self, said: list[str], shown: list[str]) -> bool:
        match = self._match(said, shown)
        if match is None:
            return False
        new = dict.fromkeys(name for line in shown for name in UUID.findall(line))
        for number, name in enumerate(name for name in new if name not in self._names):
            self._names[name] = match[f"u{number}"]
        return True

    def _pattern(self, line: str, groups: dict[str, str]) -> str:
        if line.strip() == "…":
            return r"(?:.*\n)*?"

        def name(match: re.Match[str]) -> str:
            known = match[0].replace(r"\-", "-")
            if known in self._names:
                return re.escape(self._names[known])
            if known in groups:
                return f"(?P={groups[known]})"
            groups[known] = f"u{len(groups)}"
            return f"(?P<{groups[known]}>{UUID.pattern})"

        # Names first: what is learnt is not the document's word any more.
        parts = re.split(f"({UUID.pattern})", _plain(line))
        made = [
            re.sub(UUID.pattern, name, part)
            if UUID.fullmatch(part)
            else _anything(re.escape(self.real(part)))
            for part in parts
        ]
        return "".join(made) + r"\n"

    def _read(self) -> None:
        assert self._bash.stdout is not None
        for line in self._bash.stdout:
            with self._more:
                self._said.append(line.decode(errors="replace").rstrip("\n"))
                self._more.notify_all()

    def close(self) -> None:
        """End the shell and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._bash.pid, signal.SIGTERM)
        assert self._bash.stdin is not None
        self._bash.stdin.close()
        try:
            self._bash.wait(2)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._bash.pid, signal.SIGKILL)
            self._bash.wait(5)
        self._reader.join(5)
        assert self._bash.stdout is not None
        self._bash.stdout.close()


def _without_marks(lines: list[str]) -> list[str]:
    return [line for line in lines if line.strip() and not line.startswith("@@")]


def _anything(pattern: str) -> str:
    """Let `…` between spaces stand for nothing, too."""
    pattern = pattern.replace(r"\ …\ ", r"\ (?:.*\ )?")
    pattern = re.sub(r"^…\\ ", lambda _: r"(?:.*\ )?", pattern)
    return re.sub(r"\\ …$", lambda _: r"(?:\ .*)?", pattern).replace("…", ".*")


def _plain(line: str) -> str:
    return " ".join(TIME.sub("TIME", line).split())


def merge_settings(path: Path, text: str) -> None:
    """Write `text`, tables of TOML, into the file at `path`, as a person with an editor does."""
    lines = path.read_text(encoding="utf-8").splitlines()
    at = len(lines)
    for line in text.splitlines():
        if line.startswith("["):
            if line not in lines:
                lines += ["", line]
            at = lines.index(line) + 1
        elif line.strip():
            name = line.split("=")[0]
            end = next((n for n in range(at, len(lines)) if lines[n].startswith("[")), len(lines))
            lines[at:end] = [line, *(old for old in lines[at:end] if not old.startswith(name))]
            at += 1
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
