"""The drawings of the docs, as SVG: the state machines from their tables, and two nodes.

The places of the states are chosen by hand; the arrows come from the tables. A state without a
place, or an arrow that the table does not have, cannot be drawn.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from faifo.machines import negotiation, transfer

ROOT = Path(__file__).parents[1]
WIDTH, HEIGHT = 124, 36
STYLE = (
    "text{font:13px sans-serif;fill:#1f2933}.small{font-size:11.5px}.faint{fill:#52606d}"
    ".box{fill:#f0f4f8;stroke:#334e68;stroke-width:1.5}.end{fill:#d9e2ec}.panel{fill:#fff}"
    ".line{fill:none;stroke:#334e68;stroke-width:1.5}.stop{fill:none;stroke:#829ab1;"
    "stroke-dasharray:4 3}"
)
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
    'aria-label="{label}">\n<style>{style}</style>\n<defs><marker id="to" viewBox="0 0 8 8" '
    'refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse">'
    '<path d="M0 0L8 4L0 8z" fill="#334e68"/></marker></defs>\n'
    '<rect width="{width}" height="{height}" fill="#fff"/>'
)


class Arrow(NamedTuple):
    """How a step is drawn: an SVG path, and where its words stand."""

    path: str
    x: int
    y: int
    anchor: str = "middle"


Places = Mapping[str, tuple[int, int]]
Arrows = Mapping[tuple[str, str], Arrow]

# Centres of the states.
NEGOTIATION: Places = {
    "REQUESTED": (200, 190),
    "OFFERED": (200, 60),
    "ACCEPTED": (470, 60),
    "AGREED": (470, 190),
    "VERIFIED": (770, 190),
    "FINALIZED": (980, 190),
}
NEGOTIATION_ARROWS: Arrows = {
    ("", "REQUESTED"): Arrow("M20 190H138", 74, 182),
    ("", "OFFERED"): Arrow("M20 60H138", 74, 52),
    ("REQUESTED", "OFFERED"): Arrow("M175 172V78", 167, 120, "end"),
    ("OFFERED", "REQUESTED"): Arrow("M225 78V172", 233, 140, "start"),
    ("REQUESTED", "AGREED"): Arrow("M262 190H408", 335, 182),
    ("OFFERED", "ACCEPTED"): Arrow("M262 60H408", 335, 52),
    ("ACCEPTED", "AGREED"): Arrow("M470 78V172", 478, 128, "start"),
    ("AGREED", "VERIFIED"): Arrow("M532 190H708", 620, 182),
    ("VERIFIED", "FINALIZED"): Arrow("M832 190H918", 875, 182),
}
TRANSFER: Places = {
    "REQUESTED": (230, 60),
    "STARTED": (480, 60),
    "COMPLETED": (760, 60),
    "SUSPENDED": (480, 190),
}
TRANSFER_ARROWS: Arrows = {
    ("", "REQUESTED"): Arrow("M30 60H168", 96, 52),
    ("REQUESTED", "STARTED"): Arrow("M292 60H418", 355, 52),
    ("STARTED", "SUSPENDED"): Arrow("M455 78V172", 447, 130, "end"),
    ("SUSPENDED", "STARTED"): Arrow("M505 172V78", 513, 130, "start"),
    ("STARTED", "COMPLETED"): Arrow("M542 60H698", 620, 52),
    ("STARTED", "STARTED"): Arrow("M455 42C455 14 505 14 505 36", 515, 24, "start"),
}


def machine(steps: Any, places: Places, arrows: Arrows, *, name: str, size: tuple[int, int]) -> str:
    """Return the drawing of one table; the termination stands below, from every open state.

    Raises:
        KeyError, ValueError: the table has other states or steps than there are places and arrows.
    """
    width, height = size
    lines = [HEAD.format(width=width, height=height, label=name, style=STYLE)]
    said: dict[tuple[str, str], list[Any]] = {}
    for step in steps:
        said.setdefault((str(step.state or ""), str(step.to)), []).append(step)
    ends = {key: said.pop(key) for key in list(said) if key[1] == "TERMINATED"}
    if said.keys() != arrows.keys():
        raise ValueError(f"not drawn: {said.keys() ^ arrows.keys()}")
    for key, arrow in arrows.items():
        lines.append(f'<path class="line" marker-end="url(#to)" d="{arrow.path}"/>')
        lines.append(_text(_words(said[key]), arrow.x, arrow.y, arrow.anchor, "small"))
    opened = {source for source, _ in said if source} | {source for source, _ in ends}
    for state, (x, y) in places.items():
        lines.append(_box(state, x, y, end=state not in opened))
    (ending,) = {_words(found) for found in ends.values()}
    sources = ", ".join(state for state in places if (state, "TERMINATED") in ends)
    middle, bottom = width // 2, height - 36
    lines.append(
        f'<path class="stop" marker-end="url(#to)" d="M{middle} {bottom - 50}V{bottom - 20}"/>'
    )
    lines.append(_text(f"{ending} from {sources}", middle, bottom - 58, "middle", "small faint"))
    lines.append(_box("TERMINATED", middle, bottom, end=True))
    return "\n".join([*lines, "</svg>"]) + "\n"


def _words(steps: list[Any]) -> str:
    senders = "/".join(sorted({step.sender.value[0].upper() for step in steps}))
    (message,) = {str(step.message).removesuffix("Message").rpartition(":")[2] for step in steps}
    for kind in ("ContractNegotiation", "Contract", "Transfer"):
        message = message.removeprefix(kind)
    return f"{senders} {message}"


def _box(words: str, x: int, y: int, *, end: bool = False) -> str:
    left, top = x - WIDTH // 2, y - HEIGHT // 2
    kind = "box end" if end else "box"
    rect = f'<rect class="{kind}" x="{left}" y="{top}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
    return f"{rect}\n{_text(words, x, y + 5)}"


def _text(words: str, x: int, y: int, anchor: str = "middle", kind: str = "") -> str:
    style = f' class="{kind}"' if kind else ""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{style}>{escape(words)}</text>'


def negotiation_picture() -> str:
    """Return the machine of a contract negotiation."""
    return machine(
        negotiation.STEPS,
        NEGOTIATION,
        NEGOTIATION_ARROWS,
        name="States of a contract negotiation",
        size=(1060, 350),
    )


def transfer_picture() -> str:
    """Return the machine of a transfer process."""
    return machine(
        transfer.STEPS,
        TRANSFER,
        TRANSFER_ARROWS,
        name="States of a transfer process",
        size=(860, 350),
    )


def two_nodes_picture() -> str:
    """Return two organisations, a node each, and what passes between them."""
    label = "Two organisations with a node each: protocol between the nodes, data through them"
    lines = [HEAD.format(width=860, height=300, label=label, style=STYLE)]
    for x, who, have, how in (
        (20, "Organisation A, economy 1", ("files", "services", "models"), "publish"),
        (560, "Organisation B, economy 2", ("people", "scripts", "programs"), "get, call"),
    ):
        lines.append(f'<rect class="box panel" x="{x}" y="14" width="280" height="270" rx="10"/>')
        lines.append(_text(who, x + 140, 38, "middle", "faint"))
        lines.append(f'<rect class="box" x="{x + 40}" y="56" width="200" height="96" rx="8"/>')
        lines.append(_text("Faifo node, one process", x + 140, 80))
        lines.append(_text("terms · agreements · keys", x + 140, 104, "middle", "small"))
        lines.append(_text("book of what happened", x + 140, 124, "middle", "small"))
        for number, thing in enumerate(have):
            left = x + 12 + number * 88
            lines.append(
                f'<rect class="box end" x="{left}" y="226" width="80" height="32" rx="6"/>'
            )
            lines.append(_text(thing, left + 40, 246, "middle", "small"))
        lines.append(f'<path class="line" marker-end="url(#to)" d="M{x + 140} 226V154"/>')
        lines.append(_text(how, x + 150, 196, "start", "small"))
    both = 'marker-start="url(#to)" marker-end="url(#to)"'
    lines.append(f'<path class="line" {both} d="M262 82H598"/>')
    lines.append(_text("Dataspace Protocol: catalog, negotiation,", 430, 54, "middle", "small"))
    lines.append(_text("agreement, transfer; signed tokens", 430, 70, "middle", "small"))
    lines.append('<path class="line" marker-end="url(#to)" d="M262 126H598"/>')
    lines.append(_text("the data, or the use of a service,", 430, 144, "middle", "small"))
    lines.append(_text("asked against the terms at every access", 430, 160, "middle", "small"))
    return "\n".join([*lines, "</svg>"]) + "\n"


def rooms_picture() -> str:
    """Return the rooms, as `make lint` checks them: a lower one knows nothing of a higher."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(
        contract["layers"]
        for contract in contracts
        if contract["type"] == "layers" and contract["containers"] == ["faifo"]
    )
    height = len(layers) * 56 + 20
    label = "Rooms of the program; imports go downwards only"
    lines = [HEAD.format(width=720, height=height, label=label, style=STYLE)]
    for number, layer in enumerate(layers):
        names = [name.strip() for name in layer.split("|")]
        for place, name in enumerate(names):
            x = 360 + round((place - (len(names) - 1) / 2) * (WIDTH + 16))
            lines.append(_box(name, x, number * 56 + 34))
    lines.append(f'<path class="line" marker-end="url(#to)" d="M40 30V{height - 24}"/>')
    lines.append(_text("imports", 50, height // 2, "start", "small faint"))
    return "\n".join([*lines, "</svg>"]) + "\n"


PICTURES: dict[str, Callable[[], str]] = {
    "negotiation.svg": negotiation_picture,
    "transfer.svg": transfer_picture,
    "rooms.svg": rooms_picture,
    "two-nodes.svg": two_nodes_picture,
}
