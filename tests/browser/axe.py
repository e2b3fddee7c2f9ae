"""axe-core, as its makers publish it: what it finds on a page that is open."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from chromium import Tab

NPM = "axe-core@4.14.1"
FOLDER = Path(__file__).parents[2] / "build" / "axe"
RUN = """axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
  'best-practice']}).then(found => found.violations.map(
  one => one.id + ': ' + one.nodes.map(node => node.html.slice(0, 200)).join(' | ')))"""


@cache
def source() -> str:
    """Return the script; without npm the test skips, or fails where CI needs it."""
    script = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        if not shutil.which("npm"):
            _missing("npm is not installed")
        FOLDER.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--prefix", str(FOLDER), NPM]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            _missing(f"npm cannot get {NPM}: {done.stderr[-500:]}")
    return script.read_text("utf-8")


async def faults(tab: Tab) -> list[str]:
    """Return what axe-core finds; it is put in as developer tools would, past the page's policy."""
    await tab.value(source() + "; 0")
    found = await tab.value(RUN)
    return [str(one) for one in found]


def _missing(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
