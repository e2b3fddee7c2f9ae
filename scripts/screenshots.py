"""The pictures of pages in docs/pictures: `python scripts/screenshots.py [CHROMIUM]`.

Plays the demo's scene with `--keep`, opens its pages in Chromium, and ends the nodes again. What
the pages show is made anew each time, so the pictures are not compared with the program.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from faifo.client import Client
from faifo.node.custody.directory import Directory

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
LANG = "vi"


def main(chromium: str = "chromium") -> None:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "faifo", "demo", "--keep", "--lang", LANG],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        pids = map(int, done.stdout.splitlines()[-1].split()[1:])
        try:
            (page,) = set(re.findall(r"http://\S+/p/[\w-]+", done.stdout))
            _shoot(chromium, f"{page}?lang={LANG}", "person-page.png", "500,860")
            link = asyncio.run(_link(Path(folder) / ".demo" / "solmaru"))
            _shoot(chromium, f"{link}&lang={LANG}", "node-page.png", "1000,700")
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGTERM)


async def _link(node: Path) -> str:
    directory = Directory(node)
    running = directory.read_running()
    assert running is not None
    async with Client(running.manage_url, directory.read_manage_key()) as client:
        return (await client.open_page()).url


def _shoot(chromium: str, url: str, name: str, size: str) -> None:
    options = (f"--window-size={size}", "--hide-scrollbars", f"--screenshot={PICTURES / name}")
    subprocess.run([chromium, "--headless", "--no-sandbox", *options, url], check=True)  # noqa: S603


if __name__ == "__main__":
    main(*sys.argv[1:])
