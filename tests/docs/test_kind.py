"""What docs/howto/a-kind-of-exchange.md says to write is installed and used, as others' package."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "a-kind-of-exchange.md"
USED = """
import asyncio
import sys
from pathlib import Path

from faifo.client import Client
from faifo.client.transport import AsgiTransport
from faifo.errors import FaifoError
from faifo.kinds.kind import kind_of, kinds
from faifo.node.wiring import open_node

print(*kinds())
kind = kind_of("prices")
good = {"place": "Cần Thơ", "price": 9000, "before": 8500}
content = kind.read(good)
print(kind.title(content, "en"), dict(kind.view(content, "vi")))


async def main(path):
    key = (path / "manage.key").read_text().strip()
    async with open_node(path) as node, Client(AsgiTransport(node.manage_app), key) as client:
        rice = [one async for one in client.datasets()]
        print([one.carries for one in rice])
        for change in ({}, {"price": 8500}, {"price": 0}, {"place": "a@b.example"}):
            try:
                await client.send_notice(
                    kind="prices", dataset="rice", tlp="GREEN", content=good | change
                )
            except FaifoError as error:
                print(error)


asyncio.run(main(Path(sys.argv[1])))
"""


def test_a_kind_of_another_package_is_offered_checked_and_shown(tmp_path: Path):
    project, site = tmp_path / "project", tmp_path / "site"
    project.mkdir()
    blocks = dict(re.findall(r"```(toml|python)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL))
    (project / "pyproject.toml").write_text(blocks["toml"], "utf-8")
    (project / "faifo_prices.py").write_text(blocks["python"], "utf-8")
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "install"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--target", str(site)]
    subprocess.run([*pip, *offline, str(project)], check=True, timeout=60)

    def run(*arguments: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(site), "LANG": "C.UTF-8"}
        command = [sys.executable, *arguments]
        ran = subprocess.run(
            command, check=False, cwd=tmp_path, env=environment, text=True, timeout=60,
            capture_output=True,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    run("-m", "faifo", "init", "node")
    offer = ("publish", "--carries", "prices", "--id", "rice", "--dir", "node")
    assert "carries  prices" in run("-m", "faifo", *offer)
    assert run("-c", USED, "node").splitlines() == [
        "warnings ai-incidents skill-levels commitments prices",
        "Cần Thơ: 9000 {'nơi': 'Cần Thơ', 'giá': '9000'}",
        "['prices']",
        "nobody else has an agreement about rice; partners subscribe with: "
        "faifo warn subscribe NODE DATASET",
        "a price that is as before; expected another one",
        "the content of a notice of the kind prices (Expected `int` >= 1 - at `$.price`); "
        "expected what the kind declares",
        "personal data in a notice refused: an e-mail address in place, characters 1 to 11",
    ]
