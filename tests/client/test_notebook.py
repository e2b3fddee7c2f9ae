"""The notebook tutorial, as a reader follows it: commands in a shell, then cell after cell.

A cell is a `python` block; a `text` block after it is what the cell shows, where `…` stands for
anything. As in notebooks, a last expression is shown, and `await` may stand at the top.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import commanding

pytest.importorskip("fsspec")

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial" / "notebook.md"
HOWTO = ROOT / "docs" / "howto" / "python.md"
BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.M | re.S)

KERNEL = """
import ast, asyncio, contextlib, io, json, sys

async def main(cells):
    names = {"__name__": "__main__"}
    for number, cell in enumerate(cells):
        tree = ast.parse(cell)
        if isinstance(tree.body[-1], ast.Expr):
            shown = ast.parse("print(repr(x))").body[0]
            shown.value.args[0].args[0] = tree.body[-1].value
            quiet = ast.unparse(tree.body[-1]).startswith(("print(", "files.close("))
            tree.body[-1] = tree.body[-1] if quiet else ast.copy_location(shown, tree.body[-1])
        code = compile(
            ast.fix_missing_locations(tree), f"cell {number}", "exec",
            ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
        )
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            waiting = eval(code, names)
            if waiting is not None:
                await waiting
        print(json.dumps(said.getvalue()), flush=True)

asyncio.run(main(json.load(sys.stdin)))
"""


class Cell(NamedTuple):
    code: str
    shown: str | None


def cells(page: Path) -> list[Cell]:
    found: list[Cell] = []
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        if block["kind"] == "python":
            found.append(Cell(block["body"], None))
        elif block["kind"] == "text" and found:
            found[-1] = found[-1]._replace(shown=block["body"])
    return found


def test_the_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("pandas")
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "docs"))
    from terminal import Terminal

    environment = {
        "PATH": f"{commanding.folder()}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
    }
    terminal = Terminal(tmp_path, environment)
    try:
        terminal.other_ports(8084, 8085)
        assert terminal.follow(PAGE) >= 8
        page = cells(PAGE)
        assert len(page) >= 8
        ran = subprocess.run(
            [sys.executable, "-W", "error", "-c", KERNEL],
            input=json.dumps([terminal.real(cell.code) for cell in page]),
            cwd=tmp_path / "faifo-notebook",
            env=environment,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
    finally:
        terminal.close()
    assert ran.returncode == 0, ran.stderr
    said = [json.loads(line) for line in ran.stdout.splitlines()]
    for cell, text in zip(page, said, strict=True):
        if cell.shown is not None:
            pattern = re.escape(cell.shown.rstrip("\n")).replace("…", ".*")
            assert re.fullmatch(pattern, text.rstrip("\n")), f"{cell.code}\nsaid:\n{text}"


@pytest.mark.parametrize("page", [PAGE, HOWTO], ids=lambda page: page.name)
def test_every_block_of_python_can_be_read(page: Path):
    import ast

    found = cells(page)
    assert found
    for cell in found:
        compile(cell.code, page.name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
