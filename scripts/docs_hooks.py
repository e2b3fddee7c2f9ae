"""What MkDocs does besides: drawings in place of Mermaid, which readers would have to fetch.

Mermaid is what code hosts draw; the built pages show the pictures made from the same tables.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

MERMAID = re.compile(r"^```mermaid\n(.*?)^```$", re.M | re.S)
# In the order in which they stand in the page.
DRAWN = {
    "reference/state-machines.md": ("negotiation.svg", "transfer.svg"),
    "architecture.md": ("rooms.svg",),
}
OPTIONAL = {
    "Benchmarks": "benchmarks.md",
    "Side by side with AI Verify": "ai-verify.md",
    "Conformance": "conformance.md",
}


def on_config(config: Any, **_: Any) -> Any:
    """Add the pages that are there only after they were made (`make bench`)."""
    for title, name in OPTIONAL.items():
        if (Path(config.docs_dir) / name).exists():
            config.nav[-1]["Background"].append({title: name})
    return config


def on_post_build(config: Any, **_: Any) -> None:
    """Leave out the page that only a web server shows: its links suppose the site at a root."""
    (Path(config.site_dir) / "404.html").unlink()


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Put the drawings in.

    Raises:
        ValueError: a page has another number of diagrams than there are drawings.
    """
    names = DRAWN.get(page.file.src_uri, ())
    found = MERMAID.findall(markdown)
    if len(found) != len(names):
        raise ValueError(f"{page.file.src_uri}: {len(found)} diagrams, {len(names)} drawings")
    up = "../" * page.file.src_uri.count("/")
    remaining = iter(names)

    def drawing(_: re.Match[str]) -> str:
        name = next(remaining)
        return f"![{name.removesuffix('.svg')}]({up}pictures/{name})"

    return MERMAID.sub(drawing, markdown)
