"""Published files against nginx, which sends them without a token, a book or a check."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from bench import books, nginx
from bench.bare_dataplane import TOKEN
from bench.figures import Effort, Part, Skip
from bench.nodes import Pair, make_homes, publish, serving, transfer
from bench.proxying import CONNECTIONS, LABELS, MIB, SERVER_CORE, Contender, file_name, measured

SIZES = (MIB, 16 * MIB)
TARGET = (1.0, 1.2)
LABELS[16 * MIB], CONNECTIONS[16 * MIB] = "16 MiB", 4


async def run(effort: Effort, folder: Path) -> Part:
    if nginx.path() is None or shutil.which("wrk") is None:
        raise Skip("nginx or wrk is missing (Debian: apt-get install nginx-light wrk)")
    part = Part(name="files", title="Published files, against nginx with sendfile")
    provider, consumer = make_homes(folder / "nodes")
    root = folder / "nodes" / "data"
    for size in SIZES:
        (root / file_name(size)).write_bytes(bytes(range(256)) * (size // 256))
    with contextlib.ExitStack() as stack:
        port, process = stack.enter_context(
            nginx.static_process(folder / "static", root, core=SERVER_CORE)
        )
        static = Contender("nginx static", process, f"http://127.0.0.1:{port}/{{}}", TOKEN)
        node = stack.enter_context(serving(provider, core=SERVER_CORE))
        with serving(consumer, core=1 - SERVER_CORE) as other:
            for size in SIZES:
                dataset = await publish(node, str(root / file_name(size)))
                async with transfer(Pair(node, other), dataset) as (_, running):
                    endpoint, token = books.data_address(consumer.database, running["pid"])
                url = f"http://127.0.0.1:{provider.port}{urlsplit(endpoint).path}"
                part.figures += measured(
                    [static, Contender("full node", node.process, url, token)],
                    size,
                    effort,
                    targets={"full node": TARGET},
                    share="share of nginx static per core",
                )
    part.notes.append(
        "Plain HTTP. The node checks the token and, before the first byte and before the last,"
        " whether the file is the published one, and books every access durably."
    )
    return part
