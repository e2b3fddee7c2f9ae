"""The figures as an aligned table, as JSON, and as docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from bench.figures import BenchError, Figure, Part, number
from bench.pictures import Picture
from bench.processes import ROOT

HEAD = ("figure", "median", "min – max", "unit", "target", "")


def table(part: Part) -> str:
    """Return a part as text for a terminal."""
    lines = ["", f"{part.title}  ({part.name}, {part.seconds:.0f} s)"]
    if part.skipped:
        return "\n".join([*lines, f"  left out: {part.skipped}"])
    if part.failed:
        return "\n".join([*lines, f"  FAILED: {part.failed}"])
    rows = [HEAD, *(_row(figure) for figure in part.figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    for row in rows:
        cells = [
            cell.ljust(width) if column in {0, 3, 4, 5} else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, ...]:
    low, high = min(figure.values), max(figure.values)
    spread = f"{number(low)} – {number(high)}" if len(figure.values) > 1 else ""
    return (
        figure.name,
        number(figure.median),
        spread,
        figure.unit,
        figure.wanted,
        figure.verdict,
    )


def as_json(about: dict[str, Any], parts: list[Part]) -> bytes:
    content = {**about, "parts": [_part(part) for part in parts]}
    return msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"


def _part(part: Part) -> dict[str, Any]:
    figures = [
        {
            **msgspec.to_builtins(figure),
            "median": figure.median,
            "min": min(figure.values),
            "max": max(figure.values),
            "verdict": figure.verdict,
        }
        for figure in part.figures
    ]
    return {**msgspec.to_builtins(part), "figures": figures}


def from_json(content: bytes) -> tuple[dict[str, Any], list[Part]]:
    """Return what `as_json` was given.

    Raises:
        BenchError: the run was no full one, or this is no run at all.
    """
    try:
        about = msgspec.json.decode(content, type=dict[str, Any])
        parts = msgspec.convert(about.pop("parts"), list[Part])
    except (msgspec.DecodeError, msgspec.ValidationError, KeyError) as error:
        raise BenchError(f"this is no run of the benchmarks: {error!r}") from error
    if not about.get("full"):
        raise BenchError(
            f"`{about.get('command')}` was no full run; the page is written from full runs only"
        )
    return about, parts


def as_markdown(
    about: dict[str, Any], parts: Sequence[Part], pictures: Sequence[Picture] = ()
) -> str:
    """Return docs/benchmarks.md; the pictures stand beside it in pictures/."""
    lines = [
        "# Benchmarks",
        "",
        "This page is written by the run itself; do not edit it. Say it again with:",
        "",
        f"    {about['command']}",
        "",
        (
            f"Measured {about['began']}, in {about['seconds']:.0f} s, {about['rounds']} rounds."
            " Everything ran on one machine over loopback, plain HTTP/1.1 but where a row says TLS."
            " The median over the rounds counts; a ratio is formed within each round, between"
            " contenders that took turns, so it moves far less than the figures it is made of."
            " Compare ratios, not milliseconds, between machines."
        ),
        "",
        *_verdicts(parts),
        "",
        *_shown(pictures, ""),
        "## Machine",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in about["machine"].items()),
    ]
    for part in parts:
        lines += ["", f"## {part.title}", ""]
        if part.skipped or part.failed:
            lines.append(f"Left out: {part.skipped}" if part.skipped else f"Failed: {part.failed}")
            continue
        lines += [
            *_shown(pictures, part.name),
            "| figure | median | min – max | unit | target | |",
            "|---|---:|---:|---|---|---|",
            *("| " + " | ".join(_row(figure)) + " |" for figure in part.figures),
        ]
        for note in part.notes:
            lines += ["", note]
    told = [ROOT / "bench" / "tried.md", ROOT / "soak" / "figures.md"]
    return "\n\n".join(["\n".join(lines), *(one.read_text() for one in told)])


def _shown(pictures: Sequence[Picture], part: str) -> list[str]:
    found = [one for one in pictures if one.part == part]
    return [line for one in found for line in (f"![{one.alt}](pictures/{one.file})", "")]


def _verdicts(parts: Sequence[Part]) -> list[str]:
    aimed = [
        (part, figure) for part in parts for figure in part.figures if figure.target is not None
    ]
    missed = [
        f"- **missed**: {part.title}: {figure.name}: {number(figure.median)} {figure.unit},"
        f" target {figure.wanted}"
        for part, figure in aimed
        if figure.verdict == "MISSED"
    ]
    met = len(aimed) - len(missed)
    return [f"{met} of {len(aimed)} targets are met.", *([""] if missed else []), *missed]
