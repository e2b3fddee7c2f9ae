"""The pictures of pages in docs/pictures: `python scripts/screenshots.py [CHROMIUM]`.

Plays the demo's scene with `--keep`, opens its pages in Chromium, and ends the nodes again. What
the pages show is made anew each time, so the pictures are not compared with the program.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from faifo.client import Client
from faifo.node.custody.directory import Directory
from faifo.running import running

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
LANG = "vi"


def main(chromium: str = "chromium") -> None:
    asyncio.run(_verifier())
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
            asyncio.run(_console(Path(folder) / ".demo" / "solmaru"))
            asyncio.run(_passport(Path(folder) / ".demo" / "thu-bon"))
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGTERM)


async def _verifier() -> None:
    """Shoot the page that checks receipts, with a genuine and a forged one of a made-up log."""
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "browser")]
    from chromium import opened

    from faifo.ledger.leaf import write_opening
    from faifo.ledger.page import verifier_page
    from proofs import genuine, made_log, opening, spoilt

    with tempfile.TemporaryDirectory() as folder:
        files = {
            "truy-cap.tlog-proof": genuine(),
            "truy-cap.opening.json": write_opening(opening(5)),
            "gia-mao.tlog-proof": spoilt("another leaf"),
        }
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        (Path(folder) / "verify.html").write_text(verifier_page().text, "utf-8")
        async with opened(LANG) as tab:
            await tab.size(760, 980)
            await tab.open((Path(folder) / "verify.html").as_uri())
            await tab.type_into("#keys", made_log().policy)
            root = (await tab.do("DOM.getDocument"))["root"]["nodeId"]
            node = (await tab.do("DOM.querySelector", nodeId=root, selector="#files"))["nodeId"]
            paths = [str(Path(folder) / name) for name in files]
            await tab.do("DOM.setFileInputFiles", nodeId=node, files=paths)
            await tab.do("Runtime.evaluate", expression="settled()", awaitPromise=True)
            shot = await tab.do("Page.captureScreenshot", format="png")
            (PICTURES / "verify-page.png").write_bytes(base64.b64decode(shot["data"]))


async def _console(node: Path) -> None:
    """Shoot pages of the console: an exchange with its reasons unfolded, and reports."""
    from chromium import opened

    directory = Directory(node)
    served = running(node)
    assert served is not None
    async with Client(served.manage_url, directory.read_manage_key()) as client:
        (agreement, *_) = [one async for one in client.agreements(limit="1")]
    async with opened(LANG) as tab:
        await tab.size(1000, 760)
        await tab.open(await _link(node))
        root = f"{served.manage_url}/console"
        await tab.open(f"{root}/exchanges/{agreement.id}?lang={LANG}")
        await tab.value("document.querySelectorAll('details').forEach(one => one.open = true)")
        (PICTURES / "console-exchange.png").write_bytes(await tab.picture())
        await tab.open(f"{root}/reports?by=day&by=partner")
        (PICTURES / "console-reports.png").write_bytes(await tab.picture())


async def _passport(node: Path) -> None:
    """Shoot a passport of the node's own, from its first picture on."""
    from chromium import opened

    directory = Directory(node)
    served = running(node)
    assert served is not None
    async with Client(served.manage_url, directory.read_manage_key()) as client:
        own = [one async for one in client.datasets(limit="50") if one.passport_sha256]
    async with opened(LANG) as tab:
        await tab.size(1000, 760)
        await tab.open(await _link(node))
        place = quote(own[0].id, safe="")
        await tab.open(f"{served.manage_url}/console/passports/{place}?lang={LANG}")
        await tab.value("document.querySelector('.drawn svg').scrollIntoView()")
        (PICTURES / "console-passport.png").write_bytes(await tab.picture())


async def _link(node: Path) -> str:
    directory = Directory(node)
    served = running(node)
    assert served is not None
    async with Client(served.manage_url, directory.read_manage_key()) as client:
        return (await client.open_page()).url


def _shoot(chromium: str, url: str, name: str, size: str) -> None:
    options = (f"--window-size={size}", "--hide-scrollbars", f"--screenshot={PICTURES / name}")
    subprocess.run([chromium, "--headless", "--no-sandbox", *options, url], check=True)  # noqa: S603


if __name__ == "__main__":
    main(*sys.argv[1:])
