"""The reference pages, written from the program: `python scripts/reference.py` (`make reference`).

Each page is made whole from what the program says of itself; a test compares the committed pages
with it. Meanings of settings are the docstrings of their tables where these name the setting, and
the words below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec
from course_page import FILES as COURSE
from course_page import page as course_page
from drawings import PICTURES
from limits_page import limits_page
from mission_page import FILES as MISSION
from mission_page import page as mission_page
from msgspec import inspect as kinds
from reference_python import STUB, python_page, same_stub, stub
from reference_words import CODES, PROBLEMS, ROUTES, SETTINGS, SIGNALS

from faifo import api, errors
from faifo.cli import exit_codes
from faifo.cli.main import commands
from faifo.node.settings.model import Settings
from faifo.policy.operands import operands

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
MADE = "Written by `make reference` from the program; do not edit.\n"


class UndocumentedError(Exception):
    """The program has something that the words do not explain, or the other way round."""


# ── settings ─────────────────────────────────────────────────────────────────────────────────────


def settings_page() -> str:
    """Return the page of all settings."""
    text = [
        "# Settings",
        "",
        MADE,
        "A node's settings stand in `faifo.toml` in its directory. The file is read once, at",
        "start, and checked as a whole: a name that is not listed here is an error, not a silence.",
        "`faifo init` writes what a new node needs; everything else has the defaults below.",
        "",
        "`FAIFO_SECTION_NAME` in the environment prevails over the file: `FAIFO_LISTEN_PORT=9000`,",
        "`FAIFO_EGRESS_ALLOW=10.2.0.0/16,10.3.0.0/16`. Texts are taken as they are, numbers and",
        "`true` or `false` as in the file, lists with commas between.",
        "",
        "A [participant of an installation](../howto/host-many-firms.md) takes nothing from the",
        "environment; `[listen]`, `[manage]`, `[log]` and `[telemetry]` are its installation's;",
        "of `[console]` it has its own `public_url` alone.",
    ]
    known = dict(SETTINGS)
    for table in kinds.type_info(Settings).fields:  # type: ignore[union-attr]
        assert isinstance(table.type, kinds.StructType)
        text += ["", f"## `[{table.name}]`", "", _first_words(table.type.cls), ""]
        text += ["| name | type | default | meaning |", "| --- | --- | --- | --- |"]
        for field in table.type.fields:
            name = f"{table.name}.{field.encode_name}"
            if name not in known:
                raise UndocumentedError(f"the setting {name} has no words in reference_words.py")
            row = (f"`{field.encode_name}`", _type(field.type), _default(field), known.pop(name))
            text.append(f"| {' | '.join(row)} |")
    if known:
        raise UndocumentedError(f"no such settings any more: {', '.join(known)}")
    return "\n".join(text) + "\n"


def _first_words(kind: type[Any]) -> str:
    doc = " ".join((kind.__doc__ or "").split())
    if not doc:
        raise UndocumentedError(f"{kind.__name__} has no docstring")
    return doc


def _type(kind: kinds.Type) -> str:
    if isinstance(kind, kinds.UnionType):
        return " or ".join(_type(one) for one in kind.types if not isinstance(one, kinds.NoneType))
    if isinstance(kind, kinds.IntType | kinds.FloatType):
        word = "whole number" if isinstance(kind, kinds.IntType) else "number"
        if kind.ge is not None and kind.le is not None:
            return f"{word}, {kind.ge:,} to {kind.le:,}".replace(",", " ").replace("  ", ", ")
        return word if kind.ge is None else f"{word}, {kind.ge} or more"
    if isinstance(kind, kinds.VarTupleType | kinds.ListType):
        return f"list of {_type(kind.item_type)}s"
    if isinstance(kind, kinds.LiteralType):
        return "one of " + ", ".join(f"`{value}`" for value in kind.values)
    if isinstance(kind, kinds.EnumType):
        return "one of " + ", ".join(f"`{one.value}`" for one in kind.cls)
    words = {
        kinds.StrType: "text",
        kinds.BoolType: "`true` or `false`",
        kinds.StructType: "table",
    }
    if type(kind) not in words:
        raise UndocumentedError(f"no word for the type {kind}")
    return words[type(kind)]


def _default(field: kinds.Field) -> str:
    if field.required:
        return "**must be set**"
    value = field.default
    if value is msgspec.NODEFAULT:
        value = field.default_factory()  # type: ignore[operator, misc]
    if value is None or value in ("", (), []):
        return "none"
    return f"`{msgspec.json.encode(value).decode()}`"


# ── verbs ────────────────────────────────────────────────────────────────────────────────────────


def verbs_page() -> str:
    """Return the page of all verbs, each with what `--help` says."""
    text = ["# Verbs", "", MADE, "What `faifo VERB --help` prints.", ""]
    root = click.Context(
        commands, info_name="faifo", terminal_width=80, **commands.context_settings
    )
    for context in _verbs(root):
        text += [f"## {context.command_path}", "", "```text"]
        text += [context.command.get_help(context).rstrip(), "```", ""]
    return "\n".join(text).rstrip() + "\n"


def _verbs(context: click.Context) -> Iterator[click.Context]:
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            child = context.command.get_command(context, name)
            assert child is not None
            yield from _verbs(click.Context(child, parent=context, info_name=name))


# ── exit codes and errors ────────────────────────────────────────────────────────────────────────


def exit_codes_page() -> str:
    """Return the page of all exit codes."""
    named = {
        value: name
        for name, value in vars(exit_codes).items()
        if name.isupper() and isinstance(value, int)
    }
    _same(set(named), set(CODES), "exit codes")
    text = ["# Exit codes", "", MADE]
    text += ["One line on stderr says what is wrong; the exit code says it to scripts.", ""]
    text += ["| code | name | meaning |", "| --- | --- | --- |"]
    text += [f"| {code} | {named[code]} | {CODES[code]} |" for code in sorted(named)]
    text += ["", SIGNALS]
    return "\n".join(text) + "\n"


def errors_page() -> str:
    """Return the page of all errors of the program's own tree."""
    text = ["# Errors", "", MADE]
    text += [
        "Every error is one sentence: what came, what was expected, what to do. It has a `code`,",
        "which stays the same in every language, and which stands in the `problem+json` answers of",
        "the management API (RFC 9457) and in what `--json` prints on stderr.",
        "",
        "| error | code | HTTP status | exit code | meaning |",
        "| --- | --- | --- | --- | --- |",
    ]
    for kind in errors.KINDS.values():
        row = (kind.__name__, f"`{kind.code}`", kind.http_status, kind.exit_code)
        text.append(f"| {' | '.join(str(cell) for cell in row)} | {_first_words(kind)} |")
    tree = (errors.__doc__ or "").split("\n\n")[1]
    text += ["", "## The tree", "", "```text", tree, "```"]
    text += ["", "## Problems of the data plane", "", *_data_plane_problems()]
    return "\n".join(text) + "\n"


def _data_plane_problems() -> list[str]:
    rooms = (Path(errors.__file__).parent / room for room in ("dataplane", "node"))
    files = (file for room in rooms for file in room.rglob("*.py"))
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    lines = ["| code | HTTP status | meaning |", "| --- | --- | --- |"]
    for code, (status, words) in PROBLEMS.items():
        if f'"{code}"' not in source:
            raise UndocumentedError(f"no such problem any more: {code}")
        lines.append(f"| `{code}` | {status} | {words} |")
    return lines


# ── management API ───────────────────────────────────────────────────────────────────────────────


def management_page() -> str:
    """Return the list of the management API's operations, with what each takes and answers."""
    text = ["# Management API", "", MADE, ROUTES[""], ""]
    text += ["| request | what it does | takes | answers |", "| --- | --- | --- | --- |"]
    text += [f"| `{name}` | {words} | | |" for name, words in ROUTES.items() if name]
    for one in sorted(api.operations(), key=lambda one: (one.path, one.methods)):
        word = "ANY" if len(one.methods) > 4 else ", ".join(one.methods)
        path = f"{api.ROOT}{one.path.replace(':path}', '}')}"
        row = (f"`{word} {path}`", one.words, _record(one.takes), _record(one.answers))
        text.append(f"| {' | '.join(row)} |")
    return "\n".join([*text, "", "The records are those of [Python](python.md).", ""])


def _record(kind: Any) -> str:
    if kind is None:
        return ""
    if args := getattr(kind, "__args__", None):
        return f"page of `{args[0].__name__}`" if len(args) == 1 else "JSON"
    return f"`{kind.__name__}`"


def _same(found: set[Any], words: set[Any], what: str) -> None:
    if found != words:
        raise UndocumentedError(
            f"{what}: without words {sorted(found - words)}, words only {sorted(words - found)}"
        )


def terms_page() -> str:
    """Return the page of the left operands, and of the terms that a publisher says with them."""
    text = [
        "# Terms and left operands",
        "",
        MADE,
        "A policy is ODRL in the form of DSP 2025-1. These left operands are understood, in",
        "every spelling that the context makes equal; whatever else stands in a policy refuses. A",
        "package may bring more: [Extend Faifo](../howto/extend.md).",
        "",
        "| left operand | type | operators | the fact is from | `faifo publish` | manifest |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for operand in operands().values():
        cells = [f"`{operand.term}`", operand.kind, _ticked(operand.operators), operand.source]
        cells.append(_ticked(one.option for one in operand.settings))
        cells.append(_ticked(one.column or one.name for one in operand.settings))
        text.append(f"| {' | '.join(cells)} |")
    return "\n".join(text) + "\n"


def _ticked(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


PAGES = {
    "terms.md": terms_page,
    "settings.md": settings_page,
    "verbs.md": verbs_page,
    "exit-codes.md": exit_codes_page,
    "errors.md": errors_page,
    "management-api.md": management_page,
    "python.md": lambda: python_page(MADE),
    "limits.md": lambda: limits_page(MADE),
}


def pages() -> Mapping[str, str]:
    """Return every generated page by its file name."""
    return {name: make() for name, make in PAGES.items()}


def main() -> None:
    """Write the pages and pictures that differ."""
    made = {FOLDER / name: text for name, text in pages().items()}
    made |= {FOLDER.parent / "pictures" / name: draw() for name, draw in PICTURES.items()}
    made |= {FOLDER.parent / name: mission_page(lang) for lang, name in MISSION.items()}
    made |= {FOLDER.parent / name: course_page(lang) for lang, name in COURSE.items()}
    for path, text in made.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"written: {path}")
    if not same_stub():
        STUB.write_text(stub(), encoding="utf-8")
        print(f"written: {STUB}")


if __name__ == "__main__":
    main()
